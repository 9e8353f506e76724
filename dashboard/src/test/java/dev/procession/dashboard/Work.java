package dev.procession.dashboard;

import dev.procession.ProcessExecutorService;
import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.TaskOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** What the pools of these tests do. */
final class Work {
  static final Duration SOON = Duration.ofSeconds(30);

  private Work() {}

  static ProcessExecutorService named(ProcessPoolExecutor pool, String name) {
    return pool.with(TaskOptions.builder().name(name).build());
  }

  static int slowly(int number) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(5);
    return number;
  }

  static int burn() {
    double sum = 0;
    while (!Thread.currentThread().isInterrupted()) {
      sum += inner(sum);
    }
    return (int) sum;
  }

  private static double inner(double sum) {
    double more = sum;
    for (int i = 0; i < 10_000; i++) {
      more = Math.sqrt(more + i);
    }
    return more;
  }

  static int talk(String text) {
    System.out.println(text);
    return text.length();
  }

  static int untilThereIs(String file) throws InterruptedException {
    while (!Files.exists(Path.of(file))) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
    return 1;
  }

  /** A few of everything: values, an exception, a crash, a task that is stopped, output. */
  static void some(ProcessPoolExecutor pool) throws Exception {
    try (var results =
        named(pool, "thumbnails").map(Work::slowly, IntStream.range(0, 200).boxed().toList())) {
      if (results.stream().count() != 200) {
        throw new AssertionError();
      }
    }
    ProcessFuture<Integer> thrown = named(pool, "parse").submit(() -> Integer.parseInt("x<b>y"));
    ProcessFuture<?> halted = named(pool, "crash").submit(() -> Runtime.getRuntime().halt(3));
    ProcessFuture<Integer> late =
        pool.with(TaskOptions.builder().name("late").timeout(Duration.ofMillis(100)).build())
            .submit(Work::burn);
    named(pool, "talk").submit(() -> talk("hello from a worker")).result();
    if (thrown.exception().isEmpty()
        || halted.exception().isEmpty()
        || late.exception().isEmpty()) {
      throw new AssertionError();
    }
  }
}

package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.procession.observe.NameCount;
import dev.procession.observe.PoolView;
import dev.procession.observe.PrintedLine;
import dev.procession.observe.UnreachablePoolException;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Pools;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a view tells beyond the snapshot; from this process, and over the pool's socket. */
@NoLeaks
class PoolDetailsIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path tmp;

  private Path gate;

  @BeforeEach
  void gate() {
    gate = tmp.resolve("gate");
  }

  private static PoolView view(ProcessPoolExecutor pool, boolean remote) throws Exception {
    if (!remote) {
      return pool.view();
    }
    assertThat(pool.submit(() -> 1).result()).isEqualTo(1); // its beacon comes with a worker
    try (PoolView own = pool.view()) {
      await().atMost(SOON).until(() -> PoolView.list().contains(own.identity()));
      return PoolView.attach(own.identity());
    }
  }

  private static ProcessExecutorService named(ProcessPoolExecutor pool, String name) {
    return pool.with(TaskOptions.builder().name(name).build());
  }

  private static int burn() {
    double sum = 0;
    while (!Thread.currentThread().isInterrupted()) {
      sum = inner(sum);
    }
    return (int) sum;
  }

  private static double inner(double sum) {
    for (int i = 0; i < 10_000; i++) {
      sum += Math.sqrt(i);
    }
    return sum;
  }

  @ParameterizedTest(name = "over the socket: {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("workers say how their JVMs fare once somebody looks")
  void vitals(boolean remote) throws Exception {
    try (var pool = Pools.builder(1).maxHeap("64m").build();
        PoolView view = view(pool, remote)) {
      var unused =
          pool.submit(
                  () -> {
                    System.gc();
                    return 0;
                  })
              .result();
      await()
          .atMost(SOON)
          .until(
              () ->
                  view.snapshot().workers().get(0).vitals().stream()
                      .anyMatch(vitals -> vitals.gcCount() > 0));
      WorkerVitals vitals = view.snapshot().workers().get(0).vitals().orElseThrow();
      assertThat(vitals.heapUsedBytes()).isBetween(100_000L, 64L << 20);
      assertThat(vitals.heapCommittedBytes()).isBetween(vitals.heapUsedBytes(), 64L << 20);
      assertThat(vitals.heapMaxBytes()).isBetween(32L << 20, 64L << 20);
      assertThat(vitals.threads()).isPositive();
    }
  }

  @ParameterizedTest(name = "over the socket: {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("a profile shows where a worker spends its time; a second one at a time is refused")
  void profile(boolean remote) throws Exception {
    try (var pool = Pools.of(1);
        PoolView view = view(pool, remote)) {
      ProcessFuture<Integer> task = pool.submit(PoolDetailsIT::burn);
      try {
        await().atMost(SOON).until(task::isRunning);
        int worker = view.snapshot().workers().get(0).number();
        ExecutorService aside = Executors.newSingleThreadExecutor();
        Future<String> first = aside.submit(() -> view.profile(worker, Duration.ofSeconds(5)));
        try (PoolView other = pool.view()) {
          await()
              .atMost(SOON)
              .untilAsserted(
                  () ->
                      assertThatThrownBy(() -> other.profile(worker, Duration.ofSeconds(1)))
                          .hasMessageEndingWith("another profile is being taken"));
        }
        assertThat(first.get().lines().findFirst().orElseThrow())
            .matches(
                "dev\\.procession\\.PoolDetailsIT\\$\\$Lambda\\.call;"
                    + "dev\\.procession\\.PoolDetailsIT\\.burn;"
                    + "dev\\.procession\\.PoolDetailsIT\\.inner(;.*)? [1-9]\\d*");
        aside.shutdown();
        assertThat(task.isRunning()).isTrue();
        assertThatThrownBy(() -> view.profile(worker, Duration.ofMinutes(2)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("a profile takes 1 to 60 s, not PT2M");
      } finally {
        assertThat(task.cancel(true)).isTrue();
      }
    }
  }

  @Test
  @DisplayName("a worker that is a thread of this JVM leaves this JVM's flight recorder alone")
  void profile_inProcess_refused() throws Exception {
    try (var pool = ProcessPoolExecutor.inProcess();
        PoolView view = pool.view()) {
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
      int worker = view.snapshot().workers().get(0).number();
      assertThatThrownBy(() -> view.profile(worker, Duration.ofSeconds(1)))
          .isInstanceOf(UnreachablePoolException.class)
          .hasMessageContaining("it is a thread of this process");
    }
  }

  @ParameterizedTest(name = "over the socket: {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("what workers print is told with worker and task")
  void output(boolean remote) throws Exception {
    try (var pool = Pools.builder(1).outputListener(line -> {}).build();
        PoolView view = view(pool, remote)) {
      assertThat(view.output(0).next()).isZero();
      ProcessFuture<Long> task =
          named(pool, "talk")
              .submit(
                  () -> {
                    System.out.println("said");
                    System.err.println("cried");
                    return ProcessHandle.current().pid();
                  });
      long pid = task.result();
      AtomicLong next = new AtomicLong();
      await().atMost(SOON).until(() -> view.output(0).lines().size() == 2);
      List<PrintedLine> lines = view.output(0).lines();
      next.set(view.output(0).next());
      assertThat(lines).extracting(PrintedLine::text).containsExactlyInAnyOrder("said", "cried");
      assertThat(lines)
          .allMatch(line -> line.pid() == pid && line.taskName().equals("talk"))
          .allMatch(line -> line.task() == task.info().id())
          .allMatch(
              line ->
                  line.source()
                      == (line.text().equals("said")
                          ? PrintedLine.Source.OUT
                          : PrintedLine.Source.ERR));
      assertThat(view.output(next.get()).lines()).isEmpty();
    }
  }

  @ParameterizedTest(name = "over the socket: {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("what a task failed with is told whole: its stack, or the report of its end")
  void failure(boolean remote) throws Exception {
    try (var pool = Pools.of(1);
        PoolView view = view(pool, remote)) {
      assertThat(view.failure(1)).isEmpty();
      ProcessFuture<Integer> thrown = pool.submit(() -> Integer.parseInt("x"));
      assertThat(thrown.exception()).isPresent();
      ProcessFuture<?> halted = named(pool, "halts").submit(() -> Runtime.getRuntime().halt(3));
      assertThat(halted.exception()).isPresent();
      ProcessFuture<?> late =
          pool.with(TaskOptions.builder().name("late").timeout(Duration.ofMillis(50)).build())
              .submit(PoolDetailsIT::burn);
      assertThat(late.exception()).isPresent();
      await().atMost(SOON).until(() -> view.failure(halted.info().id()).isPresent());
      assertThat(view.failure(thrown.info().id()).orElseThrow())
          .startsWith("java.lang.NumberFormatException: For input string: \"x\"")
          .contains("java.lang.Integer.parseInt(Integer.java", "PoolDetailsIT.lambda$failure");
      assertThat(view.failure(halted.info().id()).orElseThrow()).contains("'halts'", "exit code 3");
      assertThat(view.failure(late.info().id()).orElseThrow()).contains("'late'");
    }
  }

  @ParameterizedTest(name = "over the socket: {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("tasks and elements of maps are counted by name: expected, waiting, running, done")
  void counts(boolean remote) throws Exception {
    try (var pool = Pools.of(1);
        PoolView view = view(pool, remote)) {
      assertThat(view.counts()).isEmpty();
      String open = gate.toString();
      ProcessFuture<?> first =
          named(pool, "waits")
              .submit(
                  () -> {
                    while (!new java.io.File(open).exists()) {
                      Thread.sleep(10);
                    }
                    return 0;
                  });
      await().atMost(SOON).until(first::isRunning);
      List<ProcessFuture<Integer>> more =
          IntStream.range(0, 500)
              .mapToObj(i -> named(pool, "short").submit(() -> 100 / (i % 100)))
              .toList();
      var inputs = IntStream.range(0, 100_000).boxed().toList();
      try (MapResults<Integer> mapped = named(pool, "mapped").map((Integer x) -> x + 1, inputs)) {
        assertThat(view.counts()).contains(new NameCount("waits", 0, 0, 1, 0, 0));
        assertThat(count(view, "short")).isEqualTo(new NameCount("short", 500, 0, 0, 0, 0));
        NameCount before = count(view, "mapped");
        assertThat(before.waiting() + before.expected()).isEqualTo(100_000);
        assertThat(java.nio.file.Files.createFile(gate)).exists();
        assertThat(mapped.stream().count()).isEqualTo(100_000);
      }
      var unused = ProcessFutures.await(more, ReturnWhen.ALL_COMPLETED);
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(view.counts())
                      .containsExactlyInAnyOrder(
                          new NameCount("waits", 0, 0, 0, 1, 0),
                          new NameCount("short", 0, 0, 0, 500, 5),
                          new NameCount("mapped", 0, 0, 0, 100_000, 0)));
    }
  }

  private static int haltUnlessThereIs(String file) throws Exception {
    if (java.nio.file.Files.notExists(Path.of(file))) {
      java.nio.file.Files.createFile(Path.of(file));
      Runtime.getRuntime().halt(3);
    }
    return 7;
  }

  @ParameterizedTest(name = "over the socket: {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("elements of a map that fail are counted; a task that is run anew has not failed")
  void counts_failuresAndRetries(boolean remote) throws Exception {
    try (var pool = Pools.of(1);
        PoolView view = view(pool, remote)) {
      assertThat(view.counts()).isEmpty();
      var inputs = IntStream.range(0, 1_000).boxed().toList();
      try (MapResults<Integer> mapped =
          named(pool, "divides").map((Integer x) -> 1 / (x % 10), inputs)) {
        int failed = 0;
        for (MapResults.Outcome<Integer> outcome : mapped.outcomes()) {
          failed += outcome.failure() == null ? 0 : 1;
        }
        assertThat(failed).isEqualTo(100);
      }
      var again = pool.with(TaskOptions.builder().name("again").retries(1).build());
      assertThat(again.submit(PoolDetailsIT::haltUnlessThereIs, gate.toString()).result())
          .isEqualTo(7);
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> {
                assertThat(count(view, "divides"))
                    .isEqualTo(new NameCount("divides", 0, 0, 0, 1_000, 100));
                assertThat(count(view, "again")).isEqualTo(new NameCount("again", 0, 0, 0, 1, 0));
              });
      ProcessFuture<Integer> large =
          named(pool, "large")
              .submit(
                  () -> {
                    throw new IllegalStateException("x".repeat(100_000));
                  });
      assertThat(large.exception()).isPresent();
      await().atMost(SOON).until(() -> view.failure(large.info().id()).isPresent());
      assertThat(view.failure(large.info().id()).orElseThrow())
          .startsWith("java.lang.IllegalStateException: xxx");
    }
  }

  private static NameCount count(PoolView view, String name) {
    return view.counts().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }
}

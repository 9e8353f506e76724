package dev.procession.examples.demo;

import dev.procession.ProcessExecutorService;
import dev.procession.ProcessFuture;
import dev.procession.Task;
import dev.procession.TaskOptions;
import dev.procession.TaskTimeoutException;
import dev.procession.WorkerCrashedException;
import java.time.Duration;
import java.util.Optional;

/** The three ways in which a task of the demo goes wrong on purpose. */
enum Sabotage {
  /** Ends its JVM, as a crash in native code would. */
  HALTS("halts its JVM", Sabotage::halt, WorkerCrashedException.class),
  /** Never ends, and does not heed an interrupt. */
  LOOPS("loops for ever", Sabotage::loop, TaskTimeoutException.class),
  /** Throws. */
  THROWS("throws", Sabotage::fail, IllegalStateException.class);

  private static final Duration DEADLINE = Duration.ofSeconds(1);

  final String label;
  private final Task<String> task;
  private final Class<? extends Throwable> expected;

  Sabotage(String label, Task<String> task, Class<? extends Throwable> expected) {
    this.label = label;
    this.task = task;
    this.expected = expected;
  }

  ProcessFuture<String> submitTo(ProcessExecutorService pool) {
    return pool.with(TaskOptions.builder().name(label).timeout(DEADLINE).build()).submit(task);
  }

  boolean isExpected(Optional<Throwable> failure) {
    return failure.filter(expected::isInstance).isPresent();
  }

  private static String halt() {
    System.out.println("these are my last words");
    Runtime.getRuntime().halt(3);
    return "never returned";
  }

  private static String loop() {
    while (true) {
      Thread.onSpinWait();
    }
  }

  private static String fail() {
    throw new IllegalStateException("sabotage");
  }
}

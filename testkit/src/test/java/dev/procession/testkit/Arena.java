package dev.procession.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.CrashReport;
import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.WorkerSnapshot;
import dev.procession.WorkerState;
import dev.procession.testing.Pools;
import dev.procession.testing.Stock;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;

/** A pool of one worker, with everything by which to see what becomes of it and is left of it. */
final class Arena implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(30);

  /** What a saboteur prints before it acts. */
  static final String LAST_WORDS = "these are my last words";

  /** What it prints when it has acted and still can. */
  static final String AFTERWARDS = "nothing happened";

  private static final int WARM_UP_TASKS = 40;

  final MarkedProcesses processes = new MarkedProcesses();
  final Witness witness = new Witness(LAST_WORDS, AFTERWARDS);
  final ProcessPoolExecutor pool;
  private final Stock before = Stock.take();

  private Arena(
      Path directory, UnaryOperator<ProcessPoolExecutor.Builder> options, String... jvmArgs) {
    List<String> arguments =
        new ArrayList<>(List.of("-XX:MaxMetaspaceSize=64m", "-XX:MaxDirectMemorySize=16m"));
    arguments.addAll(List.of(jvmArgs));
    pool =
        options
            .apply(
                Pools.builder(1)
                    .maxHeap("64m")
                    .jvmArgs(arguments.toArray(String[]::new))
                    .workingDirectory(directory) // where a core file would go
                    .environment(MarkedProcesses.VARIABLE, processes.mark)
                    .listener(witness)
                    .outputListener(witness))
            .build();
  }

  static Arena open(
      Path directory, UnaryOperator<ProcessPoolExecutor.Builder> options, String... jvmArgs) {
    return new Arena(directory, options, jvmArgs);
  }

  /** With the limit on a worker's memory that the core is still to learn. */
  static ProcessPoolExecutor.Builder limited(ProcessPoolExecutor.Builder builder) {
    try {
      builder.getClass().getMethod("memoryLimit", String.class).invoke(builder, "300m");
      return builder;
    } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Has the worker load what a saboteur needs, so that a short deadline is long enough, and then
   * run short tasks, so that such are prefetched; returns its process id.
   */
  long warmUp() throws Exception {
    pool.submit(() -> System.out.println("saboteurs: " + List.of(Saboteur.values())))
        .result(PATIENCE);
    long pid = pool.submit(Pools::pid).result(PATIENCE);
    for (ProcessFuture<Integer> future : bystanders(WARM_UP_TASKS)) {
      future.result(PATIENCE);
    }
    return pid;
  }

  /** Tasks that have nothing to do with it; each returns its index. */
  List<ProcessFuture<Integer>> bystanders(int number) {
    List<ProcessFuture<Integer>> futures = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      futures.add(pool.submit((Integer index) -> index, i));
    }
    return futures;
  }

  static void assertUnharmed(List<ProcessFuture<Integer>> bystanders)
      throws InterruptedException, TimeoutException {
    for (int i = 0; i < bystanders.size(); i++) {
      assertThat(bystanders.get(i).result(PATIENCE)).isEqualTo(i);
    }
  }

  /** Waits until the worker of that process has been buried, and returns the report of its end. */
  CrashReport awaitEndOf(long pid) {
    Awaitility.await("the end of worker " + pid)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> witness.endOf(pid) != null);
    return witness.endOf(pid);
  }

  /** Waits until the pool is at rest again: one worker that idles, and no other process. */
  void awaitRest() {
    Awaitility.await("one idle worker")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> {
              List<WorkerSnapshot> workers = pool.snapshot().workers();
              return workers.size() == 1 && workers.get(0).state() == WorkerState.IDLE;
            });
    processes.awaitAtMost(1);
  }

  /** Fails if the pool has not ended with all its processes. */
  void assertNoProcessLeft() {
    assertThat(pool.isTerminated()).isTrue();
    processes.awaitAtMost(0);
  }

  /** Fails by the name of whatever the pool has left, of processes, threads, files and memory. */
  void assertNothingLeft() {
    assertNoProcessLeft();
    before.awaitNothingMore("left behind by pool " + pool.snapshot().name());
  }

  /** Ends the pool whatever it does, and all processes. */
  @Override
  public void close() {
    pool.shutdownNow();
    processes.kill();
  }
}

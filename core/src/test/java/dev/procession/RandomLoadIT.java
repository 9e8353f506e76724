package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.testing.Doer;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Pools;
import dev.procession.testing.Tally;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The word by which parent and worker agree on who has a task, under tasks of all lengths and
 * threads that cancel and ask at random. A failure names its seed; the interleaving is not repeated
 * by it, only what was done.
 */
@NoLeaks
class RandomLoadIT {
  private static final int TASKS = 2_000;
  private static final int THREADS = 4;
  private static final int LATELY = 60;

  /** Tasks that are stopped in a run, each at the price of a worker. */
  private static final int STOPS = 4;

  private static final Duration PATIENCE = Duration.ofSeconds(50);

  @TempDir Path tmp;

  static List<Long> seeds() {
    return new Random().longs(3).boxed().toList();
  }

  /** Notes that it was begun, works for a while, notes that it has ended. */
  private static int work(Tally begun, int number, int micros) {
    begun.add(number);
    long until = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(micros);
    while (System.nanoTime() - until < 0) {
      Thread.onSpinWait();
    }
    return number;
  }

  /** Most are short, so that they are prefetched; some hold up what was prefetched behind them. */
  private static int length(Random random) {
    int kind = random.nextInt(100);
    return kind < 80 ? 0 : kind < 95 ? random.nextInt(500) : random.nextInt(15_000);
  }

  /** What the threads did with the futures, and were told. */
  private static final class Run {
    final AtomicReferenceArray<ProcessFuture<Integer>> futures = new AtomicReferenceArray<>(TASKS);

    /** Who called {@code cancel(false)}, or {@code cancel(true)}, and was told true. */
    final AtomicIntegerArray withdrawn = new AtomicIntegerArray(TASKS);

    final AtomicIntegerArray stopped = new AtomicIntegerArray(TASKS);
    final AtomicInteger stopsLeft = new AtomicInteger(STOPS);
    final AtomicIntegerArray callbacks = new AtomicIntegerArray(TASKS);

    /** Does something to a task that was submitted lately. */
    void disturb(Random random, int latest) throws Exception {
      int kind = random.nextInt(100);
      // What is to be cancelled is taken from the newest, of which some are unbegun.
      int number = Math.max(0, latest - random.nextInt(kind < 50 ? 6 : LATELY));
      ProcessFuture<Integer> future = futures.get(number);
      if (kind < 50) {
        if (future.cancel(/* mayInterruptIfRunning= */ false)) {
          withdrawn.incrementAndGet(number);
        }
      } else if (kind < 55) {
        stopOne(latest);
      } else {
        try {
          assertThat(future.result(Duration.ofNanos(random.nextInt(200_000)))).isEqualTo(number);
        } catch (CancellationException | TimeoutException e) {
          // as it comes
        }
      }
    }

    private void stopOne(int latest) {
      for (int i = Math.max(0, latest - LATELY); i <= latest; i++) {
        ProcessFuture<Integer> future = futures.get(i);
        if (future.isRunning() && stopsLeft.getAndDecrement() > 0) {
          if (future.cancel(/* mayInterruptIfRunning= */ true)) {
            stopped.incrementAndGet(i);
          }
          return;
        }
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  @DisplayName(
      "B13, F2, F9, Ca1, Ca2: at most once, never after cancel(false), exactly once for a value")
  void randomLoad_manyThreads_atMostOnce(long seed) throws Exception {
    Tally begun = Tally.in(tmp, "begun");
    Run run = new Run();
    PoolSnapshot end;
    try (var pool = Pools.builder(2).spareWorkers(1).killGrace(Duration.ofMillis(5)).build()) {
      AtomicInteger submitted = new AtomicInteger(-1);
      List<Doer> doers = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        Random random = new Random(seed + i);
        doers.add(
            Doer.start(
                () -> {
                  for (int seen = -1; seen < TASKS - 1; ) {
                    seen = later(submitted, seen);
                    run.disturb(random, seen);
                  }
                }));
      }
      Random random = new Random(seed - 1);
      for (int i = 0; i < TASKS; i++) {
        int number = i;
        ProcessFuture<Integer> future = pool.submit(RandomLoadIT::work, begun, i, length(random));
        future.addDoneCallback(done -> run.callbacks.incrementAndGet(number));
        run.futures.set(i, future);
        submitted.set(i);
        if (random.nextInt(20) == 0) {
          assertCountsAreSane(pool.snapshot());
          // Or the queue would only grow.
          ProcessFutures.await(List.of(future), PATIENCE, ReturnWhen.ALL_COMPLETED);
        }
      }
      for (Doer doer : doers) {
        assertThat(doer.awaitEnd().thrown()).isNull();
      }
      for (int i = 0; i < TASKS; i++) {
        ProcessFutures.await(List.of(run.futures.get(i)), PATIENCE, ReturnWhen.ALL_COMPLETED);
        assertThat(run.futures.get(i).isDone()).as("task %s ends", i).isTrue();
      }
      assertCountsAreSane(pool.snapshot());
      Awaitility.await().until(() -> pool.snapshot().running() == 0);
      end = pool.snapshot();
      Awaitility.await()
          .until(() -> IntStream.range(0, TASKS).map(run.callbacks::get).sum() >= TASKS);
    }
    assertAccountsAgree(run, end, begun);
  }

  /** Waits until more tasks were submitted, so that no thread does more than one thing per task. */
  private static int later(AtomicInteger submitted, int seen) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (submitted.get() == seen && System.nanoTime() - until < 0) {
      LockSupport.parkNanos(20_000);
    }
    int now = submitted.get();
    assertThat(now).as("tasks submitted").isGreaterThan(seen);
    return now;
  }

  private static void assertCountsAreSane(PoolSnapshot now) {
    assertThat(now.pending()).as(now.toString()).isBetween(0, TASKS);
    assertThat(now.running()).as(now.toString()).isBetween(0, 2);
    assertThat(now.completed() + now.failed() + now.cancelled()).isBetween(0L, (long) TASKS);
  }

  private static void assertAccountsAgree(Run run, PoolSnapshot end, Tally begun) {
    Map<String, Long> times =
        begun.lines().stream()
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    long completed = 0;
    for (int i = 0; i < TASKS; i++) {
      ProcessFuture<Integer> future = run.futures.get(i);
      long ran = times.getOrDefault(Integer.toString(i), 0L);
      assertThat(ran).as("times that task %s was begun", i).isLessThanOrEqualTo(1);
      assertThat(run.callbacks.get(i)).as("callbacks of task %s", i).isEqualTo(1);
      assertThat(future.isCancelled())
          .as("task %s: %s, as those were told who cancelled it", i, future)
          .isEqualTo(run.withdrawn.get(i) + run.stopped.get(i) > 0);
      if (future.info().started().isEmpty() || future.isCancelled() && run.stopped.get(i) == 0) {
        assertThat(ran).as("times that task %s, cancelled unbegun, was begun", i).isZero();
        assertThat(future.info().started()).isEmpty();
      }
      if (!future.isCancelled()) {
        assertThat(future.taskState()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(ran).as("times that task %s, with a value, was begun", i).isEqualTo(1);
        completed++;
      }
    }
    assertThat(end.completed()).isEqualTo(completed);
    assertThat(end.cancelled()).isEqualTo(TASKS - completed);
    assertThat(end.failed()).isZero();
    assertThat(end.pending()).isZero();
    assertThat(end.running()).isZero();
  }
}

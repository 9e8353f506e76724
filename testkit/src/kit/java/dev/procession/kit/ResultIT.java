package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.procession.ProcessFuture;
import dev.procession.ProcessFutures;
import dev.procession.ReturnWhen;
import dev.procession.TaskFailedException;
import dev.procession.TaskOptions;
import dev.procession.TaskState;
import dev.procession.TaskStory;
import dev.procession.TaskTimeoutException;
import dev.procession.WaitTimeoutException;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Occupied;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results, failures, time-outs and the story of a task: section 3 of the semantics. */
@NoLeaks
class ResultIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);
  private static final Duration LONG_PAST = Duration.ofSeconds(Long.MIN_VALUE);

  @TempDir Path tmp;

  private static int throwing(String what) throws Exception {
    switch (what) {
      case "unchecked":
        throw new IllegalStateException("on purpose");
      case "checked":
        throw new IOException("on purpose");
      case "error":
        throw new AssertionError("on purpose");
      case "timeout":
        throw new TimeoutException("the task's own");
      case "cancellation":
        throw new CancellationException("the task's own");
      case "interrupted":
        throw new InterruptedException("the task's own");
      case "rejected":
        throw new WaitTimeoutException("the task's own", null);
      default:
        return 1;
    }
  }

  /* ---- Values and failures ---- */

  @Test
  @DisplayName(
      "R1: the value is given as often as asked, the same object, and exception() is empty")
  void result_success_sameObjectEachTime() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<List<String>> future = pool.submit(() -> new ArrayList<>(List.of("a", "b")));
      List<String> first = future.result();
      assertThat(first).containsExactly("a", "b");
      assertThat(future.result()).isSameAs(first);
      assertThat(future.result(Duration.ZERO)).isSameAs(first);
      assertThat(future.get()).isSameAs(first);
      assertThat(future.get(0, TimeUnit.DAYS)).isSameAs(first);
      assertThat(future.exception()).isEmpty();
      assertThat(future.exception(LONG_PAST)).isEmpty();
    }
  }

  @Test
  @DisplayName("R2: an unchecked failure is the same object from result(), get() and exception()")
  void failure_unchecked_sameObjectEverywhere() throws Exception {
    try (var pool = Kit.pool(1)) {
      for (String what : List.of("unchecked", "error")) {
        ProcessFuture<Integer> future = pool.submit(ResultIT::throwing, what);
        Throwable failure = future.exception().orElseThrow();
        assertThat(failure).hasMessage("on purpose");
        assertThat(catchThrowable(future::result)).isSameAs(failure);
        assertThat(catchThrowable(() -> future.result(FOR_EVER))).isSameAs(failure);
        assertThat(catchThrowable(future::get))
            .isInstanceOf(ExecutionException.class)
            .hasMessage(failure.toString())
            .cause()
            .isSameAs(failure);
        assertThat(future.exception(Duration.ZERO)).containsSame(failure);
      }
    }
  }

  @Test
  @DisplayName("R2: result() wraps a checked failure, get() wraps every failure")
  void failure_checked_wrappedByResult() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> future =
          pool.with(TaskOptions.builder().name("page 7").build())
              .submit(ResultIT::throwing, "checked");
      Throwable failure = future.exception().orElseThrow();
      assertThat(failure).isExactlyInstanceOf(IOException.class).hasMessage("on purpose");
      assertThatThrownBy(future::result)
          .isInstanceOf(TaskFailedException.class)
          .hasMessage("task 'page 7' threw java.io.IOException: on purpose")
          .cause()
          .isSameAs(failure);
      assertThatThrownBy(future::get)
          .isExactlyInstanceOf(ExecutionException.class)
          .cause()
          .isSameAs(failure);
      ProcessFuture<Integer> interrupted = pool.submit(ResultIT::throwing, "interrupted");
      assertThatThrownBy(interrupted::result)
          .isInstanceOf(TaskFailedException.class)
          .hasCauseInstanceOf(InterruptedException.class);
    }
  }

  @Test
  @DisplayName("R3: on a cancelled future result(), get() and exception() throw, at any time-out")
  void cancelled_everyQuestion_throwsCancellation() throws Exception {
    try (var pool = Kit.pool(1);
        var busy = Occupied.worker(pool, tmp)) {
      ProcessFuture<Integer> future =
          pool.with(TaskOptions.builder().name("page 7").build()).submit(() -> 1);
      future.cancel(/* mayInterruptIfRunning= */ false);
      assertThatThrownBy(future::result)
          .isExactlyInstanceOf(CancellationException.class)
          .hasMessageContaining("page 7");
      assertThatThrownBy(future::get).isExactlyInstanceOf(CancellationException.class);
      assertThatThrownBy(future::exception).isExactlyInstanceOf(CancellationException.class);
      assertThatThrownBy(() -> future.result(LONG_PAST))
          .isExactlyInstanceOf(CancellationException.class);
      assertThatThrownBy(() -> future.get(-1, TimeUnit.NANOSECONDS))
          .isExactlyInstanceOf(CancellationException.class);
      assertThatThrownBy(() -> future.exception(FOR_EVER))
          .isExactlyInstanceOf(CancellationException.class);
      assertThat(busy.task().isRunning()).isTrue();
    }
  }

  /* ---- Time-outs ---- */

  @Test
  @DisplayName("R4: a wait that runs out leaves the future as it was; it can be asked again")
  void timeout_unfinished_futureUntouched() throws Exception {
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      ProcessFuture<Long> future = busy.task();
      long before = System.nanoTime();
      assertThatThrownBy(() -> future.result(Duration.ofMillis(50)))
          .isInstanceOf(TimeoutException.class)
          .hasMessageContaining("(running)")
          .hasMessageContaining("50 ms");
      assertThatThrownBy(() -> future.get(50, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      assertThatThrownBy(() -> future.exception(Duration.ofMillis(50)))
          .isInstanceOf(TimeoutException.class);
      assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(150_000_000L);
      assertThat(future.isRunning()).isTrue();
      assertThat(future.isCancelled()).isFalse();
      busy.close();
      assertThat(future.result(SOON)).isPositive();
    }
  }

  @Test
  @DisplayName("R5: a time-out of zero or less only looks")
  void timeout_zeroOrNegative_looks() throws Exception {
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      ProcessFuture<Integer> pending = pool.submit(() -> 1);
      for (ProcessFuture<?> future : List.of(busy.task(), pending)) {
        for (Duration timeout : List.of(Duration.ZERO, Duration.ofNanos(-1), LONG_PAST)) {
          assertThatThrownBy(() -> future.result(timeout)).isInstanceOf(TimeoutException.class);
          assertThatThrownBy(() -> future.exception(timeout)).isInstanceOf(TimeoutException.class);
        }
        for (long timeout : new long[] {0, -1, Long.MIN_VALUE}) {
          assertThatThrownBy(() -> future.get(timeout, TimeUnit.DAYS))
              .isInstanceOf(TimeoutException.class);
        }
      }
      busy.close();
    }
  }

  @Test
  @DisplayName("R6: a huge time-out is for ever, not an overflow")
  void timeout_huge_waits() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      List<Future<?>> waiters =
          List.of(
              threads.submit(() -> future.result(FOR_EVER)),
              threads.submit(() -> future.get(Long.MAX_VALUE, TimeUnit.DAYS)),
              threads.submit(() -> future.exception(Duration.ofNanos(Long.MAX_VALUE))));
      busy.close();
      assertThat(waiters.get(0).get(30, TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(waiters.get(1).get(30, TimeUnit.SECONDS)).isEqualTo(1);
      waiters.get(2).get(30, TimeUnit.SECONDS);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  @DisplayName("R5: a null unit or duration is refused, done or not")
  void timeout_null_refused() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      future.get();
      assertThatThrownBy(() -> future.get(1, null)).isInstanceOf(NullPointerException.class);
      assertThatThrownBy(() -> future.result(null)).isInstanceOf(NullPointerException.class);
      assertThatThrownBy(() -> future.exception(null)).isInstanceOf(NullPointerException.class);
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("R7: a thread blocked in get() is woken when the running task is cancelled")
  void get_runningTaskStopped_woken() throws Exception {
    ExecutorService threads = Executors.newSingleThreadExecutor();
    Gate begun = Gate.in(tmp, "begun");
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Void> future =
          pool.submit(
              () -> {
                begun.open();
                while (true) {
                  Thread.onSpinWait();
                }
              });
      Future<?> waiter = threads.submit(() -> future.get());
      begun.await();
      future.cancel(/* mayInterruptIfRunning= */ true);
      assertThatThrownBy(() -> waiter.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(CancellationException.class);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("R8: a wait that ran out is never confused with a task's own TimeoutException")
  void timeout_thrownByTheTask_isItsFailure() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> future = pool.submit(ResultIT::throwing, "timeout");
      assertThatThrownBy(() -> future.result(SOON))
          .isInstanceOf(TaskFailedException.class)
          .cause()
          .isExactlyInstanceOf(TimeoutException.class)
          .hasMessage("the task's own");
      assertThatThrownBy(() -> future.get(30, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseExactlyInstanceOf(TimeoutException.class);
      assertThat(future.exception(SOON)).containsInstanceOf(TimeoutException.class);
      assertThat(future.taskState()).isEqualTo(TaskState.FAILED);

      ProcessFuture<Void> overrun =
          pool.with(TaskOptions.builder().timeout(Duration.ofMillis(100)).build())
              .submit(
                  () -> {
                    while (true) {
                      Thread.onSpinWait();
                    }
                  });
      assertThatThrownBy(() -> overrun.result(SOON)).isInstanceOf(TaskTimeoutException.class);
    }
  }

  @Test
  @DisplayName("R9: a task that throws CancellationException has failed, it is not cancelled")
  void cancellation_thrownByTheTask_isItsFailure() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> future = pool.submit(ResultIT::throwing, "cancellation");
      Throwable failure = future.exception().orElseThrow();
      assertThat(failure).isExactlyInstanceOf(CancellationException.class);
      assertThat(future.isCancelled()).isFalse();
      assertThat(future.taskState()).isEqualTo(TaskState.FAILED);
      assertThat(future.cancel(/* mayInterruptIfRunning= */ true)).isFalse();
      assertThatThrownBy(future::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isSameAs(failure);
      assertThat(catchThrowable(future::result)).isSameAs(failure);
      assertThat(pool.snapshot().failed()).isEqualTo(1);
      assertThat(pool.snapshot().cancelled()).isZero();
      ProcessFuture<Integer> own = pool.submit(ResultIT::throwing, "rejected");
      assertThat(own.exception()).containsInstanceOf(WaitTimeoutException.class);
    }
  }

  /* ---- Interrupts ---- */

  @Test
  @DisplayName("R4: an interrupt ends the wait, not the task; a done future does not mind it")
  void get_interrupted_taskGoesOn() throws Exception {
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      ProcessFuture<Long> future = busy.task();
      Thread.currentThread().interrupt();
      assertThatThrownBy(future::get).isInstanceOf(InterruptedException.class);
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> future.result(SOON)).isInstanceOf(InterruptedException.class);
      assertThat(future.isRunning()).isTrue();
      busy.close();
      long pid = future.get();
      Thread.currentThread().interrupt();
      assertThat(future.get()).isEqualTo(pid);
      assertThat(Thread.interrupted()).isTrue();
    } finally {
      Thread.interrupted();
    }
  }

  @Test
  @DisplayName("R1: many threads that wait for one future all get its value")
  void get_manyThreads_allServed() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(32);
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      List<Future<Long>> waiters = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        waiters.add(threads.submit(() -> busy.task().get()));
      }
      busy.close();
      for (Future<Long> waiter : waiters) {
        assertThat(waiter.get(30, TimeUnit.SECONDS)).isEqualTo(busy.task().get());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /* ---- What is given back ---- */

  @Test
  @DisplayName("submit(Runnable, result): the future gives that very object")
  void fixedResult_sameObject() throws Exception {
    Object mine = new Object();
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Object> future = pool.submit((Runnable & java.io.Serializable) () -> {}, mine);
      assertThat(future.get()).isSameAs(mine);
      assertThat(future.toCompletableFuture().join()).isSameAs(mine);
    }
  }

  @Test
  @DisplayName("S9: what is changed after submit is never seen by the task")
  void submit_argumentChangedAfterwards_notSeen() throws Exception {
    try (var pool = Kit.pool(1);
        var busy = Occupied.worker(pool, tmp)) {
      int[] numbers = {1, 2, 3};
      ProcessFuture<Integer> sum = pool.submit(array -> Arrays.stream(array).sum(), numbers);
      numbers[0] = 100;
      busy.close();
      assertThat(sum.result()).isEqualTo(6);
    }
  }

  @Test
  @DisplayName("D13: a future outlives its pool, read or not")
  void result_afterClose_stillThere() throws Exception {
    ProcessFuture<List<Integer>> value;
    ProcessFuture<Integer> failure;
    try (var pool = Kit.pool(1)) {
      value = pool.submit(() -> List.of(1, 2));
      failure = pool.submit(ResultIT::throwing, "unchecked");
    }
    assertThat(value.isDone()).isTrue();
    assertThat(value.get()).containsExactly(1, 2);
    assertThat(failure.exception()).containsInstanceOf(IllegalStateException.class);
    assertThat(value.cancel(/* mayInterruptIfRunning= */ true)).isFalse();
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("D13: large results of workers that are replaced after each task are all there")
  void result_largeFromRetiringWorker_whole() throws Exception {
    try (var pool = Kit.pool(2, options -> options.maxTasksPerWorker(1))) {
      List<ProcessFuture<byte[]>> futures = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        futures.add(pool.submit(ResultIT::filled, i));
      }
      for (int i = 0; i < 8; i++) {
        byte[] bytes = futures.get(i).get();
        assertThat(bytes).hasSize(3 << 20);
        assertThat(bytes[bytes.length - 1]).isEqualTo((byte) i);
      }
      assertThat(futures.stream().map(future -> future.info().workerPid()).distinct()).hasSize(8);
    }
  }

  @Test
  @DisplayName(
      "byte arrays of every size arrive as they are, also behind an argument that is large")
  void byteArrays_ofEverySize_arrive() throws Exception {
    List<Integer> lengths = List.of(0, 1, 32_767, 32_768, 32_769, 1 << 20, (40 << 20) + 3, 1 << 20);
    try (var pool = Kit.pool(1)) {
      for (int length : lengths) {
        byte[] given = new byte[length];
        new Random(length).nextBytes(given);
        var future = pool.submit((byte[] bytes, Integer n) -> bytes, given, 7);
        byte[] back = future.result();
        assertThat(Arrays.equals(back, given)).as(length + " bytes").isTrue();
        assertThat(back).isNotSameAs(given);
        byte[] doubled = pool.submit(() -> Arrays.copyOf(given, 2 * length)).result();
        assertThat(Arrays.equals(doubled, Arrays.copyOf(given, 2 * length))).isTrue();
      }
      try (var results = pool.map((Integer n) -> new byte[n], lengths)) {
        assertThat(results).extracting(bytes -> bytes.length).containsExactlyElementsOf(lengths);
      }
    }
  }

  private static byte[] filled(int value) {
    byte[] bytes = new byte[3 << 20];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  /* ---- The story ---- */

  private static long useProcessor(Duration time) {
    var threads = ManagementFactory.getThreadMXBean();
    long until = threads.getCurrentThreadCpuTime() + time.toNanos();
    long turns = 0;
    while (threads.getCurrentThreadCpuTime() < until) {
      turns++;
    }
    return turns;
  }

  @Test
  @DisplayName("info(): a pending, then running, then finished task tells its story as it goes")
  void info_wholeLife_consistent() throws Exception {
    Gate begun = Gate.in(tmp, "begun");
    Gate go = Gate.in(tmp, "go");
    Instant before = Instant.now().minusSeconds(1);
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      ProcessFuture<byte[]> future =
          pool.with(TaskOptions.builder().name("page 7").build())
              .submit(
                  (size, gates) -> {
                    gates.get(0).open();
                    gates.get(1).await();
                    useProcessor(Duration.ofMillis(30));
                    return new byte[size];
                  },
                  5_000,
                  List.of(begun, go));
      TaskStory pending = future.info();
      assertThat(pending.name()).isEqualTo("page 7");
      assertThat(pending.state()).isEqualTo(TaskState.PENDING);
      assertThat(pending.id()).isGreaterThan(busy.task().info().id());
      assertThat(pending.attempt()).isZero();
      assertThat(pending.workerPid()).isEqualTo(-1);
      assertThat(pending.started()).isEmpty();
      assertThat(pending.finished()).isEmpty();
      assertThat(pending.queueTime()).isEmpty();
      assertThat(pending.runTime()).isEmpty();
      assertThat(pending.bytesIn()).isBetween(20L, 5_000L);
      assertThat(pending.bytesOut()).isZero();
      assertThat(pending.cpuTime()).isZero();
      assertThat(pending.failure()).isEmpty();
      busy.close();

      begun.await();
      await().atMost(SOON).until(future::isRunning);
      TaskStory running = future.info();
      assertThat(running.state()).isEqualTo(TaskState.RUNNING);
      assertThat(running.attempt()).isEqualTo(1);
      assertThat(running.workerPid()).isEqualTo(busy.task().get());
      assertThat(running.started()).isPresent();
      assertThat(running.queueTime()).isPresent();
      assertThat(running.runTime()).isEmpty();
      go.open();

      future.get();
      TaskStory done = future.info();
      assertThat(done.state()).isEqualTo(TaskState.SUCCEEDED);
      assertThat(done.submitted()).isBetween(before, Instant.now().plusSeconds(1));
      assertThat(done.startedOrNull()).isAfterOrEqualTo(done.submitted());
      assertThat(done.finishedOrNull()).isAfterOrEqualTo(done.startedOrNull());
      assertThat(done.workerPid()).isEqualTo(running.workerPid());
      assertThat(done.bytesOut()).isBetween(5_000L, 5_100L);
      assertThat(done.cpuTime()).isBetween(Duration.ofMillis(29), done.runTime().orElseThrow());
      assertThat(done.failure()).isEmpty();
      assertThat(future.info()).isEqualTo(done);
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("info(): a failed task says with what, also one that overran or lost its worker")
  void info_failed_saysWhy() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> thrown = pool.submit(ResultIT::throwing, "unchecked");
      thrown.exception();
      TaskStory story = thrown.info();
      assertThat(story.state()).isEqualTo(TaskState.FAILED);
      assertThat(story.failure()).contains("java.lang.IllegalStateException: on purpose");
      assertThat(story.bytesOut()).isPositive();
      assertThat(story.attempt()).isEqualTo(1);

      ProcessFuture<Void> crashed = pool.submit(() -> Runtime.getRuntime().halt(7));
      crashed.exception();
      story = crashed.info();
      assertThat(story.state()).isEqualTo(TaskState.FAILED);
      assertThat(story.failureOrNull()).contains("WorkerCrashedException");
      assertThat(story.workerPid()).isPositive();
      assertThat(story.attempt()).isEqualTo(1);
      assertThat(story.startedOrNull()).isAfterOrEqualTo(story.submitted());
      assertThat(story.finishedOrNull()).isAfterOrEqualTo(story.startedOrNull());

      ProcessFuture<Void> overrun =
          pool.with(TaskOptions.builder().timeout(Duration.ofMillis(100)).build())
              .submit(
                  () -> {
                    while (true) {
                      Thread.onSpinWait();
                    }
                  });
      overrun.exception();
      story = overrun.info();
      assertThat(story.failureOrNull()).contains("TaskTimeoutException");
      assertThat(story.runTime().orElseThrow()).isGreaterThanOrEqualTo(Duration.ofMillis(100));
    }
  }

  @Test
  @DisplayName("info(): a cancelled task has an end, and a beginning if a worker had begun it")
  void info_cancelled_endOnly() throws Exception {
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      ProcessFuture<Integer> never = pool.submit(() -> 1);
      never.cancel(/* mayInterruptIfRunning= */ false);
      TaskStory story = never.info();
      assertThat(story.state()).isEqualTo(TaskState.CANCELLED);
      assertThat(story.started()).isEmpty();
      assertThat(story.attempt()).isZero();
      assertThat(story.workerPid()).isEqualTo(-1);
      assertThat(story.finishedOrNull()).isAfterOrEqualTo(story.submitted());
      assertThat(story.queueTime()).isPresent();
      assertThat(story.failure()).isEmpty();

      long pid = busy.task().info().workerPid();
      busy.task().cancel(/* mayInterruptIfRunning= */ true);
      story = busy.task().info();
      assertThat(story.state()).isEqualTo(TaskState.CANCELLED);
      assertThat(story.attempt()).isEqualTo(1);
      assertThat(story.workerPid()).isEqualTo(pid);
      assertThat(story.runTime()).isPresent();
    }
  }

  @Test
  @DisplayName("info(): instants are in order for every one of many tasks")
  void info_manyTasks_instantsInOrder() throws Exception {
    try (var pool = Kit.pool(2)) {
      List<ProcessFuture<Integer>> futures = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        futures.add(pool.submit(x -> x, i));
      }
      ProcessFutures.await(futures, ReturnWhen.ALL_COMPLETED);
      for (ProcessFuture<Integer> future : futures) {
        TaskStory story = future.info();
        assertThat(story.submitted()).isBeforeOrEqualTo(story.startedOrNull());
        assertThat(story.startedOrNull()).isBeforeOrEqualTo(story.finishedOrNull());
        assertThat(story.cpuTime()).isLessThanOrEqualTo(story.runTime().orElseThrow());
      }
      assertThat(futures.stream().map(future -> future.info().id()).distinct()).hasSize(2_000);
    }
  }
}

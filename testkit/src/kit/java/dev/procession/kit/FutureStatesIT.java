package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.procession.PoolSnapshot;
import dev.procession.ProcessExecutorService;
import dev.procession.ProcessFuture;
import dev.procession.ProcessFutures;
import dev.procession.ReturnWhen;
import dev.procession.TaskOptions;
import dev.procession.TaskState;
import dev.procession.TaskStory;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Occupied;
import dev.procession.testing.Tally;
import dev.procession.testing.Workers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The states of a future and its cancellation: sections 1 and 2 of the semantics. */
@NoLeaks
class FutureStatesIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path tmp;

  private static void spin() {
    while (true) {
      Thread.onSpinWait();
    }
  }

  /** Runs on whatever is thrown at it: only the end of its process ends it. */
  private static void spinThroughInterrupts(Gate begun) {
    begun.open();
    while (true) {
      try {
        Thread.sleep(1_000);
      } catch (InterruptedException e) {
        // the point of it
      }
    }
  }

  private static void assertPending(ProcessFuture<?> future) {
    assertThat(future.isRunning()).isFalse();
    assertThat(future.isDone()).isFalse();
    assertThat(future.isCancelled()).isFalse();
    assertThat(future.taskState()).isEqualTo(TaskState.PENDING);
  }

  private static void assertDone(ProcessFuture<?> future, TaskState state) {
    assertThat(future.isRunning()).isFalse();
    assertThat(future.isDone()).isTrue();
    assertThat(future.isCancelled()).isEqualTo(state == TaskState.CANCELLED);
    assertThat(future.taskState()).isEqualTo(state);
  }

  /* ---- States ---- */

  @Test
  @DisplayName("F1, F6: a new future is pending: not running, not done, not cancelled")
  void newFuture_workerBusy_pending() throws Exception {
    try (var pool = Kit.pool(1);
        var busy = Occupied.worker(pool, tmp)) {
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      assertPending(future);
      busy.close();
      assertThat(future.result()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("F2, F5: running from the claim by a worker until the outcome, then one final state")
  void states_ofOneTask_inOrder() throws Exception {
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      assertThat(busy.task().isRunning()).isTrue();
      assertThat(busy.task().isDone()).isFalse();
      assertThat(busy.task().taskState()).isEqualTo(TaskState.RUNNING);
      busy.close();
      busy.task().get();
      assertDone(busy.task(), TaskState.SUCCEEDED);
    }
  }

  @Test
  @DisplayName("F1, P3: prefetched behind a running task is pending, not running")
  void isRunning_prefetched_false() throws Exception {
    try (var pool = Kit.pool(1)) {
      learnThatTasksAreShort(pool);
      Occupied busy = Occupied.submit(pool, 1, tmp);
      List<ProcessFuture<Integer>> behind = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        behind.add(pool.submit(() -> 1));
      }
      busy.awaitBegun();
      assertThat(busy.task().isRunning()).isTrue();
      behind.forEach(FutureStatesIT::assertPending);
      PoolSnapshot snapshot = pool.snapshot();
      assertThat(snapshot.running()).isEqualTo(1);
      assertThat(snapshot.pending()).isEqualTo(100);
      busy.close();
      for (ProcessFuture<Integer> future : behind) {
        assertThat(future.result()).isEqualTo(1);
      }
    }
  }

  /** Afterwards the pool prefetches. */
  private static void learnThatTasksAreShort(ProcessExecutorService pool) throws Exception {
    for (int i = 0; i < 200; i++) {
      pool.submit(() -> 1).get();
    }
  }

  @Test
  @DisplayName("F2: seen from outside, no state ever goes back, whatever the size of the result")
  void states_polledWithoutPause_neverGoBack() throws Exception {
    try (var pool = Kit.pool(1)) {
      pool.submit(() -> 1).get();
      for (int i = 0; i < 400; i++) {
        int bytes = i % 4 == 3 ? 2 << 20 : i;
        ProcessFuture<byte[]> future = pool.submit(size -> new byte[size], bytes);
        TaskState last = TaskState.PENDING;
        while (!last.isDone()) {
          boolean running = future.isRunning();
          boolean done = future.isDone();
          TaskState now = future.taskState();
          if (now != last) {
            assertThat(last.canMoveTo(now)).as("%s -> %s", last, now).isTrue();
          }
          if (last == TaskState.RUNNING) {
            assertThat(running || done).as("neither running nor done after RUNNING").isTrue();
          }
          last = now;
        }
        assertThat(future.get()).hasSize(bytes);
      }
    }
  }

  @Test
  @DisplayName("F3, F4, F5: cancelled, done and running in each final state")
  void predicates_eachFinalState_agree() throws Exception {
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      ProcessFuture<Integer> cancelled = pool.submit(() -> 1);
      assertThat(cancelled.cancel(/* mayInterruptIfRunning= */ false)).isTrue();
      assertDone(cancelled, TaskState.CANCELLED);
      busy.close();
      ProcessFuture<Integer> succeeded = pool.submit(() -> 1);
      succeeded.get();
      assertDone(succeeded, TaskState.SUCCEEDED);
      ProcessFuture<Integer> failed = pool.submit(FutureStatesIT::fail);
      failed.exception();
      assertDone(failed, TaskState.FAILED);
    }
  }

  private static int fail() {
    throw new IllegalStateException("on purpose");
  }

  @Test
  @DisplayName("F7: the text of a future tells its state, and what it returned or raised")
  void toString_eachState_oneWord() throws Exception {
    try (var pool = Kit.pool(1, options -> options.name("words"))) {
      Occupied busy = Occupied.worker(pool, tmp);
      ProcessFuture<Integer> cancelled =
          pool.with(TaskOptions.builder().name("page 7").build()).submit(() -> 1);
      assertThat(cancelled.toString())
          .contains("page 7", "'words'", "(pending)")
          .contains(Long.toString(cancelled.info().id()));
      assertThat(busy.task().toString()).contains("(running)");
      cancelled.cancel(/* mayInterruptIfRunning= */ false);
      assertThat(cancelled.toString()).contains("(cancelled)");
      busy.close();
      ProcessFuture<Integer> value = pool.submit(() -> 1);
      value.get();
      assertThat(value.toString()).contains("(returned java.lang.Integer)");
      ProcessFuture<List<Integer>> object = pool.submit(() -> List.of(1));
      await().atMost(SOON).until(object::isDone);
      assertThat(object.toString()).contains("(returned"); // a look must not run readObject
      object.get();
      assertThat(object.toString()).contains("(returned java.util.");
      ProcessFuture<Integer> failed = pool.submit(FutureStatesIT::fail);
      await().atMost(SOON).until(failed::isDone);
      assertThat(failed.toString()).contains("(failed");
      failed.exception();
      assertThat(failed.toString()).contains("(failed with java.lang.IllegalStateException)");
      ProcessFuture<Void> nothing = pool.submit(() -> {});
      nothing.get();
      assertThat(nothing.toString()).contains("(returned null)");
    }
  }

  @Test
  @DisplayName("F9: the work of a cancelled future is never run")
  void cancelled_workerFreeLater_neverRuns() throws Exception {
    Tally ran = Tally.in(tmp, "ran");
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      List<ProcessFuture<Integer>> futures = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        futures.add(pool.submit(FutureStatesIT::note, ran, i));
      }
      for (int i = 0; i < 50; i += 2) {
        assertThat(futures.get(i).cancel(/* mayInterruptIfRunning= */ false)).isTrue();
      }
      busy.close();
      for (int i = 1; i < 50; i += 2) {
        assertThat(futures.get(i).get()).isEqualTo(i);
      }
    }
    assertThat(ran.lines()).hasSize(25).allMatch(line -> Integer.parseInt(line) % 2 == 1);
  }

  private static int note(Tally tally, int number) {
    tally.add(number);
    return number;
  }

  @Test
  @DisplayName("F12, F14: the first outcome stays, whoever cancels or asks afterwards")
  void outcome_cancelledAfterwards_stays() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<List<Integer>> value = pool.submit(() -> List.of(1));
      List<Integer> first = value.get();
      ProcessFuture<Integer> failed = pool.submit(FutureStatesIT::fail);
      Throwable failure = failed.exception().orElseThrow();
      for (boolean interrupt : new boolean[] {false, true}) {
        assertThat(value.cancel(interrupt)).isFalse();
        assertThat(failed.cancel(interrupt)).isFalse();
      }
      assertDone(value, TaskState.SUCCEEDED);
      assertDone(failed, TaskState.FAILED);
      assertThat(value.get()).isSameAs(first);
      assertThat(failed.exception()).containsSame(failure);
      assertThat(pool.submit(Kit::pid).get()).isEqualTo(value.info().workerPid());
    }
  }

  @Test
  @DisplayName("F13: a task that returns null succeeds")
  void nullResult_isSuccess() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<String> future = pool.submit(() -> null);
      assertThat(future.result()).isNull();
      assertThat(future.exception()).isEmpty();
      assertDone(future, TaskState.SUCCEEDED);
    }
  }

  /** Throws from everything that can be overridden. */
  static final class HostileException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    static volatile boolean armed;

    private static RuntimeException refuse() {
      return new UnsupportedOperationException("hostile");
    }

    @Override
    public boolean equals(Object other) {
      throw refuse();
    }

    @Override
    public int hashCode() {
      throw refuse();
    }

    @Override
    public String getMessage() {
      throw refuse();
    }

    @Override
    public String toString() {
      throw refuse();
    }
  }

  private static int failHostile() {
    throw new HostileException();
  }

  @Test
  @DisplayName("F15: an exception whose own methods all throw still is a failure like any other")
  void failure_hostileException_isFailure() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> future = pool.submit(FutureStatesIT::failHostile);
      Throwable failure = future.exception().orElseThrow();
      assertThat(failure.getClass().getName()).contains("Exception");
      assertDone(future, TaskState.FAILED);
      assertThat(future.toString()).contains("failed");
      assertThat(future.info().failure()).isPresent();
      assertThatThrownBy(future::get).isInstanceOf(ExecutionException.class);
      Throwable thrown = null;
      try {
        future.result();
      } catch (Throwable e) {
        thrown = e;
      }
      assertThat(thrown == failure).isTrue();
      assertThat(pool.submit(() -> 1).get()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("F16: any thread sees a consistent future at any time")
  void snapshots_fromManyThreads_consistent() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (var pool = Kit.pool(1)) {
      pool.submit(() -> 1).get();
      for (int round = 0; round < 200; round++) {
        ProcessFuture<Integer> future = pool.submit(() -> 7);
        List<Future<Boolean>> readers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          readers.add(threads.submit(() -> readUntilDone(future)));
        }
        if (round % 2 == 0) {
          future.cancel(/* mayInterruptIfRunning= */ false);
        }
        for (Future<Boolean> reader : readers) {
          assertThat(reader.get(30, TimeUnit.SECONDS)).isEqualTo(future.isCancelled());
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** Returns whether it was cancelled; whatever it sees must agree with whatever it saw. */
  private static boolean readUntilDone(ProcessFuture<Integer> future) throws Exception {
    while (!future.isDone()) {
      TaskStory story = future.info();
      assertThat(story.state() == TaskState.PENDING && story.startedOrNull() != null)
          .as("pending, yet begun: %s", story)
          .isFalse();
    }
    boolean cancelled = future.isCancelled();
    assertThat(future.isRunning()).isFalse();
    assertThat(future.taskState()).isEqualTo(cancelled ? TaskState.CANCELLED : TaskState.SUCCEEDED);
    if (cancelled) {
      assertThatThrownBy(future::get).isInstanceOf(CancellationException.class);
    } else {
      assertThat(future.get()).isEqualTo(7);
    }
    return cancelled;
  }

  @Test
  @DisplayName("F17, C12: get() and await may return before the callbacks have run")
  void get_callbackBlocked_returns() throws Exception {
    CountDownLatch let = new CountDownLatch(1);
    CountDownLatch ran = new CountDownLatch(1);
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      future.addDoneCallback(
          done -> {
            awaitLatch(let);
            ran.countDown();
          });
      assertThat(future.get()).isEqualTo(1);
      assertThat(ProcessFutures.await(List.of(future), ReturnWhen.ALL_COMPLETED).done())
          .containsExactly(future);
      assertThat(ran.getCount()).isEqualTo(1);
      let.countDown();
      assertThat(ran.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nobody released the latch");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /* ---- Cancelling what has not begun ---- */

  @Test
  @DisplayName("Ca1: cancel of a pending task wakes who waits, at once, and runs the callbacks")
  void cancel_pending_wakesWaiters() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    CountDownLatch called = new CountDownLatch(1);
    try (var pool = Kit.pool(1);
        var busy = Occupied.worker(pool, tmp)) {
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      future.addDoneCallback(
          done -> {
            if (done.isCancelled() && done.isDone()) {
              called.countDown();
            }
          });
      Thread[] waiting = new Thread[2];
      Future<?> get = threads.submit(() -> inThread(waiting, 0, future::get));
      Future<?> exception = threads.submit(() -> inThread(waiting, 1, future::exception));
      awaitParked(waiting);
      assertThat(future.cancel(/* mayInterruptIfRunning= */ false)).isTrue();
      for (Future<?> waiter : List.of(get, exception)) {
        assertThatThrownBy(() -> waiter.get(30, TimeUnit.SECONDS))
            .hasCauseInstanceOf(CancellationException.class);
      }
      assertThat(called.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(busy.task().isRunning()).isTrue();
    } finally {
      threads.shutdownNow();
    }
  }

  private static Object inThread(Thread[] threads, int index, Callable<?> body) throws Exception {
    synchronized (threads) {
      threads[index] = Thread.currentThread();
    }
    return body.call();
  }

  private static void awaitParked(Thread... threads) {
    await()
        .atMost(SOON)
        .until(
            () -> {
              synchronized (threads) {
                for (Thread thread : threads) {
                  if (thread == null || thread.getState() != Thread.State.WAITING) {
                    return false;
                  }
                }
                return true;
              }
            });
  }

  @Test
  @DisplayName("Ca1, Ca8: cancel(false) works for prefetched tasks up to the claim")
  void cancel_prefetched_true() throws Exception {
    Tally ran = Tally.in(tmp, "ran");
    try (var pool = Kit.pool(1)) {
      for (int round = 0; round < 5; round++) {
        learnThatTasksAreShort(pool);
        Occupied busy = Occupied.submit(pool, 1, tmp);
        List<ProcessFuture<Integer>> behind = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
          behind.add(pool.submit(FutureStatesIT::note, ran, i));
        }
        busy.awaitBegun();
        for (ProcessFuture<Integer> future : behind) {
          assertThat(future.cancel(/* mayInterruptIfRunning= */ false)).isTrue();
          assertDone(future, TaskState.CANCELLED);
        }
        assertThat(busy.task().cancel(/* mayInterruptIfRunning= */ false)).isFalse();
        busy.close();
        busy.task().get();
        assertThat(pool.submit(() -> 5).get()).isEqualTo(5);
      }
    }
    assertThat(ran.lines()).isEmpty();
  }

  @Test
  @DisplayName("Ca2: cancel(false) of a running task returns false and changes nothing")
  void cancelFalse_running_false() throws Exception {
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      assertThat(busy.task().cancel(/* mayInterruptIfRunning= */ false)).isFalse();
      assertThat(busy.task().isRunning()).isTrue();
      assertThat(busy.task().isCancelled()).isFalse();
      busy.close();
      assertThat(busy.task().result()).isEqualTo(busy.task().info().workerPid());
    }
  }

  @Test
  @DisplayName("Ca3: cancel of a cancelled task returns true again and calls nobody again")
  void cancel_cancelled_trueAgain() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    try (var pool = Kit.pool(1);
        var busy = Occupied.worker(pool, tmp)) {
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      future.addDoneCallback(done -> calls.incrementAndGet());
      for (int i = 0; i < 3; i++) {
        assertThat(future.cancel(/* mayInterruptIfRunning= */ i == 1)).isTrue();
      }
      CountDownLatch last = new CountDownLatch(1);
      future.addDoneCallback(done -> last.countDown());
      assertThat(last.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(calls).hasValue(1);
      assertThat(pool.snapshot().cancelled()).isEqualTo(1);
      assertThat(busy.task().isRunning()).isTrue();
    }
  }

  @Test
  @DisplayName("Ca1, Ca3: of two who cancel at once, both are told the truth")
  void cancel_twoThreadsAtOnce_sameAnswer() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    CyclicBarrier together = new CyclicBarrier(2);
    try (var pool = Kit.pool(1);
        var busy = Occupied.worker(pool, tmp)) {
      for (int i = 0; i < 3_000; i++) {
        ProcessFuture<Integer> future = pool.submit(() -> 1);
        Callable<Boolean> cancel =
            () -> {
              together.await();
              return future.cancel(/* mayInterruptIfRunning= */ false) && future.isDone();
            };
        Future<Boolean> one = threads.submit(cancel);
        Future<Boolean> other = threads.submit(cancel);
        assertThat(one.get(30, TimeUnit.SECONDS)).as("round %s", i).isTrue();
        assertThat(other.get(30, TimeUnit.SECONDS)).as("round %s", i).isTrue();
      }
      assertThat(pool.snapshot().cancelled()).isEqualTo(3_000);
      assertThat(busy.task().isRunning()).isTrue();
    } finally {
      threads.shutdownNow();
    }
  }

  /* ---- Stopping what runs ---- */

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("Ca4: cancel(true) stops an endless loop, and the pool lives on")
  void cancelTrue_endlessLoop_stopped() throws Exception {
    Gate begun = Gate.in(tmp, "begun");
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Void> future =
          pool.submit(
              () -> {
                begun.open();
                spin();
              });
      begun.await();
      long pid = future.info().workerPid();
      assertThat(future.cancel(/* mayInterruptIfRunning= */ true)).isTrue();
      assertDone(future, TaskState.CANCELLED);
      assertThatThrownBy(future::get).isInstanceOf(CancellationException.class);
      assertThat(pool.submit(Kit::pid).get()).isNotEqualTo(pid);
      await().atMost(SOON).until(() -> Workers.isGone(pid));
      assertThat(future.info().workerPid()).isEqualTo(pid);
      assertThat(future.info().started()).isPresent();
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("Ca4: cancel(true) stops a task that swallows interrupts")
  void cancelTrue_interruptsSwallowed_stopped() throws Exception {
    Gate begun = Gate.in(tmp, "begun");
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Void> future = pool.submit(() -> spinThroughInterrupts(begun));
      begun.await();
      long pid = future.info().workerPid();
      assertThat(future.cancel(/* mayInterruptIfRunning= */ true)).isTrue();
      await().atMost(SOON).until(() -> Workers.isGone(pid));
      assertThat(pool.submit(() -> 3).get()).isEqualTo(3);
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("Ca4: a task that obeys its interrupt may clean up; its worker is not used again")
  void cancelTrue_interruptObeyed_cleansUp() throws Exception {
    Gate begun = Gate.in(tmp, "begun");
    Gate cleaned = Gate.in(tmp, "cleaned");
    try (var pool = Kit.pool(1, options -> options.killGrace(Duration.ofSeconds(30)))) {
      ProcessFuture<Void> future = pool.submit(() -> cleanUpWhenInterrupted(begun, cleaned));
      begun.await();
      long pid = future.info().workerPid();
      assertThat(future.cancel(/* mayInterruptIfRunning= */ true)).isTrue();
      assertDone(future, TaskState.CANCELLED);
      cleaned.await();
      assertThat(pool.submit(Kit::pid).get()).isNotEqualTo(pid);
      await().atMost(SOON).until(() -> Workers.isGone(pid));
    }
  }

  private static void cleanUpWhenInterrupted(Gate begun, Gate cleaned) {
    begun.open();
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      cleaned.open();
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("Ca4: cancel(true) of one task costs the tasks behind it nothing")
  void cancelTrue_othersPrefetched_unharmed() throws Exception {
    Tally ran = Tally.in(tmp, "ran");
    try (var pool = Kit.pool(1)) {
      learnThatTasksAreShort(pool);
      Gate begun = Gate.in(tmp, "begun");
      ProcessFuture<Void> endless =
          pool.submit(
              () -> {
                begun.open();
                spin();
              });
      List<ProcessFuture<Integer>> behind = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        behind.add(pool.submit(FutureStatesIT::note, ran, i));
      }
      begun.await();
      assertThat(endless.cancel(/* mayInterruptIfRunning= */ true)).isTrue();
      for (int i = 0; i < 40; i++) {
        assertThat(behind.get(i).get()).isEqualTo(i);
      }
    }
    assertThat(ran.lines()).hasSize(40).doesNotHaveDuplicates();
  }

  @Test
  @DisplayName("Ca4: cancel(true) of a pending task stops nobody's work")
  void cancelTrue_pending_runningUnharmed() throws Exception {
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      ProcessFuture<Integer> pending = pool.submit(() -> 1);
      assertThat(pending.cancel(/* mayInterruptIfRunning= */ true)).isTrue();
      busy.close();
      long pid = busy.task().result();
      assertThat(pool.submit(Kit::pid).get()).isEqualTo(pid);
    }
  }

  /* ---- One terminal state for everybody ---- */

  @Test
  @DisplayName("Ca5, Ca6: a cancelled future is done for all at once, while the worker is busy")
  void cancelled_workerBusy_doneForEverybody() throws Exception {
    CountDownLatch called = new CountDownLatch(1);
    try (var pool = Kit.pool(1);
        var busy = Occupied.worker(pool, tmp)) {
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      future.cancel(/* mayInterruptIfRunning= */ false);
      future.addDoneCallback(done -> called.countDown());
      assertThat(ProcessFutures.await(List.of(future), Duration.ZERO, ReturnWhen.ALL_COMPLETED))
          .isEqualTo(new ProcessFutures.Completion<>(Set.of(future), Set.of()));
      assertThat(ProcessFutures.await(List.of(future), ReturnWhen.FIRST_COMPLETED).done())
          .containsExactly(future);
      assertThat(ProcessFutures.asCompleted(List.of(future), Duration.ZERO))
          .containsExactly(future);
      assertThatThrownBy(() -> future.result(Duration.ZERO))
          .isInstanceOf(CancellationException.class);
      assertThat(called.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(busy.task().isRunning()).isTrue();
    }
  }

  @Test
  @DisplayName("Ca7, A12: futures cancelled by a shutdown are done for await and asCompleted")
  void shutdown_cancelPending_waitersSeeIt() throws Exception {
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      List<ProcessFuture<Integer>> futures = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        futures.add(pool.submit(() -> 1));
      }
      ExecutorService threads = Executors.newFixedThreadPool(2);
      Future<Integer> waiter =
          threads.submit(
              () -> ProcessFutures.await(futures, ReturnWhen.ALL_COMPLETED).done().size());
      Future<Integer> iterator =
          threads.submit(
              () -> {
                Set<Long> given = new TreeSet<>();
                ProcessFutures.asCompleted(futures).forEach(done -> given.add(done.info().id()));
                return given.size();
              });
      threads.shutdown();
      assertThat(pool.shutdownNow()).hasSize(20);
      assertThat(waiter.get(30, TimeUnit.SECONDS)).isEqualTo(20);
      assertThat(iterator.get(30, TimeUnit.SECONDS)).isEqualTo(20);
      assertThat(futures).allMatch(ProcessFuture::isCancelled);
      assertThat(busy.task().isCancelled()).isTrue();
    }
  }

  /* ---- The race between cancel and the worker ---- */

  @Test
  @DisplayName("F2, Ca1, Ca2: cancel against begin and end, thousands of times: one outcome each")
  void cancelAgainstFinish_thousandsOfTimes_oneOutcomeEach() throws Exception {
    int tasks = 6_000;
    Tally ran = Tally.in(tmp, "ran");
    AtomicIntegerArray calls = new AtomicIntegerArray(tasks);
    List<ProcessFuture<Integer>> futures = new ArrayList<>();
    boolean[] cancelled = new boolean[tasks];
    try (var pool = Kit.pool(2)) {
      learnThatTasksAreShort(pool);
      for (int i = 0; i < tasks; i++) {
        int number = i;
        ProcessFuture<Integer> future = pool.submit(FutureStatesIT::note, ran, i);
        future.addDoneCallback(done -> calls.incrementAndGet(number));
        futures.add(future);
        if (i % 3 == 0) {
          int back = Math.max(0, i - ThreadLocalRandom.current().nextInt(60));
          cancelled[back] |= futures.get(back).cancel(/* mayInterruptIfRunning= */ false);
        }
      }
      assertThat(ProcessFutures.await(futures, SOON, ReturnWhen.ALL_COMPLETED).notDone()).isEmpty();
      PoolSnapshot end = pool.snapshot();
      assertThat(end.completed() + end.cancelled()).isEqualTo(tasks + 200);
      assertThat(end.pending()).isZero();
      assertThat(end.running()).isZero();
      assertThat(end.failed()).isZero();
    }
    await().atMost(SOON).until(() -> sum(calls) == tasks);
    List<String> evidence = ran.lines();
    assertThat(evidence).doesNotHaveDuplicates();
    Set<Integer> begun = new TreeSet<>();
    evidence.forEach(line -> begun.add(Integer.valueOf(line)));
    for (int i = 0; i < tasks; i++) {
      assertThat(calls.get(i)).isEqualTo(1);
      assertThat(futures.get(i).isCancelled()).isEqualTo(cancelled[i]);
      assertThat(begun.contains(i)).isEqualTo(!cancelled[i]);
    }
  }

  private static int sum(AtomicIntegerArray numbers) {
    int sum = 0;
    for (int i = 0; i < numbers.length(); i++) {
      sum += numbers.get(i);
    }
    return sum;
  }
}

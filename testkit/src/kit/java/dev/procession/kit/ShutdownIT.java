package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.AbstractProcessExecutor;
import dev.procession.CrashReport;
import dev.procession.ExitReason;
import dev.procession.PoolListener;
import dev.procession.PoolState;
import dev.procession.ProcessFuture;
import dev.procession.ProcessFutures;
import dev.procession.ReturnWhen;
import dev.procession.ShutdownOptions;
import dev.procession.TaskOptions;
import dev.procession.TaskState;
import dev.procession.VoidTask;
import dev.procession.WorkerCrashedException;
import dev.procession.testing.Doer;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Tally;
import dev.procession.testing.Workers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every way in which a pool ends. */
@NoLeaks
class ShutdownIT {
  @TempDir Path tmp;

  /** A task that no interrupt ends. */
  private static VoidTask endless(Gate begun) {
    return () -> {
      begun.open();
      while (true) {
        Thread.onSpinWait();
      }
    };
  }

  private static void assertEnded(AbstractProcessExecutor pool) {
    assertThat(pool.isShutdown()).isTrue();
    assertThat(pool.isTerminated()).isTrue();
    assertThat(pool.snapshot().state()).isEqualTo(PoolState.TERMINATED);
    assertThat(pool.snapshot().workers()).isEmpty();
  }

  /* ---- shutdown, awaitTermination, close ---- */

  @Test
  @DisplayName("D1, D2: after shutdown returned, at once, what was submitted still runs to its end")
  void drains() throws Exception {
    try (var pool = Kit.pool(2)) {
      Gate go = Gate.in(tmp, "go");
      Tally ran = Tally.in(tmp, "ran");
      List<ProcessFuture<Void>> futures = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        int number = i;
        futures.add(
            pool.submit(
                () -> {
                  go.await();
                  ran.add(number);
                }));
      }
      pool.shutdown();
      assertThat(pool.isShutdown()).isTrue();
      assertThat(pool.isTerminated()).isFalse();
      assertThat(pool.snapshot().state()).isEqualTo(PoolState.DRAINING);
      assertThat(pool.awaitTermination(10, TimeUnit.MILLISECONDS)).isFalse();
      assertThat(pool.awaitTermination(0, TimeUnit.SECONDS)).isFalse();
      assertThat(pool.awaitTermination(-1, TimeUnit.SECONDS)).isFalse();
      go.open();
      assertThat(pool.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
      assertEnded(pool);
      assertThat(ran.lines()).hasSize(50);
      assertThat(futures).allMatch(future -> future.taskState() == TaskState.SUCCEEDED);
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("D2: close waits until all is done and the workers have ended")
  void closeWaits() throws Exception {
    Tally ran = Tally.in(tmp, "ran");
    AbstractProcessExecutor kept;
    try (var pool = Kit.pool(1)) {
      kept = pool;
      for (int i = 0; i < 5; i++) {
        pool.submit(ran::addPid);
      }
    }
    assertEnded(kept);
    assertThat(ran.lines()).hasSize(5);
    assertThat(Workers.isGone(Long.parseLong(ran.lines().get(0)))).isTrue();
    assertThat(Workers.live()).isEmpty();
  }

  @Test
  @DisplayName("D4: shutting down again, in every way, on an ended pool does nothing")
  void again() throws Exception {
    var pool = Kit.pool(1);
    assertThat(pool.submit(() -> 1).get()).isEqualTo(1);
    pool.close();
    pool.close();
    pool.shutdown();
    assertThat(pool.shutdownNow()).isEmpty();
    assertThat(pool.shutdown(ShutdownOptions.builder().cancelPending(true).build())).isTrue();
    assertThat(pool.awaitTermination(0, TimeUnit.SECONDS)).isTrue();
    assertEnded(pool);
  }

  @Test
  @DisplayName("D4, P9, K5: a pool that was never used starts nothing and ends in every way")
  void unused() throws Exception {
    var closed = Kit.pool(2);
    assertThat(closed.snapshot().workers()).isEmpty();
    closed.close();
    assertEnded(closed);
    var now = Kit.pool(2);
    assertThat(now.shutdownNow()).isEmpty();
    assertThat(now.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    assertEnded(now);
    var options = Kit.pool(2);
    assertThat(options.shutdown(ShutdownOptions.builder().build())).isTrue();
    assertEnded(options);
    assertThat(Workers.live()).isEmpty();
  }

  @Test
  @DisplayName("D4: several threads shut down and close at once, and all see the end")
  void manyThreads() throws Exception {
    var pool = Kit.pool(2);
    Gate go = Gate.in(tmp, "go");
    var future = pool.submit(go::await);
    List<Doer> doers =
        IntStream.range(0, 6)
            .mapToObj(
                i ->
                    i % 2 == 0
                        ? Doer.start(pool::close)
                        : Doer.calling(() -> pool.shutdown(ShutdownOptions.builder().build())))
            .toList();
    for (Doer doer : doers) {
      doer.awaitWaiting();
    }
    go.open();
    for (Doer doer : doers) {
      assertThat(doer.awaitEnd().thrown()).isNull();
    }
    assertEnded(pool);
    assertThat(future.taskState()).isEqualTo(TaskState.SUCCEEDED);
  }

  @Test
  @DisplayName(
      "D1: what threads submit while another shuts the pool down is refused or runs to its end")
  void submittedMeanwhile() throws Exception {
    for (int round = 0; round < 4; round++) {
      boolean now = round % 2 == 1;
      AtomicInteger accepted = new AtomicInteger();
      Queue<ProcessFuture<Integer>> futures = new ConcurrentLinkedQueue<>();
      List<Thread> submitters = new ArrayList<>();
      try (var pool = Kit.pool(1)) {
        pool.submit(() -> 0).get();
        for (int i = 0; i < 4; i++) {
          Thread submitter =
              new Thread(
                  () -> {
                    try {
                      while (true) {
                        futures.add(pool.submit(() -> 1));
                        accepted.incrementAndGet();
                      }
                    } catch (RejectedExecutionException e) {
                      // as expected
                    }
                  });
          submitter.start();
          submitters.add(submitter);
        }
        Awaitility.await().until(() -> accepted.get() > 1_000 * 4);
        if (now) {
          pool.shutdownNow();
        } else {
          pool.shutdown();
        }
        for (Thread submitter : submitters) {
          submitter.join();
        }
        assertThat(pool.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
        assertThat(futures).hasSize(accepted.get());
        assertThat(futures).allMatch(Future::isDone);
        assertThat(futures).allMatch(future -> now || future.taskState() == TaskState.SUCCEEDED);
      }
    }
  }

  @Test
  @DisplayName("D5: after shutdown a second shutdown that waits does wait")
  void waitedForAgain() throws Exception {
    var pool = Kit.pool(1);
    Gate go = Gate.in(tmp, "go");
    var future = pool.submit(go::await);
    pool.shutdown();
    Doer closer = Doer.start(pool::close).awaitWaiting();
    assertThat(future.isDone()).isFalse();
    go.open();
    assertThat(closer.awaitEnd().thrown()).isNull();
    assertThat(future.isDone()).isTrue();
    assertEnded(pool);
  }

  /** It was told of as retired, although it was counted among the restarts. */
  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("a worker that was lost when its pool is shut down is told of as lost")
  void lostBefore_toldAsLost() throws Exception {
    Gate printed = Gate.in(tmp, "printed");
    CompletableFuture<ExitReason> told = new CompletableFuture<>();
    PoolListener listener =
        new PoolListener() {
          @Override
          public void workerEnded(String pool, CrashReport report) {
            told.complete(report.reason());
          }
        };
    // Between its loss and the telling the worker's last output is waited for.
    try (var pool =
        Kit.pool(
            1,
            options ->
                options
                    .listener(listener)
                    .outputListener(line -> printed.awaitUninterruptibly()))) {
      var fatal =
          pool.submit(
              () -> {
                System.out.println("last words");
                System.out.flush();
                Runtime.getRuntime().halt(1);
              });
      Awaitility.await()
          .pollInterval(Duration.ofMillis(1))
          .until(() -> pool.snapshot().restarts() == 1);
      pool.shutdown();
      printed.open();
      assertThat(fatal.exception()).containsInstanceOf(WorkerCrashedException.class);
      assertThat(told.get(30, TimeUnit.SECONDS)).isEqualTo(ExitReason.EXIT_CALLED);
    }
  }

  @Test
  @DisplayName("D6: a later shutdown that cancels what waits does so at once, whatever came before")
  void cancelsLater() throws Exception {
    var pool = Kit.pool(1);
    Gate begun = Gate.in(tmp, "begun");
    Gate go = Gate.in(tmp, "go");
    var running =
        pool.submit(
            () -> {
              begun.open();
              go.await();
            });
    var waiting = pool.submit(() -> 1);
    begun.await();
    pool.shutdown();
    Doer stopper =
        Doer.calling(() -> pool.shutdown(ShutdownOptions.builder().cancelPending(true).build()));
    assertThatThrownBy(() -> waiting.get(40, TimeUnit.SECONDS))
        .isInstanceOf(CancellationException.class);
    assertThat(running.isDone()).isFalse();
    pool.shutdown();
    go.open();
    assertThat(stopper.awaitEnd().result()).isEqualTo(true);
    assertThat(running.taskState()).isEqualTo(TaskState.SUCCEEDED);
    assertEnded(pool);
  }

  @Test
  @DisplayName("D7: leaving the try block by an exception waits for the work and cancels nothing")
  void bodyThrows() throws Exception {
    Gate go = Gate.in(tmp, "go");
    Gate submitted = Gate.in(tmp, "submitted");
    List<ProcessFuture<Void>> futures = new ArrayList<>();
    Doer body =
        Doer.start(
            () -> {
              try (var pool = Kit.pool(1)) {
                futures.add(pool.submit(go::await));
                futures.add(pool.submit(() -> {}));
                submitted.open();
                throw new IllegalStateException("of the body");
              }
            });
    submitted.await();
    body.awaitWaiting();
    go.open();
    assertThat(body.awaitEnd().thrown()).hasMessage("of the body").hasNoSuppressedExceptions();
    assertThat(futures).allMatch(future -> future.taskState() == TaskState.SUCCEEDED);
  }

  @Test
  @DisplayName("D9: submit, cancel, close: no hang, many times")
  void cancelAndClose() {
    for (int i = 0; i < 20; i++) {
      try (var pool = Kit.pool(1)) {
        assertThat(pool.submit(() -> 1).cancel(false)).isTrue();
      }
    }
  }

  @Test
  @DisplayName("D9: cancel races with the worker that begins the task, and close never hangs")
  void cancelRacesAndClose() throws Exception {
    for (int round = 0; round < 3; round++) {
      List<ProcessFuture<Integer>> futures = new ArrayList<>();
      try (var pool = Kit.pool(2)) {
        pool.submit(Kit::pid).get();
        for (int i = 0; i < 300; i++) {
          int number = i;
          ProcessFuture<Integer> future = pool.submit(() -> number);
          futures.add(future);
          if (i % 3 == 0) {
            future.cancel(false);
          }
        }
      }
      for (int i = 0; i < 300; i++) {
        if (futures.get(i).isCancelled()) {
          assertThat(i % 3).isZero();
        } else {
          assertThat(futures.get(i).get(0, TimeUnit.SECONDS)).isEqualTo(i);
        }
      }
    }
  }

  @Test
  @DisplayName("D11: a failing task and a task limit of one do not disturb the end")
  void failingTaskAndLimit() throws Exception {
    var pool = Kit.pool(1, options -> options.maxTasksPerWorker(1));
    List<ProcessFuture<Integer>> futures = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      futures.add(
          pool.submit(
              () -> {
                throw new IllegalStateException("bad");
              }));
    }
    pool.shutdown();
    assertThat(pool.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
    assertThat(futures).allMatch(future -> future.taskState() == TaskState.FAILED);
    assertEnded(pool);
  }

  @Test
  @DisplayName("D13: results, stories and failures can be read after the end")
  void readableAfterEnd() throws Exception {
    ProcessFuture<String> good;
    ProcessFuture<String> bad;
    try (var pool = Kit.pool(1)) {
      good = pool.submit(() -> "value");
      bad =
          pool.submit(
              () -> {
                throw new IllegalStateException("failure");
              });
    }
    assertThat(good.get()).isEqualTo("value");
    assertThat(good.info().state()).isEqualTo(TaskState.SUCCEEDED);
    assertThat(bad.exception()).hasValueSatisfying(e -> assertThat(e).hasMessage("failure"));
    Gate called = Gate.in(tmp, "called");
    good.addDoneCallback(future -> called.open());
    called.await();
    assertThat(good.cancel(true)).isFalse();
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName(
      "T7, T8: after shutdown workers at their limit are still replaced, and all tasks run")
  void replacedWhileDraining() throws Exception {
    Tally ran = Tally.in(tmp, "ran");
    try (var pool = Kit.pool(3, options -> options.maxTasksPerWorker(1))) {
      for (int i = 0; i < 6; i++) {
        pool.submit(ran::addPid);
      }
      pool.shutdown();
    }
    assertThat(ran.lines()).hasSize(6).doesNotHaveDuplicates();
  }

  @Needs(Ability.PROCESSES)
  @ParameterizedTest(name = "{0} workers, limit {1}, {2} tasks")
  @CsvSource({"1, 2, 6", "2, 2, 8"})
  @DisplayName("T6: a replacement starts whenever tasks wait")
  void replacedWhileTasksWait(int workers, int limit, int tasks) throws Exception {
    Tally ran = Tally.in(tmp, "ran");
    try (var pool = Kit.pool(workers, options -> options.maxTasksPerWorker(limit))) {
      List<ProcessFuture<Void>> futures = new ArrayList<>();
      for (int i = 0; i < tasks; i++) {
        futures.add(pool.submit(ran::addPid));
      }
      var split = ProcessFutures.await(futures, Duration.ofSeconds(50), ReturnWhen.ALL_COMPLETED);
      assertThat(split.notDone()).isEmpty();
    }
    assertThat(ran.lines()).hasSize(tasks);
    for (String pid : ran.lines()) {
      assertThat(ran.lines()).filteredOn(pid::equals).hasSizeLessThanOrEqualTo(limit);
    }
  }

  /* ---- close and interrupts ---- */

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName(
      "close: an interrupt of the closing thread stops what runs, and it is left interrupted")
  void closeInterrupted() throws Exception {
    var pool = Kit.pool(1);
    Gate begun = Gate.in(tmp, "begun");
    var running = pool.submit(endless(begun));
    var waiting = pool.submit(() -> 1);
    begun.await();
    Doer closer = Doer.start(pool::close).awaitWaiting();
    closer.interrupt();
    assertThat(closer.awaitEnd().thrown()).isNull();
    assertThat(closer.interruptedAtEnd()).isTrue();
    assertThat(running.isCancelled()).isTrue();
    assertThat(waiting.isCancelled()).isTrue();
    assertEnded(pool);
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("close by a thread that is interrupted already stops what runs, and ends")
  void closeByInterrupted() throws Exception {
    var pool = Kit.pool(1);
    Gate begun = Gate.in(tmp, "begun");
    var running = pool.submit(endless(begun));
    begun.await();
    Thread.currentThread().interrupt();
    pool.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(running.isCancelled()).isTrue();
    assertEnded(pool);
  }

  /* ---- shutdownNow ---- */

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName(
      "K3, K8: shutdownNow stops what runs, and returns what never began, which can still be run")
  void shutdownNow() throws Exception {
    var pool = Kit.pool(1);
    Gate begun = Gate.in(tmp, "begun");
    Tally ran = Tally.in(tmp, "ran");
    var running = pool.submit(endless(begun));
    begun.await();
    List<ProcessFuture<Void>> waiting = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      int number = i;
      waiting.add(
          pool.with(TaskOptions.builder().name("number " + i).build())
              .submit(() -> ran.add(number + " in " + Kit.pid())));
    }
    List<Runnable> never = pool.shutdownNow();
    assertThat(pool.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
    assertEnded(pool);
    assertThat(running.isCancelled()).isTrue();
    assertThat(waiting).allMatch(ProcessFuture::isCancelled);
    assertThat(never).hasSize(5);
    assertThat(never.get(2)).asString().contains("number 2");
    assertThat(ran.lines()).isEmpty();
    never.forEach(Runnable::run);
    String here = " in " + Kit.pid();
    assertThat(ran.lines())
        .containsExactly("0" + here, "1" + here, "2" + here, "3" + here, "4" + here);
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("shutdownNow: a returned task that throws, throws; a function keeps its argument")
  void shutdownNowReturned() throws Exception {
    var pool = Kit.pool(1);
    Gate begun = Gate.in(tmp, "begun");
    Tally ran = Tally.in(tmp, "ran");
    pool.submit(endless(begun));
    begun.await();
    pool.submit(
        () -> {
          throw new IllegalStateException("here");
        });
    pool.submit(
        (Tally tally, String text) -> {
          tally.add(text);
          return null;
        },
        ran,
        "argument");
    List<Runnable> never = pool.shutdownNow();
    assertThat(never).hasSize(2);
    assertThatThrownBy(never.get(0)::run).hasMessage("here");
    never.get(1).run();
    assertThat(ran.lines()).containsExactly("argument");
    pool.close();
  }

  @Test
  @DisplayName("shutdownNow while workers start ends them, and returns all tasks")
  void shutdownNowWhileStarting() throws Exception {
    var pool = Kit.pool(2);
    List<ProcessFuture<Integer>> futures =
        IntStream.range(0, 4).mapToObj(i -> pool.submit(() -> i)).toList();
    assertThat(pool.shutdownNow()).hasSize(4);
    assertThat(futures).allMatch(ProcessFuture::isCancelled);
    assertThat(pool.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
    assertEnded(pool);
  }

  /* ---- shutdown(ShutdownOptions) ---- */

  @Test
  @DisplayName("D3: cancelPending cancels what no worker has begun; what runs completes")
  void cancelPending() throws Exception {
    try (var pool = Kit.pool(2)) {
      Gate go = Gate.in(tmp, "go");
      Tally begun = Tally.in(tmp, "begun");
      List<ProcessFuture<Void>> futures = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        futures.add(
            pool.submit(
                () -> {
                  begun.addPid();
                  go.await();
                }));
      }
      Awaitility.await().until(() -> begun.lines().size() == 2);
      Doer stopper =
          Doer.calling(() -> pool.shutdown(ShutdownOptions.builder().cancelPending(true).build()));
      Awaitility.await()
          .until(() -> futures.stream().filter(ProcessFuture::isCancelled).count() == 48);
      go.open();
      assertThat(stopper.awaitEnd().result()).isEqualTo(true);
      assertThat(futures)
          .filteredOn(future -> future.taskState() == TaskState.SUCCEEDED)
          .hasSize(2);
      assertThat(begun.lines()).hasSize(2);
      assertEnded(pool);
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName(
      "D8: killAfter: what is left when the time is up is cancelled, and the workers are killed")
  void killAfter() throws Exception {
    try (var pool = Kit.pool(1, options -> options.killGrace(Duration.ofHours(1)))) {
      Gate begun = Gate.in(tmp, "begun");
      var running = pool.submit(endless(begun));
      var waiting = pool.submit(() -> 1);
      begun.await();
      boolean all =
          pool.shutdown(ShutdownOptions.builder().killAfter(Duration.ofMillis(50)).build());
      assertThat(all).isFalse();
      assertThat(running.isCancelled()).isTrue();
      assertThat(waiting.isCancelled()).isTrue();
      assertEnded(pool);
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("killAfter zero kills at once; a longer one than needed changes nothing")
  void killAfterExtremes() throws Exception {
    try (var pool = Kit.pool(1)) {
      Gate begun = Gate.in(tmp, "begun");
      var running = pool.submit(endless(begun));
      begun.await();
      assertThat(pool.shutdown(ShutdownOptions.builder().killAfter(Duration.ZERO).build()))
          .isFalse();
      assertThat(running.isCancelled()).isTrue();
      assertEnded(pool);
    }
    try (var pool = Kit.pool(1)) {
      var future = pool.submit(() -> 7);
      Duration forEver = Duration.ofSeconds(Long.MAX_VALUE);
      assertThat(pool.shutdown(ShutdownOptions.builder().killAfter(forEver).build())).isTrue();
      assertThat(future.get()).isEqualTo(7);
      assertEnded(pool);
    }
  }

  @Test
  @DisplayName("shutdown(options): an interrupted waiter throws, and the shutdown goes on")
  void waiterInterrupted() throws Exception {
    try (var pool = Kit.pool(1)) {
      Gate go = Gate.in(tmp, "go");
      var future = pool.submit(go::await);
      Doer waiter =
          Doer.calling(() -> pool.shutdown(ShutdownOptions.builder().build())).awaitWaiting();
      waiter.interrupt();
      assertThat(waiter.awaitEnd().thrown()).isInstanceOf(InterruptedException.class);
      assertThatThrownBy(() -> pool.submit(() -> 1)).isInstanceOf(RejectedExecutionException.class);
      assertThat(future.isDone()).isFalse();
      go.open();
      assertThat(future.get()).isNull();
    }
  }

  @Test
  @DisplayName("From a callback: shutdown works, and shutdownNow too (Python's gh-131598)")
  void fromCallback() throws Exception {
    for (boolean now : new boolean[] {false, true}) {
      var pool = Kit.pool(1);
      pool.submit(() -> 1)
          .addDoneCallback(
              done -> {
                if (now) {
                  pool.shutdownNow();
                } else {
                  pool.shutdown();
                }
              });
      assertThat(pool.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
      assertEnded(pool);
    }
  }

  @Test
  @DisplayName("close from a callback waits for the pool's end and does not deadlock")
  void closeFromCallback() throws Exception {
    var pool = Kit.pool(1);
    Gate closed = Gate.in(tmp, "closed");
    pool.submit(() -> 1)
        .addDoneCallback(
            done -> {
              pool.close();
              closed.open();
            });
    closed.await();
    assertEnded(pool);
  }
}

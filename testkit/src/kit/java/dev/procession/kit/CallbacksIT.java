package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.procession.ProcessFuture;
import dev.procession.TaskState;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Occupied;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Callbacks: section 4 of the semantics, as Java decides it. */
@NoLeaks
class CallbacksIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path tmp;

  private static void pass(CountDownLatch latch) {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nobody released the latch");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int fail() {
    throw new IllegalStateException("on purpose");
  }

  @SuppressWarnings("unchecked")
  private static <X extends Throwable> void sneak(Throwable throwable) throws X {
    throw (X) throwable;
  }

  /* ---- When and where ---- */

  @Test
  @DisplayName("C1, C11: called exactly once, with the future, however it ended")
  void callback_eachOutcome_calledOnce() throws Exception {
    List<String> seen = new CopyOnWriteArrayList<>();
    Consumer<ProcessFuture<Integer>> note =
        done -> seen.add(done.isDone() + " " + done.isRunning() + " " + done.taskState());
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      ProcessFuture<Integer> cancelled = pool.submit(() -> 1);
      cancelled.addDoneCallback(note);
      cancelled.cancel(/* mayInterruptIfRunning= */ false);
      busy.close();
      ProcessFuture<Integer> value = pool.submit(() -> 1);
      value.addDoneCallback(note);
      ProcessFuture<Integer> failed = pool.submit(CallbacksIT::fail);
      failed.addDoneCallback(note);
    }
    await().atMost(SOON).until(() -> seen.size() == 3);
    assertThat(seen)
        .containsExactlyInAnyOrder(
            "true false CANCELLED", "true false SUCCEEDED", "true false FAILED");
  }

  @Test
  @DisplayName("C1: the callback is given the very future it was added to")
  void callback_argument_sameFuture() throws Exception {
    CompletableFuture<ProcessFuture<Integer>> given = new CompletableFuture<>();
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      future.addDoneCallback(given::complete);
      assertThat(given.get(30, TimeUnit.SECONDS) == future).isTrue();
      assertThatThrownBy(() -> future.addDoneCallback(null))
          .isInstanceOf(NullPointerException.class);
    }
  }

  @Test
  @DisplayName("C2, C3: in the order added, one after another, the same one as often as added")
  void callbacks_order_asAdded() throws Exception {
    List<Integer> order = new CopyOnWriteArrayList<>();
    AtomicInteger inside = new AtomicInteger();
    AtomicBoolean overlapped = new AtomicBoolean();
    CountDownLatch last = new CountDownLatch(1);
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      Consumer<ProcessFuture<Integer>> twice = done -> order.add(-1);
      future.addDoneCallback(twice);
      for (int i = 0; i < 500; i++) {
        int number = i;
        future.addDoneCallback(
            done -> {
              overlapped.compareAndSet(false, inside.incrementAndGet() > 1);
              order.add(number);
              inside.decrementAndGet();
            });
      }
      future.addDoneCallback(twice);
      future.addDoneCallback(done -> last.countDown());
      busy.close();
      pass(last);
    }
    assertThat(order).hasSize(502).startsWith(-1, 0, 1, 2).endsWith(498, 499, -1);
    assertThat(order.subList(1, 501)).isSorted();
    assertThat(overlapped).isFalse();
  }

  @Test
  @DisplayName("C4: added to a done future it runs on the callback executor, not in the caller")
  void callback_addedAfterDone_runsOnExecutor() throws Exception {
    try (var pool = Kit.pool(1, options -> options.name("later"))) {
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      future.get();
      CountDownLatch added = new CountDownLatch(1);
      CompletableFuture<Thread> ran = new CompletableFuture<>();
      future.addDoneCallback(
          done -> {
            pass(added); // would never come if it ran in the caller
            ran.complete(Thread.currentThread());
          });
      added.countDown();
      assertThat(ran.get(30, TimeUnit.SECONDS).getName()).contains("later").contains("callback");
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("C5: it runs in this process, on the pool's callback threads, whoever completes")
  void callback_thread_isTheExecutors() throws Exception {
    List<String> threads = new CopyOnWriteArrayList<>();
    Consumer<ProcessFuture<?>> note = done -> threads.add(Thread.currentThread().getName());
    try (var pool = Kit.pool(1, options -> options.name("mine"))) {
      Occupied busy = Occupied.worker(pool, tmp);
      ProcessFuture<Integer> cancelled = pool.submit(() -> 1);
      cancelled.addDoneCallback(note);
      cancelled.cancel(/* mayInterruptIfRunning= */ false);
      busy.task().addDoneCallback(note);
      busy.close();
      ProcessFuture<Void> crashed = pool.submit(() -> Runtime.getRuntime().halt(1));
      crashed.addDoneCallback(note);
      await().atMost(SOON).until(() -> threads.size() == 3);
    }
    assertThat(threads).allMatch(name -> name.startsWith("procession-mine-callback"));
  }

  @Test
  @DisplayName("C1: added while the task ends, thousands of times: exactly once each")
  void callback_addedDuringCompletion_exactlyOnce() throws Exception {
    int rounds = 3_000;
    AtomicInteger calls = new AtomicInteger();
    try (var pool = Kit.pool(1)) {
      for (int i = 0; i < rounds; i++) {
        ProcessFuture<Integer> future = pool.submit(() -> 1);
        AtomicInteger mine = new AtomicInteger();
        Consumer<ProcessFuture<Integer>> once =
            done -> {
              if (mine.incrementAndGet() <= 4) {
                calls.incrementAndGet();
              }
            };
        future.addDoneCallback(once);
        future.addDoneCallback(once);
        if (i % 2 == 0) {
          future.get();
        }
        future.addDoneCallback(once);
        future.addDoneCallback(once);
      }
    }
    await().atMost(SOON).until(() -> calls.get() == 4 * rounds);
  }

  /* ---- What it throws ---- */

  @Test
  @DisplayName("C6, C7, C8: whatever it throws stops no later callback and changes no outcome")
  void callback_throws_othersRun() throws Exception {
    List<Throwable> thrown =
        List.of(
            new IllegalStateException("on purpose"),
            new Exception("sneaked"),
            new AssertionError("on purpose"),
            new StackOverflowError("on purpose"),
            new Throwable("not even an Exception"),
            new FutureStatesIT.HostileException());
    AtomicInteger ran = new AtomicInteger();
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      for (boolean after : new boolean[] {false, true}) {
        if (after) {
          busy.close();
          busy.task().get();
        }
        for (Throwable throwable : thrown) {
          busy.task().addDoneCallback(done -> CallbacksIT.<RuntimeException>sneak(throwable));
          busy.task().addDoneCallback(done -> ran.incrementAndGet());
        }
      }
      await().atMost(SOON).until(() -> ran.get() == 2 * thrown.size());
      assertThat(busy.task().taskState()).isEqualTo(TaskState.SUCCEEDED);
      CountDownLatch other = new CountDownLatch(1);
      ProcessFuture<Integer> next = pool.submit(() -> 1);
      next.addDoneCallback(done -> other.countDown());
      pass(other);
    }
  }

  /* ---- What it may do ---- */

  @Test
  @DisplayName("C9: added by a callback it runs after those added before")
  void callback_addedByCallback_runsLast() throws Exception {
    List<String> order = new CopyOnWriteArrayList<>();
    CountDownLatch last = new CountDownLatch(1);
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      busy.task()
          .addDoneCallback(
              done -> {
                order.add("1");
                done.addDoneCallback(
                    again -> {
                      order.add("late");
                      last.countDown();
                    });
              });
      busy.task().addDoneCallback(done -> order.add("2"));
      busy.close();
      pass(last);
    }
    assertThat(order).containsExactly("1", "2", "late");
  }

  @Test
  @DisplayName("C10: it may call every method of its future; nothing blocks, no lock is held")
  void callback_usesItsFuture_returnsAtOnce() throws Exception {
    CompletableFuture<Object> result = new CompletableFuture<>();
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> future = pool.submit(() -> 41);
      future.addDoneCallback(
          done -> {
            try {
              boolean cancelled = done.cancel(/* mayInterruptIfRunning= */ true);
              int sum = done.get() + done.result(Duration.ZERO) + (cancelled ? 1 : 0);
              done.info();
              done.exception();
              boolean locked = Thread.holdsLock(done);
              result.complete(locked ? "locked" : sum);
            } catch (Exception e) {
              result.complete(e);
            }
          });
      assertThat(result.get(30, TimeUnit.SECONDS)).isEqualTo(82);
    }
  }

  @Test
  @DisplayName("C10, C15: it may wait for another thread that uses the same future and pool")
  void callback_waitsForOtherThread_noDeadlock() throws Exception {
    ExecutorService threads = Executors.newSingleThreadExecutor();
    CompletableFuture<Integer> result = new CompletableFuture<>();
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      future.addDoneCallback(
          done -> {
            try {
              result.complete(
                  threads
                      .submit(
                          () -> {
                            done.addDoneCallback(again -> {});
                            pool.snapshot();
                            ProcessFuture<Integer> unwanted = pool.submit(() -> 3);
                            unwanted.cancel(/* mayInterruptIfRunning= */ false);
                            return done.get() + pool.submit(() -> 2).get();
                          })
                      .get(30, TimeUnit.SECONDS));
            } catch (Exception e) {
              result.completeExceptionally(e);
            }
          });
      assertThat(result.get(60, TimeUnit.SECONDS)).isEqualTo(3);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  @DisplayName("C13: slow callbacks stop neither results nor dispatch")
  void callbacks_allBlocked_poolGoesOn() throws Exception {
    CountDownLatch let = new CountDownLatch(1);
    AtomicInteger ran = new AtomicInteger();
    try (var pool = Kit.pool(2)) {
      for (int i = 0; i < 50; i++) {
        ProcessFuture<Integer> future = pool.submit(() -> 1);
        future.addDoneCallback(
            done -> {
              pass(let);
              ran.incrementAndGet();
            });
      }
      for (int i = 0; i < 200; i++) {
        assertThat(pool.submit(x -> x + 1, i).get(30, TimeUnit.SECONDS)).isEqualTo(i + 1);
      }
      assertThat(ran).hasValue(0);
      let.countDown();
      await().atMost(SOON).until(() -> ran.get() == 50);
    }
  }

  @Test
  @DisplayName("C14: it may submit to the same pool and wait for the result")
  void callback_submits_works() throws Exception {
    CompletableFuture<Integer> chained = new CompletableFuture<>();
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> first = pool.submit(() -> 20);
      first.addDoneCallback(
          done -> {
            try {
              chained.complete(pool.submit(x -> x * 2, done.get()).get());
            } catch (Exception e) {
              chained.completeExceptionally(e);
            }
          });
      assertThat(chained.get(30, TimeUnit.SECONDS)).isEqualTo(40);
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("C15: it may submit when it is called because the worker died")
  void callback_submitsAfterCrash_works() throws Exception {
    CompletableFuture<Integer> next = new CompletableFuture<>();
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Void> crashed = pool.submit(() -> Runtime.getRuntime().halt(3));
      crashed.addDoneCallback(
          done -> {
            try {
              next.complete(pool.submit(() -> 5).get());
            } catch (Exception e) {
              next.completeExceptionally(e);
            }
          });
      assertThat(next.get(30, TimeUnit.SECONDS)).isEqualTo(5);
    }
  }

  @Test
  @DisplayName("C16: it may shut the pool down, wait for its end, and close it")
  void callback_closesPool_ends() throws Exception {
    for (boolean now : new boolean[] {false, true}) {
      CompletableFuture<Boolean> ended = new CompletableFuture<>();
      var pool = Kit.pool(1);
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      future.addDoneCallback(
          done -> {
            try {
              if (now) {
                pool.shutdownNow();
                pool.awaitTermination(30, TimeUnit.SECONDS);
              } else {
                pool.close();
              }
              ended.complete(pool.isTerminated());
            } catch (Throwable e) {
              ended.completeExceptionally(e);
            }
          });
      assertThat(ended.get(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  @DisplayName("C17: a done future that is kept keeps no callback alive")
  void callbacks_afterRun_notKept() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      WeakReference<Object> captured = addCapturing(future);
      await()
          .atMost(SOON)
          .until(
              () -> {
                System.gc();
                return captured.get() == null;
              });
      assertThat(future.get()).isEqualTo(1);
    }
  }

  private static WeakReference<Object> addCapturing(ProcessFuture<Integer> future) {
    Object captured = new byte[1 << 20];
    CountDownLatch ran = new CountDownLatch(1);
    future.addDoneCallback(
        done -> {
          assertThat(captured).isNotNull();
          ran.countDown();
        });
    pass(ran);
    return new WeakReference<>(captured);
  }

  @Test
  @DisplayName("C1: a callback added after the pool has ended still runs")
  void callback_addedAfterClose_runs() throws Exception {
    ProcessFuture<Integer> future;
    try (var pool = Kit.pool(1)) {
      future = pool.submit(() -> 1);
    }
    CountDownLatch ran = new CountDownLatch(1);
    future.addDoneCallback(done -> ran.countDown());
    pass(ran);
  }

  /* ---- The user's executor ---- */

  @Test
  @DisplayName("callbackExecutor: callbacks and dependent stages run where the user says")
  void usersExecutor_threads_used() throws Exception {
    ExecutorService users =
        Executors.newSingleThreadExecutor(work -> new Thread(work, "the users own"));
    List<String> threads = new CopyOnWriteArrayList<>();
    try (var pool = Kit.pool(1, options -> options.callbackExecutor(users))) {
      Occupied busy = Occupied.worker(pool, tmp);
      busy.task().addDoneCallback(done -> threads.add(Thread.currentThread().getName()));
      busy.task().thenRun(() -> threads.add(Thread.currentThread().getName()));
      busy.task().thenRunAsync(() -> threads.add(Thread.currentThread().getName()));
      busy.close();
      await().atMost(SOON).until(() -> threads.size() == 3);
    } finally {
      users.shutdownNow();
    }
    assertThat(threads).containsOnly("the users own");
  }

  @Test
  @DisplayName("callbackExecutor Runnable::run: even then no callback runs on the result reader")
  void usersExecutor_direct_poolGoesOn() throws Exception {
    CountDownLatch let = new CountDownLatch(1);
    CountDownLatch ran = new CountDownLatch(20);
    try (var pool = Kit.pool(1, options -> options.callbackExecutor(Runnable::run))) {
      for (int i = 0; i < 20; i++) {
        ProcessFuture<Integer> future = pool.submit(() -> 1);
        future.addDoneCallback(
            done -> {
              pass(let);
              ran.countDown();
            });
      }
      for (int i = 0; i < 50; i++) {
        assertThat(pool.submit(x -> x, i).get(30, TimeUnit.SECONDS)).isEqualTo(i);
      }
      ProcessFuture<Integer> cancelled = pool.submit(() -> 1);
      cancelled.addDoneCallback(done -> pass(let));
      cancelled.cancel(/* mayInterruptIfRunning= */ false); // must return: not run in the canceller
      let.countDown();
      pass(ran);
    }
  }

  @Test
  @DisplayName(
      "callbackExecutor that refuses or fails: callbacks still run, exactly once, in order")
  void usersExecutor_refusesOrFails_callbacksRun() throws Exception {
    AtomicReference<RuntimeException> next = new AtomicReference<>();
    AtomicInteger offered = new AtomicInteger();
    Executor bad =
        work -> {
          if (offered.getAndIncrement() % 3 == 2) {
            work.run();
          }
          throw next.get();
        };
    for (RuntimeException thrown :
        List.of(
            new RejectedExecutionException("full"),
            new IllegalStateException("broken"),
            new FutureStatesIT.HostileException())) {
      next.set(thrown);
      List<Integer> order = new CopyOnWriteArrayList<>();
      try (var pool = Kit.pool(1, options -> options.callbackExecutor(bad))) {
        List<ProcessFuture<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          int first = 3 * i;
          ProcessFuture<Integer> future = pool.submit(() -> 1);
          future.addDoneCallback(done -> order.add(first));
          future.addDoneCallback(done -> order.add(first + 1));
          futures.add(future);
          future.get();
          future.addDoneCallback(done -> order.add(first + 2));
        }
        await().atMost(SOON).until(() -> order.size() >= 60);
      }
      assertThat(order).hasSize(60).doesNotHaveDuplicates();
      for (int i = 0; i < 20; i++) {
        assertThat(order.indexOf(3 * i)).isLessThan(order.indexOf(3 * i + 1));
        assertThat(order.indexOf(3 * i + 1)).isLessThan(order.indexOf(3 * i + 2));
      }
    }
  }

  @Test
  @DisplayName("callbackExecutor that was shut down: callbacks still run")
  void usersExecutor_shutDown_callbacksRun() throws Exception {
    ExecutorService users = Executors.newSingleThreadExecutor();
    users.shutdown();
    CountDownLatch ran = new CountDownLatch(2);
    try (var pool = Kit.pool(1, options -> options.callbackExecutor(users))) {
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      future.addDoneCallback(done -> ran.countDown());
      future.thenRun(ran::countDown);
      pass(ran);
    }
  }
}

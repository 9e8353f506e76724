package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.ProcessFuture;
import dev.procession.ProcessFutures;
import dev.procession.ReturnWhen;
import dev.procession.Task;
import dev.procession.TaskNotSerializableException;
import dev.procession.VoidTask;
import dev.procession.testing.Doer;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Occupied;
import dev.procession.testing.Tally;
import java.io.Serializable;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pool as an {@code ExecutorService}: every way to submit. Its end is in ShutdownIT. */
@NoLeaks
class ExecutorServiceIT {
  @TempDir Path tmp;

  /** A callable as other libraries write them: serialisable, though its type does not say so. */
  private static <T> Callable<T> callable(Task<T> task) {
    return task;
  }

  private static Runnable runnable(VoidTask task) {
    return task;
  }

  private static <T> Callable<T> failing(String message) {
    return callable(
        () -> {
          throw new IllegalStateException(message);
        });
  }

  /** A task that runs until it is stopped, whatever the worker thinks of interrupts. */
  private static <T> Callable<T> endless(Gate begun) {
    return callable(
        () -> {
          begun.open();
          while (true) {
            Thread.onSpinWait();
          }
        });
  }

  /* ---- submit ---- */

  @Test
  @DisplayName(
      "S1, X1: every form of submit, lambdas that capture too, gives a future with the value")
  void everyForm() throws Exception {
    try (var pool = Kit.pool(1)) {
      int base = 40;
      assertThat(pool.submit(() -> base + 2).get()).isEqualTo(42);
      assertThat(pool.submit((String text) -> text.length(), "four").get()).isEqualTo(4);
      assertThat(pool.submit((Integer a, Integer b) -> a - b, 3, 1).get()).isEqualTo(2);
      assertThat(pool.submit((Integer a, Integer b, Integer c) -> a + b + c, 1, 2, 3).get())
          .isEqualTo(6);
      assertThat(pool.submit(callable(() -> "callable")).get()).isEqualTo("callable");
      assertThat(pool.submit(runnable(() -> {})).get()).isNull();
      assertThat(pool.submit(() -> {}).get()).isNull();
      assertThat(pool.submit((String text) -> text == null, (String) null).get()).isTrue();
    }
  }

  @Test
  @DisplayName("submit(Runnable, T) gives back the very object, which never crosses")
  void fixedResultIsTheSameObject() throws Exception {
    try (var pool = Kit.pool(1)) {
      Object result = new Thread("cannot cross");
      assertThat(pool.submit(runnable(() -> {}), result).get()).isSameAs(result);
      assertThat(pool.submit(runnable(() -> {}), null).get()).isNull();
      Runnable throwing =
          runnable(
              () -> {
                throw new IllegalStateException("no");
              });
      assertThatThrownBy(() -> pool.submit(throwing, result).get())
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(IllegalStateException.class)
          .hasRootCauseMessage("no");
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("execute runs the task in a worker; what it throws harms nobody")
  void execute() throws Exception {
    try (var pool = Kit.pool(1)) {
      Tally ran = Tally.in(tmp, "ran");
      Gate done = Gate.in(tmp, "done");
      pool.execute(
          (Runnable & Serializable)
              () -> {
                ran.addPid();
                throw new IllegalStateException("lost, by contract");
              });
      pool.execute((Runnable & Serializable) done::open);
      done.await();
      assertThat(ran.lines()).hasSize(1).doesNotContain(String.valueOf(Kit.pid()));
    }
  }

  @Test
  @DisplayName("S3, S4: null is refused, and so is everything after shutdown, by the pool's name")
  void refused() {
    try (var pool = Kit.pool(1, options -> options.name("late"))) {
      assertThatNullPointerException().isThrownBy(() -> pool.submit((Task<String>) null));
      assertThatNullPointerException().isThrownBy(() -> pool.submit((VoidTask) null));
      assertThatNullPointerException().isThrownBy(() -> pool.submit((Runnable) null));
      assertThatNullPointerException().isThrownBy(() -> pool.submit((Callable<?>) null));
      assertThatNullPointerException().isThrownBy(() -> pool.submit((Runnable) null, "x"));
      assertThatNullPointerException().isThrownBy(() -> pool.execute(null));
      pool.shutdown();
      assertThatThrownBy(() -> pool.submit(() -> 1))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("'late'")
          .hasMessageContaining("shut down");
      assertThatThrownBy(() -> pool.execute((Runnable & Serializable) () -> {}))
          .isInstanceOf(RejectedExecutionException.class);
      assertThatThrownBy(() -> pool.map((Integer i) -> i, List.of(1)))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("'late'");
      assertThatThrownBy(() -> pool.invokeAll(List.of(callable(() -> 1))))
          .isInstanceOf(RejectedExecutionException.class);
      assertThatThrownBy(() -> pool.invokeAny(List.of(callable(() -> 1))))
          .isInstanceOf(RejectedExecutionException.class);
    }
  }

  @Test
  @DisplayName("S7: many threads submit at once, and everyone gets their own answers")
  void manyThreads() throws Exception {
    try (var pool = Kit.pool(2)) {
      List<Doer> doers =
          IntStream.range(0, 8)
              .mapToObj(
                  thread ->
                      Doer.start(
                          () -> {
                            List<ProcessFuture<Integer>> futures = new ArrayList<>();
                            for (int i = 0; i < 500; i++) {
                              futures.add(pool.submit((Integer x) -> x + 1, thread * 1000 + i));
                            }
                            for (int i = 0; i < 500; i++) {
                              assertThat(futures.get(i).get()).isEqualTo(thread * 1000 + i + 1);
                            }
                          }))
              .toList();
      for (Doer doer : doers) {
        assertThat(doer.awaitEnd().thrown()).isNull();
      }
      assertThat(pool.snapshot().completed()).isEqualTo(4_000);
    }
  }

  @Test
  @DisplayName("S8: tasks begin in the order of their submission")
  void begunInOrder() throws Exception {
    try (var pool = Kit.pool(1)) {
      Tally order = Tally.in(tmp, "order");
      List<Integer> numbers = IntStream.range(0, 500).boxed().toList();
      List<ProcessFuture<Void>> futures = new ArrayList<>();
      for (int number : numbers) {
        futures.add(pool.submit(() -> order.add(number)));
      }
      ProcessFutures.await(futures, ReturnWhen.ALL_COMPLETED);
      assertThat(order.lines()).isEqualTo(numbers.stream().map(String::valueOf).toList());
    }
  }

  @Test
  @DisplayName("S9: what is changed after submit, the task does not see")
  void serialisedInSubmit() throws Exception {
    try (var pool = Kit.pool(1)) {
      Gate go = Gate.in(tmp, "go");
      var blocker = pool.submit(go::await);
      List<String> argument = new ArrayList<>(List.of("before"));
      var future = pool.submit((List<String> list) -> String.join(",", list), argument);
      argument.add("after");
      go.open();
      assertThat(future.get()).isEqualTo("before");
      blocker.get();
    }
  }

  @Test
  @DisplayName("S10: dropping the future does not cancel the task")
  void droppedFuture() throws Exception {
    try (var pool = Kit.pool(1)) {
      Gate go = Gate.in(tmp, "go");
      Gate ran = Gate.in(tmp, "ran");
      var blocker = pool.submit(go::await);
      pool.submit(ran::open);
      System.gc();
      go.open();
      ran.await();
      blocker.get();
    }
  }

  @Test
  @DisplayName("S11: once a task is over the pool keeps neither it nor its result")
  void nothingKept() throws Exception {
    try (var pool = Kit.pool(1)) {
      WeakReference<Object> argument = new WeakReference<>(new byte[1 << 20]);
      WeakReference<Object> future =
          new WeakReference<>(pool.submit((Object bytes) -> bytes, argument.get()));
      WeakReference<Object> result =
          new WeakReference<>(((ProcessFuture<?>) future.get()).result());
      Awaitility.await()
          .untilAsserted(
              () -> {
                System.gc();
                assertThat(argument.get()).isNull();
                assertThat(future.get()).isNull();
                assertThat(result.get()).isNull();
              });
    }
  }

  @Test
  @DisplayName("P5: a cancelled task never runs, and the one after it does")
  void cancelledIsSkipped() throws Exception {
    try (var pool = Kit.pool(1)) {
      Gate go = Gate.in(tmp, "go");
      Tally ran = Tally.in(tmp, "ran");
      var blocker = pool.submit(go::await);
      var cancelled = pool.submit(() -> ran.add("cancelled"));
      var next = pool.submit(() -> ran.add("next"));
      assertThat(cancelled.cancel(false)).isTrue();
      go.open();
      next.get();
      assertThat(ran.lines()).containsExactly("next");
      assertThat(cancelled.isCancelled()).isTrue();
      blocker.get();
    }
  }

  @Test
  @DisplayName("P4: what no worker has begun neither says it runs nor refuses to be cancelled")
  void runningMeansBegun() throws Exception {
    try (var pool = Kit.pool(1);
        var occupied = Occupied.worker(pool, tmp)) {
      List<ProcessFuture<?>> futures = new ArrayList<>(occupied.tasks());
      for (int i = 0; i < 4; i++) {
        futures.add(pool.submit(() -> 1));
      }
      assertThat(futures)
          .extracting(ProcessFuture::isRunning)
          .containsExactly(true, false, false, false, false);
      assertThat(futures)
          .extracting(future -> future.cancel(/* mayInterruptIfRunning= */ false))
          .containsExactly(false, true, true, true, true);
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("P6: any idle worker takes the next task, whoever submitted it")
  void anyIdleWorker() throws Exception {
    try (var pool = Kit.pool(2);
        var occupied = Occupied.worker(pool, tmp)) {
      List<Doer> submitters =
          IntStream.range(0, 4)
              .mapToObj(
                  thread ->
                      Doer.calling(
                          () -> {
                            Set<Long> pids = new HashSet<>();
                            for (int i = 0; i < 50; i++) {
                              pids.add(pool.submit(Kit::pid).get(40, TimeUnit.SECONDS));
                            }
                            return pids;
                          }))
              .toList();
      Set<Object> all = new HashSet<>();
      for (Doer submitter : submitters) {
        assertThat(submitter.awaitEnd().thrown()).isNull();
        all.addAll((Set<?>) submitter.result());
      }
      assertThat(all).hasSize(1);
      assertThat(occupied.task().isRunning()).isTrue();
      occupied.go().open();
      assertThat(all).doesNotContain(occupied.task().get());
    }
  }

  @Test
  @DisplayName("P13: results larger than all buffers, and nobody who takes them, block nothing")
  void largeResultsNobodyTakes() throws Exception {
    try (var pool = Kit.pool(2)) {
      List<ProcessFuture<byte[]>> futures = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        int size = i % 2 == 0 ? 20_000 : 300_000;
        futures.add(pool.submit(() -> new byte[size]));
      }
      assertThat(ProcessFutures.await(futures, ReturnWhen.ALL_COMPLETED).notDone()).isEmpty();
      for (int i = 0; i < 200; i++) {
        assertThat(futures.get(i).get()).hasSize(i % 2 == 0 ? 20_000 : 300_000);
      }
    }
  }

  /* ---- invokeAll ---- */

  @Test
  @DisplayName("invokeAll returns when all are done, in the order of the tasks, failures included")
  void invokeAll() throws Exception {
    try (var pool = Kit.pool(2)) {
      List<Future<String>> futures =
          pool.invokeAll(List.of(callable(() -> "a"), failing("b"), callable(() -> "c")));
      assertThat(futures).hasSize(3).allMatch(Future::isDone);
      assertThat(futures.get(0).get()).isEqualTo("a");
      assertThatThrownBy(() -> futures.get(1).get()).hasRootCauseMessage("b");
      assertThat(futures.get(2).get()).isEqualTo("c");
      assertThat(pool.invokeAll(List.<Callable<String>>of())).isEmpty();
      assertThat(pool.invokeAll(List.<Callable<String>>of(), 1, TimeUnit.SECONDS)).isEmpty();
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("invokeAll with a timeout cancels what is not done, running or not")
  void invokeAllTimesOut() throws Exception {
    try (var pool = Kit.pool(1)) {
      pool.submit(Kit::pid).get();
      Gate begun = Gate.in(tmp, "begun");
      List<Future<String>> futures =
          pool.invokeAll(
              List.of(callable(() -> "done"), endless(begun), callable(() -> "never")),
              3,
              TimeUnit.SECONDS);
      assertThat(futures).hasSize(3).allMatch(Future::isDone);
      assertThat(futures.get(0).get()).isEqualTo("done");
      assertThat(futures.get(1).isCancelled()).isTrue();
      assertThat(futures.get(2).isCancelled()).isTrue();
      assertThat(begun.isOpen()).isTrue();
      assertThat(pool.submit(() -> "alive").get()).isEqualTo("alive");
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("invokeAll cancels all when its caller is interrupted")
  void invokeAllInterrupted() throws Exception {
    try (var pool = Kit.pool(1)) {
      Gate begun = Gate.in(tmp, "begun");
      Doer caller =
          Doer.start(() -> pool.invokeAll(List.of(endless(begun), callable(() -> "never"))));
      begun.await();
      caller.interrupt();
      assertThat(caller.awaitEnd().thrown()).isInstanceOf(InterruptedException.class);
      Awaitility.await().until(() -> pool.snapshot().cancelled() == 2);
      assertThat(pool.submit(() -> "alive").get()).isEqualTo("alive");
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("invokeAll and invokeAny cancel what they submitted when a later task cannot go")
  void oneOfManyCannotGo() {
    try (var pool = Kit.pool(1)) {
      List<Callable<Object>> tasks =
          Arrays.asList(endless(Gate.in(tmp, "all")), endless(Gate.in(tmp, "any")), null);
      assertThatNullPointerException().isThrownBy(() -> pool.invokeAll(tasks));
      assertThatNullPointerException().isThrownBy(() -> pool.invokeAny(tasks));
      Callable<Object> plain = () -> this;
      assertThatThrownBy(() -> pool.invokeAll(List.of(endless(Gate.in(tmp, "plain")), plain)))
          .isInstanceOf(TaskNotSerializableException.class);
      assertThatNullPointerException().isThrownBy(() -> pool.invokeAll(null));
      assertThatNullPointerException().isThrownBy(() -> pool.invokeAny(null));
      Awaitility.await().until(() -> pool.snapshot().cancelled() == 5);
    }
  }

  /* ---- invokeAny ---- */

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("invokeAny returns the first value and stops the others, running or not")
  void invokeAny() throws Exception {
    try (var pool = Kit.pool(2)) {
      Gate begun = Gate.in(tmp, "begun");
      List<Callable<String>> tasks =
          List.of(
              endless(begun),
              failing("not this one"),
              callable(
                  () -> {
                    begun.await();
                    return "first";
                  }),
              failing("nor this one"));
      assertThat(pool.invokeAny(tasks)).isEqualTo("first");
      Awaitility.await()
          .until(() -> pool.snapshot().running() == 0 && pool.snapshot().pending() == 0);
      assertThat(pool.invokeAny(List.of(callable(() -> "alive")))).isEqualTo("alive");
    }
  }

  @Test
  @DisplayName("invokeAny of failing tasks throws the failure of one of them")
  void invokeAnyAllFail() {
    try (var pool = Kit.pool(1)) {
      assertThatThrownBy(() -> pool.invokeAny(List.of(failing("one"), failing("two"))))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> pool.invokeAny(List.of()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("invokeAny");
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("invokeAny with a timeout throws TimeoutException and stops all")
  void invokeAnyTimesOut() throws Exception {
    try (var pool = Kit.pool(1)) {
      Gate begun = Gate.in(tmp, "begun");
      List<Callable<String>> tasks = List.of(endless(begun), callable(() -> "never reached"));
      pool.submit(Kit::pid).get();
      assertThatThrownBy(() -> pool.invokeAny(tasks, 1, TimeUnit.SECONDS))
          .isInstanceOf(TimeoutException.class)
          .hasMessageContaining("2 of 2");
      Awaitility.await().until(() -> pool.snapshot().cancelled() == 2);
      assertThat(pool.invokeAny(List.of(callable(() -> "alive")), 40, TimeUnit.SECONDS))
          .isEqualTo("alive");
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName(
      "invokeAny throws InterruptedException when its caller is interrupted, and stops all")
  void invokeAnyInterrupted() throws Exception {
    try (var pool = Kit.pool(1)) {
      for (boolean timed : new boolean[] {false, true}) {
        Gate begun = Gate.in(tmp, "begun" + timed);
        List<Callable<String>> tasks = List.of(endless(begun), callable(() -> "never"));
        Doer caller =
            Doer.calling(
                () -> timed ? pool.invokeAny(tasks, 1, TimeUnit.HOURS) : pool.invokeAny(tasks));
        begun.await();
        caller.interrupt();
        assertThat(caller.awaitEnd().thrown()).isInstanceOf(InterruptedException.class);
      }
      Awaitility.await().until(() -> pool.snapshot().cancelled() == 4);
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("invokeAny whose tasks are all cancelled by shutdownNow throws ExecutionException")
  void invokeAnyCancelled() throws Exception {
    try (var pool = Kit.pool(1)) {
      Gate begun = Gate.in(tmp, "begun");
      Doer caller = Doer.calling(() -> pool.invokeAny(List.of(endless(begun), endless(begun))));
      begun.await();
      pool.shutdownNow();
      assertThat(caller.awaitEnd().thrown())
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(CancellationException.class);
    }
  }

  /* ---- Clients of the JDK ---- */

  @Test
  @DisplayName("ExecutorCompletionService fails at once and names asCompleted")
  void completionService() {
    try (var pool = Kit.pool(1)) {
      var service = new ExecutorCompletionService<Integer>(pool);
      assertThatThrownBy(() -> service.submit(callable(() -> 1)))
          .isInstanceOf(TaskNotSerializableException.class)
          .hasMessageContaining("ExecutorCompletionService")
          .hasMessageContaining("ProcessFutures.asCompleted");
    }
  }

  @Test
  @DisplayName("CompletableFuture.supplyAsync and its kin fail at once and name pool.submit")
  void completableFuture() {
    try (var pool = Kit.pool(1)) {
      assertThatThrownBy(() -> CompletableFuture.supplyAsync(() -> 1, pool))
          .isInstanceOf(TaskNotSerializableException.class)
          .hasMessageContaining("pool.submit");
      assertThatThrownBy(() -> CompletableFuture.runAsync(() -> {}, pool))
          .isInstanceOf(TaskNotSerializableException.class)
          .hasMessageContaining("pool.submit");
      CompletableFuture<Integer> dependent =
          CompletableFuture.completedFuture(1).thenApplyAsync(x -> x + 1, pool);
      assertThatThrownBy(dependent::get)
          .hasCauseInstanceOf(TaskNotSerializableException.class)
          .hasMessageContaining("pool.submit");
    }
  }

  @Test
  @DisplayName("A lambda compiled as a plain Callable fails at once and says how to write it")
  void plainCallable() {
    try (var pool = Kit.pool(1)) {
      Callable<Integer> plain = () -> 1;
      assertThatThrownBy(() -> pool.submit(plain))
          .isInstanceOf(TaskNotSerializableException.class)
          .hasMessageContaining("java.util.concurrent.Callable")
          .hasMessageContaining("Task");
      Runnable bare = () -> {};
      assertThatThrownBy(() -> pool.execute(bare))
          .isInstanceOf(TaskNotSerializableException.class)
          .hasMessageContaining("Runnable & Serializable");
    }
  }

  @Test
  @DisplayName("A client of the JDK that submits what can cross works: Stream.map(pool::submit)")
  void methodReference() throws Exception {
    try (var pool = Kit.pool(2)) {
      List<Callable<Integer>> tasks = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        int number = i;
        tasks.add(callable(() -> number * number));
      }
      Collections.reverse(tasks);
      Set<Integer> values = new HashSet<>();
      for (Future<Integer> future : tasks.stream().map(pool::submit).toList()) {
        values.add(future.get());
      }
      assertThat(values).hasSize(20).contains(361, 0);
    }
  }
}

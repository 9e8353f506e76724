package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.procession.ProcessFuture;
import dev.procession.TaskState;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Occupied;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A future as a CompletionStage: issue item 3. */
@NoLeaks
class CompletionStageIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path tmp;

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static int fail(boolean checked) throws IOException {
    if (checked) {
      throw new IOException("on purpose");
    }
    throw new IllegalStateException("on purpose");
  }

  /* ---- Composition ---- */

  @Test
  @DisplayName("stages of one value: thenApply, thenAccept, thenRun, handle, whenComplete")
  void stages_oneValue_follow() throws Exception {
    List<Object> seen = new ArrayList<>();
    try (var pool = Kit.pool(1)) {
      for (boolean done : new boolean[] {false, true}) {
        seen.clear();
        Occupied busy = Occupied.worker(pool, tmp);
        ProcessFuture<Integer> future = pool.submit(() -> 20);
        if (done) {
          busy.close();
          future.get();
        }
        CompletionStage<Integer> applied = future.thenApply(x -> x + 1);
        CompletionStage<Void> accepted = future.thenAccept(seen::add);
        CompletionStage<String> handled = future.handle((x, failure) -> x + " " + failure);
        CompletionStage<Integer> watched =
            future.whenComplete((x, failure) -> assertThat(failure).isNull());
        CompletionStage<Integer> rescued = future.exceptionally(failure -> -1);
        CompletionStage<Void> run = future.thenRunAsync(() -> {});
        busy.close();
        assertThat(get(applied)).isEqualTo(21);
        assertThat(get(accepted)).isNull();
        assertThat(get(handled)).isEqualTo("20 null");
        assertThat(get(watched)).isEqualTo(20);
        assertThat(get(rescued)).isEqualTo(20);
        assertThat(get(run)).isNull();
        assertThat(seen).containsExactly(20);
      }
    }
  }

  @Test
  @DisplayName("thenCompose: the next task may be submitted with the value of the first")
  void thenCompose_nextTask_chained() throws Exception {
    try (var pool = Kit.pool(1);
        var other = Kit.pool(1)) {
      CompletionStage<Integer> chain =
          pool.submit(() -> 1)
              .thenCompose(x -> other.submit(y -> y + 1, x))
              .thenCompose(x -> pool.submit(y -> y * 10, x))
              .thenComposeAsync(x -> other.submit(y -> y + 3, x));
      assertThat(get(chain)).isEqualTo(23);
    }
  }

  @Test
  @DisplayName("stages of two futures: thenCombine, thenAcceptBoth, runAfterBoth, either")
  void stages_twoFutures_combine() throws Exception {
    try (var pool = Kit.pool(2)) {
      Occupied busy = Occupied.worker(pool, tmp);
      ProcessFuture<Integer> one = pool.submit(() -> 1);
      ProcessFuture<Long> never = busy.task();
      CompletionStage<Integer> combined = one.thenCombine(pool.submit(() -> 2), Integer::sum);
      CompletionStage<Void> both = one.thenAcceptBoth(pool.submit(() -> 2), (x, y) -> {});
      CompletionStage<Void> after = one.runAfterBoth(pool.submit(() -> {}), () -> {});
      CompletionStage<Void> either = one.runAfterEither(never, () -> {});
      CompletionStage<Long> first = never.applyToEither(pool.submit(() -> 7L), x -> x);
      assertThat(get(combined)).isEqualTo(3);
      get(both);
      get(after);
      get(either);
      assertThat(get(first)).isEqualTo(7L);
      busy.close();
    }
  }

  @Test
  @DisplayName("allOf and anyOf through toCompletableFuture")
  void allOf_hundredTasks_allDone() throws Exception {
    try (var pool = Kit.pool(2)) {
      List<CompletableFuture<Integer>> all = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        all.add(pool.submit(x -> x, i).toCompletableFuture());
      }
      CompletableFuture<Integer> sum =
          CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0]))
              .thenApply(nothing -> all.stream().mapToInt(CompletableFuture::join).sum());
      assertThat(sum.get(30, TimeUnit.SECONDS)).isEqualTo(4950);
      Occupied busy = Occupied.worker(pool, tmp);
      CompletableFuture<Object> any =
          CompletableFuture.anyOf(
              busy.task().toCompletableFuture(), pool.submit(() -> 9).toCompletableFuture());
      assertThat(any.get(30, TimeUnit.SECONDS)).isEqualTo(9);
      busy.close();
    }
  }

  /* ---- Failures ---- */

  @Test
  @DisplayName("failures: the stage itself gives the task's own exception, dependents wrap it")
  void failure_types_asCompletableFuture() throws Exception {
    try (var pool = Kit.pool(1)) {
      for (boolean checked : new boolean[] {true, false}) {
        ProcessFuture<Integer> future = pool.submit(CompletionStageIT::fail, checked);
        Throwable own = future.exception().orElseThrow();
        assertThat((Throwable) get(future.handle((x, failure) -> failure))).isSameAs(own);
        CompletableFuture<Throwable> watched = new CompletableFuture<>();
        future.whenComplete((x, failure) -> watched.complete(failure));
        assertThat(watched.get(30, TimeUnit.SECONDS)).isSameAs(own);
        assertThat(get(future.exceptionally(failure -> failure == own ? 1 : 2))).isEqualTo(1);

        CompletableFuture<Integer> copy = future.toCompletableFuture();
        assertThat(copy.isCompletedExceptionally()).isTrue();
        assertThat(copy.isCancelled()).isFalse();
        assertThatThrownBy(copy::get).isInstanceOf(ExecutionException.class).cause().isSameAs(own);
        assertThatThrownBy(copy::join)
            .isInstanceOf(CompletionException.class)
            .cause()
            .isSameAs(own);

        CompletionStage<Integer> dependent = future.thenApply(x -> x + 1);
        assertThat((Throwable) get(dependent.handle((x, failure) -> failure)))
            .isInstanceOf(CompletionException.class)
            .cause()
            .isSameAs(own);
        assertThat(get(future.exceptionallyCompose(failure -> pool.submit(() -> 3)))).isEqualTo(3);
      }
    }
  }

  @Test
  @DisplayName("failures: a hostile exception still completes every dependent stage")
  void failure_hostile_dependentsComplete() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> future =
          pool.submit(
              () -> {
                throw new FutureStatesIT.HostileException();
              });
      CompletionStage<Boolean> dependent =
          future.thenApply(x -> x + 1).handle((x, failure) -> failure != null);
      assertThat(get(dependent)).isTrue();
    }
  }

  @Test
  @DisplayName("failures: what a dependent throws is its own failure; the task's outcome stays")
  void dependent_throws_onlyItself() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      CompletionStage<Integer> bad =
          future.thenApply(
              x -> {
                throw new AssertionError("on purpose");
              });
      assertThatThrownBy(() -> get(bad)).hasCauseInstanceOf(AssertionError.class);
      assertThat((Object) get(future.thenApply(x -> x + 1))).isEqualTo(2);
      assertThat(future.taskState()).isEqualTo(TaskState.SUCCEEDED);
    }
  }

  @Test
  @DisplayName("a cancelled task's stages end with CancellationException, at once")
  void cancelled_stages_cancellation() throws Exception {
    try (var pool = Kit.pool(1);
        var busy = Occupied.worker(pool, tmp)) {
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      CompletableFuture<Integer> copy = future.toCompletableFuture();
      CompletionStage<Throwable> handled = future.handle((x, failure) -> failure);
      CompletionStage<Integer> dependent = future.thenApply(x -> x + 1);
      future.cancel(/* mayInterruptIfRunning= */ false);
      assertThat(get(handled)).isInstanceOf(CancellationException.class);
      assertThatThrownBy(() -> copy.get(30, TimeUnit.SECONDS))
          .isInstanceOf(CancellationException.class);
      assertThat(copy.isCancelled()).isTrue();
      assertThat((Throwable) get(dependent.handle((x, failure) -> failure)))
          .isInstanceOf(CompletionException.class)
          .hasCauseInstanceOf(CancellationException.class);
      assertThat(busy.task().isRunning()).isTrue();
    }
  }

  /* ---- Cancelling through toCompletableFuture ---- */

  @Test
  @DisplayName("cancel through toCompletableFuture reaches the task: pending")
  void copyCancelled_pendingTask_cancelled() throws Exception {
    Gate ran = Gate.in(tmp, "ran");
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      ProcessFuture<Void> future = pool.submit(ran::open);
      CompletableFuture<Void> copy = future.toCompletableFuture();
      CompletableFuture<Void> other = future.toCompletableFuture();
      assertThat(copy.cancel(/* mayInterruptIfRunning= */ false)).isTrue();
      assertThat(copy.isCancelled()).isTrue();
      assertThat(future.isCancelled()).isTrue();
      await().atMost(SOON).until(other::isCancelled);
      assertThat(copy.cancel(/* mayInterruptIfRunning= */ true)).isTrue();
      busy.close();
    }
    assertThat(ran.isOpen()).isFalse();
  }

  @Test
  @DisplayName("cancel through toCompletableFuture reaches the task: running")
  void copyCancelled_runningTask_stoppedIfAllowed() throws Exception {
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      CompletableFuture<Long> copy = busy.task().toCompletableFuture();
      assertThat(copy.cancel(/* mayInterruptIfRunning= */ false)).isFalse();
      assertThat(copy.isDone()).isFalse();
      assertThat(busy.task().isRunning()).isTrue();
      assertThat(copy.cancel(/* mayInterruptIfRunning= */ true)).isTrue();
      assertThat(copy.isCancelled()).isTrue();
      assertThat(busy.task().isCancelled()).isTrue();
      assertThat(pool.submit(() -> 1).get()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("cancel of a done task through toCompletableFuture returns false")
  void copyCancelled_doneTask_false() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      CompletableFuture<Integer> copy = future.toCompletableFuture();
      copy.get(30, TimeUnit.SECONDS);
      assertThat(copy.cancel(/* mayInterruptIfRunning= */ true)).isFalse();
      assertThat(copy.isCancelled()).isFalse();
      assertThat(future.isCancelled()).isFalse();
    }
  }

  @Test
  @DisplayName("what is done to a copy or a dependent by hand does not reach the task")
  void copyCompletedByHand_task_untouched() throws Exception {
    try (var pool = Kit.pool(1)) {
      Occupied busy = Occupied.worker(pool, tmp);
      ProcessFuture<Long> task = busy.task();
      CompletableFuture<Long> completed = task.toCompletableFuture();
      completed.complete(-1L);
      CompletableFuture<Long> late = task.toCompletableFuture().orTimeout(1, TimeUnit.MILLISECONDS);
      assertThatThrownBy(() -> late.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(TimeoutException.class);
      CompletableFuture<Long> dependent = task.thenApply(x -> x).toCompletableFuture();
      assertThat(dependent.cancel(/* mayInterruptIfRunning= */ true)).isTrue();
      assertThat(task.isRunning()).isTrue();
      CompletableFuture<Long> fresh = task.toCompletableFuture();
      busy.close();
      assertThat(fresh.get(30, TimeUnit.SECONDS)).isEqualTo(task.get());
      assertThat(completed.join()).isEqualTo(-1L);
    }
  }

  /* ---- Threads ---- */

  @Test
  @DisplayName("dependents run on the callback executor, async or not, at every depth")
  void dependents_threads_callbackExecutor() throws Exception {
    try (var pool = Kit.pool(1, options -> options.name("stages"))) {
      Occupied busy = Occupied.worker(pool, tmp);
      ProcessFuture<Long> task = busy.task();
      List<CompletionStage<String>> stages =
          List.of(
              task.thenApply(x -> here()),
              task.thenApplyAsync(x -> here()),
              task.thenApply(x -> x).thenApplyAsync(x -> here()),
              task.handle((x, failure) -> here()),
              task.toCompletableFuture().thenApply(x -> here()),
              task.toCompletableFuture().thenApplyAsync(x -> here()),
              task.thenCompose(x -> pool.submit(() -> 1)).thenApply(x -> here()));
      busy.close();
      for (CompletionStage<String> stage : stages) {
        assertThat(get(stage)).startsWith("procession-stages-callback");
      }
    }
  }

  private static String here() {
    return Thread.currentThread().getName();
  }

  @Test
  @DisplayName(
      "a non-async stage added after the end runs in the adding thread, an async one never")
  void dependents_addedAfterDone_inAddingThread() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      future.get();
      CompletableFuture<String> applied = future.thenApply(x -> here()).toCompletableFuture();
      assertThat(applied.get(30, TimeUnit.SECONDS)).isEqualTo(here());
      assertThat((String) get(future.thenApplyAsync(x -> here()))).startsWith("procession-");
    }
  }

  @Test
  @DisplayName("an executor given with the stage is used")
  void dependents_executorGiven_used() throws Exception {
    ExecutorService mine = Executors.newSingleThreadExecutor(work -> new Thread(work, "given"));
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      Stream<CompletionStage<String>> stages =
          Stream.of(
              future.thenApplyAsync(x -> here(), mine),
              future.handleAsync((x, failure) -> here(), mine));
      for (CompletionStage<String> stage : stages.toList()) {
        assertThat(get(stage)).isEqualTo("given");
      }
    } finally {
      mine.shutdownNow();
    }
  }

  @Test
  @DisplayName("a dependent that blocks stops neither results nor other pools' stages")
  void dependent_blocked_poolGoesOn() throws Exception {
    CountDownLatch let = new CountDownLatch(1);
    try (var pool = Kit.pool(1)) {
      CompletionStage<Boolean> blocked =
          pool.submit(() -> 1)
              .thenApplyAsync(
                  x -> {
                    try {
                      return let.await(30, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                      return false;
                    }
                  });
      for (int i = 0; i < 100; i++) {
        assertThat(pool.submit(x -> x, i).get(30, TimeUnit.SECONDS)).isEqualTo(i);
      }
      let.countDown();
      assertThat(get(blocked)).isTrue();
    }
  }
}

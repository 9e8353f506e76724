package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.ProcessFuture;
import dev.procession.ProcessFutures;
import dev.procession.ReturnWhen;
import dev.procession.ShutdownOptions;
import dev.procession.testing.Doer;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Occupied;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ProcessFutures.await}, section 5 of the specification. */
@NoLeaks
class AwaitIT {
  @TempDir Path tmp;

  private static int waitFor(Gate gate) {
    gate.await();
    return 1;
  }

  private static int fail(String why) {
    throw new IllegalStateException(why);
  }

  @Test
  @DisplayName("W1, W2, W6: both sets are disjoint, in the order given, and duplicates count once")
  void await_duplicates_countOnce() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> one = pool.submit(() -> 1);
      ProcessFuture<Integer> two = pool.submit(() -> 2);
      var split = ProcessFutures.await(List.of(two, one, two), ReturnWhen.ALL_COMPLETED);
      assertThat(split.done()).containsExactly(two, one);
      assertThat(split.notDone()).isEmpty();
    }
  }

  @Test
  @DisplayName("W3: futures of several pools may be mixed")
  void await_severalPools_mixed() throws Exception {
    try (var first = Kit.pool(1);
        var second = Kit.pool(1)) {
      ProcessFuture<Integer> one = first.submit(() -> 1);
      ProcessFuture<Integer> two = second.submit(() -> 2);
      var split = ProcessFutures.await(List.of(one, two), ReturnWhen.ALL_COMPLETED);
      assertThat(split.done()).containsExactly(one, two);
    }
  }

  @Test
  @DisplayName("W4: nothing to wait for returns two empty sets, in every mode")
  void await_nothing_emptySets() throws Exception {
    for (ReturnWhen when : ReturnWhen.values()) {
      var split = ProcessFutures.await(List.<ProcessFuture<Integer>>of(), when);
      assertThat(split.done()).isEmpty();
      assertThat(split.notDone()).isEmpty();
    }
  }

  @Test
  @DisplayName("W5, Ca5, Ca6: a future cancelled while it waits is done at once")
  void await_cancelledInQueue_doneAtOnce() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> running = pool.submit(AwaitIT::waitFor, go);
      ProcessFuture<Integer> waiting = pool.submit(() -> 2);
      assertThat(waiting.cancel(false)).isTrue();
      var split = ProcessFutures.await(List.of(waiting), ReturnWhen.ALL_COMPLETED);
      assertThat(split.done()).containsExactly(waiting);
      assertThat(running.isDone()).isFalse();
      go.open();
    }
  }

  @Test
  @DisplayName("Ca7, D3: futures that a shutdown cancels wake who waits for them")
  void await_cancelledByShutdown_wakes() throws Exception {
    Gate go = Gate.in(tmp, "go");
    var pool = Kit.pool(1);
    ProcessFuture<Integer> running = pool.submit(AwaitIT::waitFor, go);
    ProcessFuture<Integer> waiting = pool.submit(() -> 2);
    while (!running.isRunning()) {
      Thread.onSpinWait();
    }
    Doer waiter =
        Doer.start(() -> ProcessFutures.await(List.of(waiting), ReturnWhen.ALL_COMPLETED))
            .awaitWaiting();
    Doer shutdown =
        Doer.calling(() -> pool.shutdown(ShutdownOptions.builder().cancelPending(true).build()));
    waiter.awaitEnd();
    assertThat(waiter.thrown()).isNull();
    assertThat(waiting.isCancelled()).isTrue();
    go.open();
    assertThat(shutdown.awaitEnd().result()).isEqualTo(true);
    assertThat(running.result()).isEqualTo(1);
  }

  @Test
  @DisplayName("W7, W8: FIRST_COMPLETED returns with those that are done")
  void await_firstCompleted_oneIsEnough() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (var pool = Kit.pool(2)) {
      ProcessFuture<Integer> slow = pool.submit(AwaitIT::waitFor, go);
      ProcessFuture<Integer> quick = pool.submit(() -> 2);
      var split = ProcessFutures.await(List.of(slow, quick), ReturnWhen.FIRST_COMPLETED);
      assertThat(split.done()).containsExactly(quick);
      assertThat(split.notDone()).containsExactly(slow);
      go.open();
    }
  }

  @Test
  @DisplayName("W9, W10, W11: FIRST_EXCEPTION looks for a failure; a cancelled future is none")
  void await_firstException_cancelIsNoFailure() throws Exception {
    Gate go = Gate.in(tmp, "go");
    Gate neverOpened = Gate.in(tmp, "never");
    try (var pool = Kit.pool(2)) {
      ProcessFuture<Integer> slow = pool.submit(AwaitIT::waitFor, neverOpened);
      ProcessFuture<Integer> held = pool.submit(AwaitIT::waitFor, go);
      ProcessFuture<Integer> cancelled = pool.submit(() -> 3);
      ProcessFuture<Integer> bad = pool.submit(AwaitIT::fail, "bad");
      assertThat(cancelled.cancel(false)).isTrue();
      var all = List.of(slow, held, cancelled, bad);
      Doer waiter =
          Doer.calling(() -> ProcessFutures.await(all, ReturnWhen.FIRST_EXCEPTION)).awaitWaiting();
      go.open();
      var split = (ProcessFutures.Completion<?>) waiter.awaitEnd().result();
      assertThat(split.done().contains(bad)).isTrue();
      assertThat(split.done().contains(cancelled)).isTrue();
      assertThat(split.notDone().contains(slow)).isTrue();
      assertThat(slow.cancel(true)).isTrue();
    }
  }

  @Test
  @DisplayName("W10: FIRST_EXCEPTION without a failure waits for all")
  void await_firstExceptionNoFailure_waitsForAll() throws Exception {
    try (var pool = Kit.pool(2)) {
      ProcessFuture<Integer> one = pool.submit(() -> 1);
      ProcessFuture<Integer> two = pool.submit(() -> 2);
      var split = ProcessFutures.await(List.of(one, two), ReturnWhen.FIRST_EXCEPTION);
      assertThat(split.notDone()).isEmpty();
    }
  }

  @Test
  @DisplayName("W12, W13, W14, W17: time running out is no error, cancels and leaves nothing")
  void await_timeout_noError() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> slow = pool.submit(AwaitIT::waitFor, go);
      for (Duration timeout :
          List.of(Duration.ofMillis(20), Duration.ZERO, Duration.ofSeconds(-1))) {
        var split = ProcessFutures.await(List.of(slow), timeout, ReturnWhen.ALL_COMPLETED);
        assertThat(split.done()).isEmpty();
        assertThat(split.notDone()).containsExactly(slow);
      }
      assertThat(slow.isDone()).isFalse();
      go.open();
      assertThat(slow.result()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("W18: many threads may wait for overlapping sets")
  void await_overlappingSets_allReturn() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (var pool = Kit.pool(2)) {
      List<ProcessFuture<Integer>> futures = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        futures.add(pool.submit(AwaitIT::waitFor, go));
      }
      List<Doer> waiters = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        var mine = List.copyOf(futures.subList(0, i + 1));
        waiters.add(
            Doer.start(() -> ProcessFutures.await(mine, ReturnWhen.ALL_COMPLETED)).awaitWaiting());
      }
      go.open();
      for (Doer waiter : waiters) {
        assertThat(waiter.awaitEnd().thrown()).isNull();
      }
    }
  }

  @Test
  @DisplayName("W19: no completion is lost while the wait is being set up")
  void await_raceWithCompletion_noneLost() throws Exception {
    try (var pool = Kit.pool(2)) {
      for (int round = 0; round < 200; round++) {
        List<ProcessFuture<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
          int value = i;
          futures.add(pool.submit(() -> value));
        }
        var split = ProcessFutures.await(futures, ReturnWhen.ALL_COMPLETED);
        assertThat(split.done()).hasSize(50);
      }
    }
  }

  @Test
  @DisplayName("an interrupt ends the wait and nothing else")
  void await_interrupted_throws() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> slow = pool.submit(AwaitIT::waitFor, go);
      Doer waiter =
          Doer.start(() -> ProcessFutures.await(List.of(slow), ReturnWhen.ALL_COMPLETED))
              .awaitWaiting();
      waiter.interrupt();
      assertThat(waiter.awaitEnd().thrown()).isInstanceOf(InterruptedException.class);
      go.open();
      assertThat(slow.result()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("W15: null as the mode is refused, whatever there is to wait for")
  void await_null_refused() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> done = pool.submit(() -> 1);
      assertThat(done.result()).isEqualTo(1);
      Gate go = Gate.in(tmp, "go");
      ProcessFuture<Integer> running = pool.submit(AwaitIT::waitFor, go);
      for (List<ProcessFuture<Integer>> futures :
          List.of(List.<ProcessFuture<Integer>>of(), List.of(done), List.of(done, running))) {
        assertThatThrownBy(() -> ProcessFutures.await(futures, null))
            .isInstanceOf(NullPointerException.class)
            .hasMessage("when");
      }
      go.open();
    }
  }

  /** Looked at one after another, an early one could be missed and a later one seen. */
  @Test
  @DisplayName("W16: the sets are as at one instant: what was done before one of done is in it too")
  void await_whileTasksEnd_setsOfOneInstant() throws Exception {
    try (var pool = Kit.pool(1);
        var occupied = Occupied.worker(pool, tmp)) {
      List<ProcessFuture<Integer>> inOrder = new ArrayList<>();
      for (int i = 0; i < 40_000; i++) {
        inOrder.add(pool.submit(() -> 1));
      }
      occupied.go().open();
      int before = 0;
      while (before < inOrder.size()) {
        var split = ProcessFutures.await(inOrder, Duration.ZERO, ReturnWhen.ALL_COMPLETED);
        int done = split.done().size();
        assertThat(done).isGreaterThanOrEqualTo(before);
        // One worker, so they end in order: the last that is done has none that is not before it.
        assertThat(split.done().equals(new LinkedHashSet<>(inOrder.subList(0, done))))
            .as("the %s that are done are the first", done)
            .isTrue();
        assertThat(split.notDone()).hasSize(inOrder.size() - done);
        before = done;
      }
    }
  }
}

package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.Completions;
import dev.procession.ProcessFuture;
import dev.procession.ProcessFutures;
import dev.procession.WaitTimeoutException;
import dev.procession.testing.Doer;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ProcessFutures.asCompleted}, section 6 of the specification. */
@NoLeaks
class AsCompletedIT {
  @TempDir Path tmp;

  private static int waitFor(Gate gate) {
    gate.await();
    return 1;
  }

  private static int fail(String why) {
    throw new IllegalStateException(why);
  }

  @Test
  @DisplayName("A1, A2, A3: each future once, those that are done first, failures as futures")
  void asCompleted_mixed_eachOnce() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (var pool = Kit.pool(2)) {
      ProcessFuture<Integer> slow = pool.submit(AsCompletedIT::waitFor, go);
      ProcessFuture<Integer> bad = pool.submit(AsCompletedIT::fail, "bad");
      ProcessFuture<Integer> cancelled = pool.submit(AsCompletedIT::waitFor, go);
      assertThat(bad.exception()).isPresent();
      assertThat(cancelled.cancel(true)).isTrue();
      List<ProcessFuture<Integer>> given = new ArrayList<>();
      for (var done : ProcessFutures.asCompleted(List.of(slow, bad, cancelled, bad))) {
        given.add(done);
        if (given.size() == 2) {
          assertThat(given).containsExactlyInAnyOrder(bad, cancelled);
          go.open();
        }
      }
      assertThat(given).hasSize(3).endsWith(slow);
    }
  }

  @Test
  @DisplayName(
      "A4, A5, A7, A8: the time is for the whole iteration; what is done comes even after it")
  void asCompleted_timeout_namesUnfinished() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> quick = pool.submit(() -> 5);
      assertThat(quick.result()).isEqualTo(5);
      ProcessFuture<Integer> slow = pool.submit(AsCompletedIT::waitFor, go);
      for (Duration timeout :
          List.of(Duration.ofMillis(30), Duration.ZERO, Duration.ofSeconds(-1))) {
        try (var completed = ProcessFutures.asCompleted(List.of(slow, quick), timeout)) {
          Iterator<ProcessFuture<Integer>> all = completed.iterator();
          assertThat((Object) all.next()).isSameAs(quick);
          assertThatThrownBy(all::next)
              .isInstanceOf(WaitTimeoutException.class)
              .hasMessageContaining("1 of 2");
          assertThat(all.hasNext()).isFalse();
          assertThatThrownBy(all::next).isInstanceOf(NoSuchElementException.class);
        }
      }
      go.open();
      assertThat(slow.result()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("A6: the clock starts and the futures are read at the call, not at the first next()")
  void asCompleted_clock_fromTheCall() throws Exception {
    Gate go = Gate.in(tmp, "go");
    Duration timeout = Duration.ofSeconds(2);
    try (var pool = Kit.pool(1)) {
      List<ProcessFuture<Integer>> given = new ArrayList<>();
      given.add(pool.submit(AsCompletedIT::waitFor, go));
      var completed = ProcessFutures.asCompleted(given, timeout);
      long timeIsUp = System.nanoTime() + timeout.toNanos();
      given.clear();
      Awaitility.await().until(() -> System.nanoTime() - timeIsUp > 0);
      long asked = System.nanoTime();
      assertThatThrownBy(() -> completed.iterator().next())
          .isInstanceOf(WaitTimeoutException.class)
          .hasMessageContaining("1 of 1");
      assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(timeout.dividedBy(2));
      go.open();
    }
  }

  @Test
  @DisplayName("A11: a future that was given is not kept by an iteration that goes on")
  void asCompleted_given_notKept() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (var pool = Kit.pool(2)) {
      ProcessFuture<Integer> slow = pool.submit(AsCompletedIT::waitFor, go);
      try (var completed = ProcessFutures.asCompleted(List.of(slow))) {
        completed.add(pool.submit(() -> 2));
        WeakReference<Object> given = new WeakReference<>(completed.iterator().next());
        Awaitility.await()
            .untilAsserted(
                () -> {
                  System.gc();
                  assertThat(given.get()).isNull();
                });
        assertThat(completed.remaining()).isEqualTo(1);
        go.open();
        assertThat((Object) completed.iterator().next()).isSameAs(slow);
      }
    }
  }

  @Test
  @DisplayName("A9: nothing given, nothing waited for, whatever the timeout")
  void asCompleted_nothing_noIteration() {
    var none = ProcessFutures.asCompleted(List.<ProcessFuture<Integer>>of(), Duration.ofDays(-1));
    assertThat(none.iterator().hasNext()).isFalse();
  }

  @Test
  @DisplayName("A10: a loop that is left early cancels nothing, and nothing more comes")
  void asCompleted_closed_cancelsNothing() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> slow = pool.submit(AsCompletedIT::waitFor, go);
      Completions<Integer> completed = ProcessFutures.asCompleted(List.of(slow));
      completed.close();
      completed.close();
      assertThat(completed.iterator().hasNext()).isFalse();
      assertThatThrownBy(() -> completed.add(slow)).isInstanceOf(IllegalStateException.class);
      go.open();
      assertThat(slow.result()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("A10: closing wakes a thread that waits in next()")
  void asCompleted_closedByOther_wakes() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> slow = pool.submit(AsCompletedIT::waitFor, go);
      Completions<Integer> completed = ProcessFutures.asCompleted(List.of(slow));
      Doer taker = Doer.calling(() -> completed.iterator().next()).awaitWaiting();
      completed.close();
      assertThat(taker.awaitEnd().thrown()).isInstanceOf(NoSuchElementException.class);
      go.open();
    }
  }

  @Test
  @DisplayName("A13: futures may be added while iterating, each given once")
  void asCompleted_addedWhileIterating_given() throws Exception {
    try (var pool = Kit.pool(2)) {
      ProcessFuture<Integer> first = pool.submit(() -> 0);
      Set<Integer> values = new HashSet<>();
      try (var completed = ProcessFutures.asCompleted(List.of(first))) {
        for (var done : completed) {
          int value = done.result();
          assertThat(values.add(value)).isTrue();
          if (value < 20) {
            completed.add(pool.submit((Integer last) -> last + 1, value));
          }
        }
        assertThat(completed.remaining()).isZero();
      }
      assertThat(values).hasSize(21);
    }
  }

  @Test
  @DisplayName("an interrupt ends the wait, not the iteration")
  void asCompleted_interrupted_goesOn() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Integer> slow = pool.submit(AsCompletedIT::waitFor, go);
      var completed = ProcessFutures.asCompleted(List.of(slow));
      Doer taker = Doer.calling(() -> completed.iterator().next()).awaitWaiting();
      taker.interrupt();
      taker.awaitEnd();
      assertThat(taker.thrown()).isInstanceOf(CancellationException.class);
      assertThat(taker.interruptedAtEnd()).isTrue();
      go.open();
      assertThat((Object) completed.iterator().next()).isSameAs(slow);
    }
  }
}

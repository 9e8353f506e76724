package dev.procession.internal.parent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WaitersTest {
  private final Waiters waiters = new Waiters();
  private final List<String> told = new ArrayList<>();

  private CompletionListener named(String name) {
    return future -> told.add(name);
  }

  private void wake() {
    waiters.wakeAll(null); // who is told here does not look at the future
  }

  @Test
  void wakeAll_tellsEverybodyOnceInTheOrderTheyCame() {
    for (String name : List.of("a", "b", "c")) {
      assertThat(waiters.add(named(name))).isTrue();
    }
    assertThat(waiters.isEmpty()).isFalse();
    wake();
    wake();
    assertThat(told).containsExactly("a", "b", "c");
    assertThat(waiters.isEmpty()).isTrue();
  }

  @Test
  void add_afterTheEvent_isRefused() {
    wake();
    assertThat(waiters.add(named("late"))).isFalse();
    wake();
    assertThat(told).isEmpty();
    assertThat(waiters.isEmpty()).isTrue();
  }

  @Test
  void remove_takesOutThatOneWhereverItIs() {
    for (int gone = 0; gone < 3; gone++) {
      Waiters some = new Waiters();
      List<CompletionListener> listeners = new ArrayList<>();
      for (String name : List.of("a", "b", "c")) {
        CompletionListener listener = named(name);
        listeners.add(listener);
        some.add(listener);
      }
      some.remove(listeners.get(gone));
      some.remove(listeners.get(gone));
      told.clear();
      some.wakeAll(null);
      List<String> expected = new ArrayList<>(List.of("a", "b", "c"));
      expected.remove(gone);
      assertThat(told).isEqualTo(expected);
    }
  }

  @Test
  void remove_ofOneAddedTwice_leavesOne() {
    CompletionListener twice = named("twice");
    waiters.add(twice);
    waiters.add(twice);
    waiters.remove(twice);
    wake();
    assertThat(told).containsExactly("twice");
  }

  @Test
  void remove_ofAStranger_orAfterTheEvent_doesNothing() {
    waiters.remove(named("nobody"));
    waiters.add(named("a"));
    waiters.remove(named("nobody"));
    wake();
    waiters.remove(named("nobody"));
    assertThat(told).containsExactly("a");
  }

  /** The list was walked by recursion: a hundred thousand waiters were a StackOverflowError. */
  @Test
  void aHundredThousandWaiters_needNoStack() {
    int count = 100_000;
    AtomicInteger woken = new AtomicInteger();
    CompletionListener first = future -> woken.addAndGet(1_000_000);
    waiters.add(first);
    for (int i = 1; i < count; i++) {
      waiters.add(future -> woken.incrementAndGet());
    }
    waiters.remove(named("nobody"));
    waiters.remove(first);
    wake();
    assertThat(woken).hasValue(count - 1);
  }

  @Test
  void addRemoveAndWake_byManyThreads_tellEachThatStayedExactlyOnce() throws Exception {
    for (int round = 0; round < 200; round++) {
      Waiters shared = new Waiters();
      AtomicInteger calls = new AtomicInteger();
      AtomicInteger stayed = new AtomicInteger();
      List<CompletableFuture<Void>> threads = new ArrayList<>();
      for (int t = 0; t < 3; t++) {
        threads.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int i = 0; i < 50; i++) {
                    CompletionListener passing = future -> {};
                    shared.add(passing);
                    if (shared.add(future -> calls.incrementAndGet())) {
                      stayed.incrementAndGet();
                    }
                    shared.remove(passing);
                  }
                }));
      }
      threads.add(CompletableFuture.runAsync(() -> shared.wakeAll(null)));
      for (CompletableFuture<Void> thread : threads) {
        thread.get(30, TimeUnit.SECONDS);
      }
      assertThat(calls.get()).isEqualTo(stayed.get());
      assertThat(shared.isEmpty()).isTrue();
    }
  }

  /* ---- Waiting ---- */

  @Test
  void await_afterTheDeadline_returnsFalseAndLeavesNobodyRegistered() throws Exception {
    long deadline = System.nanoTime() + 1_000_000;
    assertThat(waiters.await(this, () -> false, deadline, /* timed= */ true)).isFalse();
    assertThat(waiters.isEmpty()).isTrue();
  }

  @Test
  void await_ofWhatHasHappened_returnsAtOnceEvenWhenInterrupted() throws Exception {
    Thread.currentThread().interrupt();
    assertThat(waiters.await(this, () -> true, 0, /* timed= */ false)).isTrue();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void await_interrupted_throwsAndLeavesNobodyRegistered() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> waiters.await(this, () -> false, 0, /* timed= */ false))
        .isInstanceOf(InterruptedException.class);
    assertThat(waiters.isEmpty()).isTrue();
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void await_isWokenByTheEvent() throws Exception {
    for (int round = 0; round < 500; round++) {
      Waiters shared = new Waiters();
      AtomicBoolean happened = new AtomicBoolean();
      CompletableFuture<Boolean> waiting =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return shared.await(this, happened::get, 0, /* timed= */ false);
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
      happened.set(true);
      shared.wakeAll(null);
      assertThat(waiting.get(30, TimeUnit.SECONDS)).isTrue();
    }
  }
}

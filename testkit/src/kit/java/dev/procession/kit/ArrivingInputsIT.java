package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.ArrivingInputs;
import dev.procession.MapOptions;
import dev.procession.MapResults;
import dev.procession.WaitTimeoutException;
import dev.procession.testing.NoLeaks;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Maps whose inputs arrive over time. */
@NoLeaks
class ArrivingInputsIT {
  /** Inputs that a test gives one by one. */
  private static final class Given implements ArrivingInputs<Integer> {
    private final ArrayDeque<Integer> inputs = new ArrayDeque<>(); // guarded by this
    private boolean ended; // guarded by this
    private volatile Runnable wake = () -> {};
    final AtomicInteger blocked = new AtomicInteger();

    void give(int... more) {
      synchronized (this) {
        for (int one : more) {
          inputs.add(one);
        }
      }
      wake.run();
    }

    void end() {
      synchronized (this) {
        ended = true;
      }
      wake.run();
    }

    @Override
    public synchronized boolean isReady() {
      return !inputs.isEmpty() || ended;
    }

    @Override
    public void whenReady(Runnable wake) {
      this.wake = wake;
    }

    @Override
    public synchronized boolean hasNext() {
      if (!isReady()) {
        blocked.incrementAndGet();
      }
      return !inputs.isEmpty();
    }

    @Override
    public synchronized Integer next() {
      return inputs.remove();
    }
  }

  @Test
  @DisplayName(
      "results are given while no input is there, in order and not; hasNext is asked only when it knows")
  void map_inputsOneByOne_resultsMeanwhile() throws Exception {
    try (var pool = Kit.pool(1)) {
      for (boolean ordered : List.of(true, false)) {
        Given given = new Given();
        try (MapResults<Integer> results =
            pool.map(
                MapOptions.builder().ordered(ordered).build(), (Integer x) -> 2 * x, () -> given)) {
          Iterator<Integer> iterator = results.iterator();
          given.give(1);
          assertThat(iterator.next()).isEqualTo(2);
          CompletableFuture<Integer> next = CompletableFuture.supplyAsync(iterator::next);
          assertThatThrownBy(() -> next.get(50, TimeUnit.MILLISECONDS))
              .isInstanceOf(java.util.concurrent.TimeoutException.class);
          given.give(3, 4);
          assertThat(next.get(30, TimeUnit.SECONDS)).isEqualTo(6);
          assertThat(iterator.next()).isEqualTo(8);
          given.end();
          assertThat(iterator.hasNext()).isFalse();
          assertThat(given.blocked).hasValue(0);
        }
      }
    }
  }

  @Test
  @DisplayName(
      "a map that waits for an input heeds its deadline, an interrupt, and close by another thread")
  void map_noInput_canBeEnded() throws Exception {
    try (var pool = Kit.pool(1)) {
      MapOptions soon = MapOptions.builder().timeout(Duration.ofMillis(100)).build();
      try (MapResults<Integer> late = pool.map(soon, (Integer x) -> x, Given::new)) {
        assertThatThrownBy(() -> late.iterator().next()).isInstanceOf(WaitTimeoutException.class);
        assertThat(late.iterator().hasNext()).isFalse();
      }
      MapResults<Integer> closed = pool.map((Integer x) -> x, Given::new);
      CompletableFuture<Boolean> waiting =
          CompletableFuture.supplyAsync(() -> closed.iterator().hasNext());
      closed.close();
      assertThat(waiting.get(30, TimeUnit.SECONDS)).isFalse();
      try (MapResults<Integer> interrupted = pool.map((Integer x) -> x, Given::new)) {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> interrupted.iterator().hasNext())
            .isInstanceOf(java.util.concurrent.CancellationException.class);
        assertThat(Thread.interrupted()).isTrue();
      }
    }
  }

  @Test
  @DisplayName("steps of onClose run once: at the end, at close, after a failing input, or at once")
  void onClose_everyEnd_once() {
    try (var pool = Kit.pool(1)) {
      AtomicInteger steps = new AtomicInteger();
      try (MapResults<Integer> whole = pool.map((Integer x) -> x, List.of(1, 2))) {
        whole.onClose(steps::incrementAndGet).onClose(steps::incrementAndGet);
        assertThat(whole.stream().mapToInt(Integer::intValue).sum()).isEqualTo(3);
        assertThat(steps).hasValue(2);
        whole.onClose(steps::incrementAndGet);
        assertThat(steps).hasValue(3);
      }
      assertThat(steps).hasValue(3);
      Iterable<Integer> failing =
          () ->
              new Iterator<>() {
                @Override
                public boolean hasNext() {
                  throw new IllegalStateException("input");
                }

                @Override
                public Integer next() {
                  throw new NoSuchElementException();
                }
              };
      MapResults<Integer> bad = pool.map((Integer x) -> x, failing);
      bad.onClose(steps::incrementAndGet);
      assertThatThrownBy(() -> bad.iterator().next()).hasMessage("input");
      assertThat(steps).hasValue(4);
      bad.close();
      pool.map((Integer x) -> x, List.of(1)).onClose(steps::incrementAndGet).close();
      assertThat(steps).hasValue(5);
    }
  }
}

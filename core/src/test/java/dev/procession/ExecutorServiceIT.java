package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Pools;
import dev.procession.testing.Tally;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pool as an {@code ExecutorService}, from its first task to its end. */
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

  /** A thread that does something which may wait, and what it threw. */
  private static final class Doer extends Thread {
    private final Callable<?> work;
    private final AtomicReference<Throwable> thrown = new AtomicReference<>();
    volatile boolean interruptedAtEnd;

    Doer(Callable<?> work) {
      super("doer");
      this.work = work;
      setDaemon(true);
      start();
    }

    @Override
    public void run() {
      try {
        work.call();
      } catch (Throwable e) {
        thrown.set(e);
      }
      interruptedAtEnd = isInterrupted();
    }

    Throwable awaitEnd() throws InterruptedException {
      join(TimeUnit.SECONDS.toMillis(40));
      assertThat(isAlive()).as("still waits").isFalse();
      return thrown.get();
    }

    void awaitWaiting() {
      Awaitility.await()
          .until(() -> getState() == State.WAITING || getState() == State.TIMED_WAITING);
    }
  }

  /* ---- Submitting ---- */

  @Nested
  @DisplayName("submit")
  class Submit {
    @Test
    @DisplayName("S1: every form of submit returns a future that gives the value")
    void everyForm() throws Exception {
      try (var pool = Pools.of(1)) {
        int base = 40;
        assertThat(pool.submit(() -> base + 2).get()).isEqualTo(42);
        assertThat(pool.submit((String text) -> text.length(), "four").get()).isEqualTo(4);
        assertThat(pool.submit((Integer a, Integer b) -> a - b, 3, 1).get()).isEqualTo(2);
        assertThat(pool.submit((Integer a, Integer b, Integer c) -> a + b + c, 1, 2, 3).get())
            .isEqualTo(6);
        assertThat(pool.submit(callable(() -> "callable")).get()).isEqualTo("callable");
        assertThat(pool.submit(runnable(() -> {})).get()).isNull();
        assertThat(pool.submit(() -> {}).get()).isNull();
      }
    }

    @Test
    @DisplayName("submit(Runnable, T) gives back the very object, which never crosses")
    void fixedResultIsTheSameObject() throws Exception {
      try (var pool = Pools.of(1)) {
        Object result = new Thread("cannot cross");
        assertThat(pool.submit(runnable(() -> {}), result).get()).isSameAs(result);
        assertThat(pool.submit(runnable(() -> {}), null).get()).isNull();
      }
    }

    @Test
    @DisplayName("submit(Runnable, T) fails as the task fails")
    void fixedResultOfFailingTask() {
      try (var pool = Pools.of(1)) {
        Future<String> future =
            pool.submit(
                runnable(
                    () -> {
                      throw new IllegalStateException("no");
                    }),
                "never");
        assertThatThrownBy(future::get)
            .isInstanceOf(ExecutionException.class)
            .hasCauseInstanceOf(IllegalStateException.class)
            .hasRootCauseMessage("no");
      }
    }

    @Test
    @DisplayName("execute runs the task in a worker; what it throws harms nobody")
    void execute() throws Exception {
      try (var pool = Pools.of(1)) {
        Gate ran = Gate.in(tmp, "ran");
        pool.execute(
            (Runnable & Serializable)
                () -> {
                  throw new IllegalStateException("lost, by contract");
                });
        pool.execute((Runnable & Serializable) ran::open);
        ran.await();
        assertThat(pool.submit(Pools::pid).get()).isNotEqualTo(Pools.pid());
      }
    }

    @Test
    @DisplayName("S4: submit, execute and map after shutdown are rejected, and say of which pool")
    void afterShutdown() {
      try (var pool = Pools.builder(1).name("late").build()) {
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
      }
    }
  }

  @Test
  @DisplayName("S8: tasks begin in the order of their submission")
  void begunInOrder() throws Exception {
    try (var pool = Pools.of(1)) {
      Tally order = Tally.in(tmp, "order");
      List<Integer> numbers = IntStream.range(0, 200).boxed().toList();
      List<ProcessFuture<Void>> futures = new ArrayList<>();
      for (int number : numbers) {
        futures.add(pool.submit(() -> order.add(number)));
      }
      ProcessFutures.await(futures, ReturnWhen.ALL_COMPLETED);
      assertThat(order.lines()).isEqualTo(numbers.stream().map(String::valueOf).toList());
    }
  }
}

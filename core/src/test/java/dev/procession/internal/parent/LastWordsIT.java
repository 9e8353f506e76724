package dev.procession.internal.parent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.WorkerStartException;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Pools;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A worker that has ended before its connection was taken, because the parent had no time. */
@NoLeaks
class LastWordsIT {
  /** Keeps the thread that takes connections busy until the latch is open. */
  private static void occupySupervisor(ProcessPoolExecutor pool, CountDownLatch until)
      throws ReflectiveOperationException {
    Field field = pool.getClass().getSuperclass().getDeclaredField("pool");
    field.setAccessible(true);
    Pool made = (Pool) field.get(pool);
    CountDownLatch occupied = new CountDownLatch(1);
    Method defer = PoolServices.class.getDeclaredMethod("defer", Runnable.class);
    defer.setAccessible(true);
    defer.invoke(
        made.services(),
        (Runnable)
            () -> {
              occupied.countDown();
              Awaitility.await().atMost(Duration.ofSeconds(40)).until(() -> until.getCount() == 0);
            });
    Awaitility.await().atMost(Duration.ofSeconds(40)).until(() -> occupied.getCount() == 0);
  }

  private static boolean someoneWaitsForTheLastWords() {
    return Thread.getAllStackTraces().values().stream()
        .map(Arrays::toString)
        .anyMatch(stack -> stack.contains("CountDownLatch.await") && stack.contains(".bury("));
  }

  @Test
  @DisplayName("I5: why the initializer failed is told, however late the worker is listened to")
  void initializerFails_supervisorLate_told() throws Exception {
    CountDownLatch free = new CountDownLatch(1);
    try (var pool =
        Pools.builder(1)
            .initializer(
                () -> {
                  throw new IllegalStateException("no codec");
                })
            .build()) {
      occupySupervisor(pool, free);
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      Awaitility.await()
          .atMost(Duration.ofSeconds(40))
          .until(() -> future.isDone() || someoneWaitsForTheLastWords());
      free.countDown();
      assertThatThrownBy(future::result)
          .isInstanceOf(WorkerStartException.class)
          .hasMessageContaining("no codec")
          .hasCauseInstanceOf(IllegalStateException.class);
      assertThat(future.isDone()).isTrue();
    }
  }
}

package dev.procession.internal.parent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.BrokenProcessPoolException;
import dev.procession.PoolState;
import dev.procession.ProcessFuture;
import dev.procession.ProcessFutures;
import dev.procession.ProcessPoolExecutor;
import dev.procession.ReturnWhen;
import dev.procession.testing.Doer;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Occupied;
import dev.procession.testing.Pools;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A pool whose supervisor fails, by a bug of Procession's own. There is no such bug to call, so a
 * part of the pool is taken out. For pools that workers break see {@code SurviveIT}.
 */
@NoLeaks
class BrokenPoolIT {
  @TempDir Path tmp;

  /** What the supervisor does next fails. */
  private static void breakPool(ProcessPoolExecutor pool) throws ReflectiveOperationException {
    Field local = pool.getClass().getSuperclass().getDeclaredField("pool");
    local.setAccessible(true);
    Scheduler scheduler = ((LocalBackend) ((Pool) local.get(pool)).backend()).scheduler();
    Field rounds = Scheduler.class.getDeclaredField("rounds");
    rounds.setAccessible(true);
    rounds.set(scheduler, null);
    scheduler.supervisor().wakeUp();
  }

  @Test
  @DisplayName("B2, B3: what ran or waited fails, each with its own exception; what was done stays")
  void broken_futures_fail() throws Exception {
    var pool = Pools.builder(1).name("brittle").build();
    ProcessFuture<Integer> done = pool.submit(() -> 7);
    assertThat(done.result()).isEqualTo(7);
    try (var occupied = Occupied.worker(pool, tmp)) {
      ProcessFuture<Integer> waiting = pool.submit(() -> 1);
      Doer waiter =
          Doer.start(() -> ProcessFutures.await(List.of(waiting), ReturnWhen.ALL_COMPLETED))
              .awaitWaiting();
      breakPool(pool);
      assertThat(waiter.awaitEnd().thrown()).isNull();
      assertThatThrownBy(waiting::result)
          .isInstanceOf(BrokenProcessPoolException.class)
          .hasMessageContaining("pool 'brittle' is broken")
          .hasMessageContaining("NullPointerException")
          .hasCauseInstanceOf(NullPointerException.class);
      assertThat(occupied.task().exception(java.time.Duration.ofSeconds(40)))
          .containsInstanceOf(BrokenProcessPoolException.class);
      assertThat(occupied.task().exception()).isNotEqualTo(waiting.exception());
      assertThat(done.result()).isEqualTo(7);
    }
    assertThat(pool.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  @DisplayName("S6, B5, B12: submit then throws, broken before shut down, and no refusal")
  void broken_submit_throws() throws Exception {
    var pool = Pools.builder(1).name("brittle").build();
    assertThat(pool.submit(() -> 7).result()).isEqualTo(7);
    breakPool(pool);
    assertThat(pool.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
    pool.shutdown();
    List<Doer.Step> steps =
        List.of(() -> pool.submit(() -> 1), () -> pool.map((Integer x) -> x, List.of(1)));
    assertThat(steps)
        .allSatisfy(
            step ->
                assertThatThrownBy(step::run)
                    .isInstanceOf(BrokenProcessPoolException.class)
                    .isNotInstanceOf(RejectedExecutionException.class)
                    .hasMessageContaining("pool 'brittle' is broken")
                    .hasMessageContaining("build a new one")
                    .hasRootCauseInstanceOf(NullPointerException.class));
  }

  @Test
  @DisplayName("B11: every way of ending a broken pool does nothing and throws nothing")
  void broken_ended_everyWay() throws Exception {
    var pool = Pools.of(1);
    breakPool(pool);
    pool.close();
    pool.shutdown();
    assertThat(pool.shutdownNow()).isEmpty();
    assertThat(pool.isTerminated()).isTrue();
    assertThat(pool.snapshot().state()).isEqualTo(PoolState.TERMINATED);
    assertThat(pool.snapshot().workers()).isEmpty();
  }
}

package dev.procession.observability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.procession.MapResults;
import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What Micrometer reads of a pool that works. */
class PoolMetricsIT {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private double gauge(String name, String... tags) {
    return registry.get(name).tag("name", "metered").tags(tags).gauge().value();
  }

  private double counter(String name, String... tags) {
    return registry.get(name).tags(tags).functionCounter().count();
  }

  @Test
  @DisplayName("gauges, counters and timers say what the pool did; close takes them all away")
  void bindTo_poolThatWorks_trueFigures() throws Exception {
    try (ProcessPoolExecutor pool =
            ProcessPoolExecutor.builder().name("metered").workers(2).minWorkers(1).build();
        PoolMetrics metrics = PoolMetrics.of(pool, Tag.of("zone", "a"))) {
      metrics.bindTo(registry);
      ProcessFuture<Integer> slow =
          pool.submit(
              () -> {
                TimeUnit.SECONDS.sleep(60);
                return 1;
              });
      ProcessFuture<Integer> good = pool.submit(() -> 7);
      ProcessFuture<Object> bad =
          pool.submit(
              () -> {
                throw new IllegalStateException();
              });
      ProcessFuture<Void> crash = pool.submit(() -> Runtime.getRuntime().halt(3));
      assertThat(good.result()).isEqualTo(7);
      assertThat(bad.exception()).isPresent();
      assertThat(crash.exception()).isPresent();
      try (MapResults<Integer> squares = pool.map((Integer x) -> x * x, List.of(1, 2, 3))) {
        assertThat(squares.stream().mapToInt(Integer::intValue).sum()).isEqualTo(14);
      }
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> {
                assertThat(gauge("executor.active")).isEqualTo(1);
                assertThat(gauge("executor.queued")).isZero();
                assertThat(gauge("executor.pool.core")).isEqualTo(1);
                assertThat(gauge("executor.pool.max", "zone", "a")).isEqualTo(2);
                assertThat(gauge("procession.workers", "state", "busy")).isEqualTo(1);
                assertThat(gauge("procession.workers.memory")).isGreaterThan(20e6);
                assertThat(counter("executor.completed")).isEqualTo(6);
                assertThat(counter("procession.tasks", "outcome", "succeeded")).isEqualTo(4);
                assertThat(counter("procession.tasks", "outcome", "failed")).isEqualTo(2);
                assertThat(counter("procession.worker.restarts")).isEqualTo(1);
                assertThat(
                        registry
                            .get("procession.worker.ends")
                            .tag("reason", "exit_called")
                            .counter()
                            .count())
                    .isEqualTo(1);
                assertThat(registry.get("executor").timer().count()).isEqualTo(3);
                assertThat(registry.get("executor.idle").timer().count()).isEqualTo(3);
              });
      assertThat(slow.cancel(true)).isTrue();
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> assertThat(counter("procession.tasks", "outcome", "cancelled")).isEqualTo(1));
      metrics.close();
      assertThat(registry.getMeters()).isEmpty();
      AtomicInteger after = new AtomicInteger(pool.submit(() -> 8).result());
      assertThat(after).hasValue(8);
      assertThat(registry.getMeters()).isEmpty();
    }
  }
}

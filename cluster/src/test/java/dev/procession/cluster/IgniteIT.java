package dev.procession.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.ExitReason;
import dev.procession.MapResults;
import dev.procession.ProcessFuture;
import dev.procession.WorkerCrashedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Nodes and gateways as processes, with the real engine between them. */
class IgniteIT {
  /** A port that is free, as the one above it is. */
  static int freePort() throws IOException {
    for (int i = 0; i < 100; i++) {
      try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          ServerSocket next =
              new ServerSocket(one.getLocalPort() + 1, 1, InetAddress.getLoopbackAddress())) {
        return Math.min(one.getLocalPort(), next.getLocalPort());
      } catch (IOException | IllegalArgumentException e) {
        // The one above is taken.
      }
    }
    throw new IOException("no two free ports in a row");
  }

  private static ClusterNode node(String name, int workers, String... others) throws IOException {
    return ClusterNode.start(
        NodeConfig.builder().name(name).workers(workers).port(freePort()).connect(others).build());
  }

  @Test
  @DisplayName("a pool runs tasks and maps on two nodes; one is killed: its task says so")
  void submit_andLoss() throws Exception {
    try (ClusterNode a = node("a", 1);
        ClusterNode b = node("b", 1, a.address());
        ClusterPool pool = ClusterPool.builder().name("s").connect(a.address()).build()) {
      assertThat(pool.submit(() -> 6 * 7).result()).isEqualTo(42);
      try (MapResults<Integer> results =
          pool.map(value -> value + 1, IntStream.range(0, 10_000).boxed().toList())) {
        int next = 1;
        for (int value : results) {
          assertThat(value).isEqualTo(next++);
        }
        assertThat(next).isEqualTo(10_001);
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(40))
          .until(() -> pool.snapshot().maxWorkers() == 2);
      ProcessFuture<Long> one = pool.submit(IgniteIT::parentForEver);
      ProcessFuture<Long> other = pool.submit(IgniteIT::parentForEver);
      Awaitility.await()
          .atMost(Duration.ofSeconds(40))
          .until(() -> one.isRunning() && other.isRunning());
      ProcessHandle.of(b.pid()).orElseThrow().destroyForcibly();
      Awaitility.await().atMost(Duration.ofSeconds(40)).until(() -> one.isDone() || other.isDone());
      ProcessFuture<Long> lost = one.isDone() ? one : other;
      ProcessFuture<Long> kept = one.isDone() ? other : one;
      assertThatThrownBy(lost::result)
          .isInstanceOfSatisfying(
              WorkerCrashedException.class,
              crash -> assertThat(crash.report().reason()).isEqualTo(ExitReason.NODE_LOST))
          .hasMessageContaining("member 'b'");
      assertThat(kept.isRunning()).isTrue();
      assertThat(kept.cancel(true)).isTrue();
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
    }
  }

  private static long parentForEver() throws InterruptedException {
    while (true) {
      Thread.sleep(1_000);
    }
  }
}

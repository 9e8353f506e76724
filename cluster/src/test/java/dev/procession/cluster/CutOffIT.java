package dev.procession.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.ProcessFuture;
import dev.procession.cluster.testing.PrivateNetwork;
import dev.procession.cluster.testing.PrivateNetwork.Host;
import dev.procession.testing.ChildJvm;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Tally;
import dev.procession.testing.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Machines that are cut off from each other, each in a network namespace of its own. */
@NoLeaks
@Timeout(200) // a node takes seconds to start, ten to be missed and half a minute to come back
class CutOffIT {
  private static final int PORT = 47_500;

  @TempDir Path tmp;

  private static void await(Callable<Boolean> condition) {
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(condition);
  }

  /** A node with one worker; name, address, and the addresses of others. */
  static final class Node {
    public static void main(String[] args) throws Exception {
      NodeConfig.Builder config =
          NodeConfig.builder().name(args[0]).workers(1).bind(args[1]).port(PORT).insecure();
      for (int i = 2; i < args.length; i++) {
        config.connect(args[i]);
      }
      try (ClusterNode node = ClusterNode.start(config.build())) {
        System.out.println("ready " + node.pid());
        while (node.isRunning()) {
          Thread.sleep(50);
        }
        System.out.println("ended");
      }
    }
  }

  private static ChildJvm node(Host host, String name, Host... others) {
    List<String> arguments = new ArrayList<>(List.of(name, host.address()));
    for (Host other : others) {
      arguments.add(other.address() + ":" + PORT);
    }
    List<String> command = new ArrayList<>(host.prefix());
    command.addAll(
        List.of(
            ChildJvm.java(), "-cp", System.getProperty("java.class.path"), Node.class.getName()));
    command.addAll(arguments);
    return ChildJvm.start(command);
  }

  private static PrivateNetwork network() throws IOException, InterruptedException {
    String why = PrivateNetwork.impossible();
    Assumptions.assumeTrue(why == null, () -> "skipped: " + why);
    return PrivateNetwork.make();
  }

  private static ClusterPool pool(PrivateNetwork network, Host host) {
    return ClusterPool.builder()
        .name("s")
        .connect(host.address() + ":" + PORT)
        .bind(network.address())
        .insecure()
        .build();
  }

  @Test
  @DisplayName("a node that is cut off ends its tasks before they begin elsewhere; then it is back")
  void node_cutOff() throws Exception {
    try (PrivateNetwork network = network()) {
      Host a = network.host();
      Host b = network.host();
      try (ChildJvm first = node(a, "a")) {
        first.awaitLine("ready ");
        try (ChildJvm second = node(b, "b", a);
            ClusterPool pool = pool(network, a)) {
          second.awaitLine("ready ");
          await(() -> pool.snapshot().maxWorkers() == 2);
          Bereaved tasks = Bereaved.submit(pool, tmp);
          await(tasks::areRunning);
          b.cutOff();
          await(() -> pool.snapshot().maxWorkers() == 1);
          await(() -> pool.snapshot().pending() == 1);
          tasks.assertEndedBeforeAgain();
          b.comesBack();
          await(() -> pool.snapshot().maxWorkers() == 2);
          assertThat(second.lines()).doesNotContain("ended");
        }
      }
    }
  }

  @Test
  @DisplayName(
      "a pool that is cut off: its tasks end on all nodes, its futures say so, it comes back")
  void pool_cutOff() throws Exception {
    try (PrivateNetwork network = network()) {
      Host a = network.host();
      Tally begun = Tally.in(tmp, "begun");
      try (ChildJvm node = node(a, "a")) {
        node.awaitLine("ready ");
        try (ClusterPool pool = pool(network, a)) {
          ProcessFuture<Integer> future =
              pool.submit(
                  () -> {
                    begun.addPid();
                    while (true) {
                      Thread.onSpinWait();
                    }
                  });
          await(future::isRunning);
          a.cutOff();
          assertThat(future.exception()).isPresent();
          await(() -> Workers.isGone(Long.parseLong(begun.lines().get(0))));
          a.comesBack();
          assertThat(pool.submit(() -> 6 * 7).result(Duration.ofSeconds(60))).isEqualTo(42);
        }
      }
    }
  }
}

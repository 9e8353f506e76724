package dev.procession.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.procession.ProcessFuture;
import dev.procession.cluster.ClusterPool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Nodes, as a user runs them, and what an operator says to them. */
class NodeIT {
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  @TempDir Path directory;

  private static String freePort() throws IOException {
    for (int i = 0; i < 100; i++) {
      try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          ServerSocket next =
              new ServerSocket(one.getLocalPort() + 1, 1, InetAddress.getLoopbackAddress())) {
        return String.valueOf(Math.min(one.getLocalPort(), next.getLocalPort()));
      } catch (IOException | IllegalArgumentException e) {
        // The one above is taken.
      }
    }
    throw new IOException("no two free ports in a row");
  }

  private Path in(String name) throws IOException {
    return Files.createDirectories(directory.resolve(name));
  }

  private static void until(Callable<Boolean> condition) {
    await().atMost(PATIENCE).until(condition);
  }

  private static ProcessFuture<String> waiting(ClusterPool pool, Path go) {
    String file = go.toString();
    return pool.submit(
        () -> {
          while (!Files.exists(Path.of(file))) {
            Thread.sleep(20);
          }
          return "done";
        });
  }

  @Test
  @Timeout(240) // nine commands, most of which start several JVMs: a minute alone
  @DisplayName("keys, two nodes, a pool; drain has one finish and end, SIGTERM the other")
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no SIGTERM")
  void wholeLife() throws Exception {
    Path keys = directory.resolve("keys");
    CliRun.Ended made =
        CliRun.run(in("keymaker"), "cluster", "keys", keys.toString(), "--user", "alice");
    assertThat(made.exitCode()).as(made.err()).isZero();
    assertThat(made.out()).contains("node.properties", "alice.properties", "ca.p12");
    String nodeFile = keys.resolve("node.properties").toString();
    String port = freePort();
    String address = "127.0.0.1:" + port;
    Path ready = directory.resolve("ready");
    CliRun a =
        CliRun.start(
            in("a"),
            "node",
            "--name",
            "a",
            "--workers",
            "1",
            "--port",
            port,
            "--security",
            nodeFile,
            "--ready-file",
            ready.toString());
    until(() -> a.out().contains("node a at " + address + ", workers: 1, process: "));
    until(() -> Files.exists(ready));
    CliRun b =
        CliRun.start(
            in("b"),
            "node",
            "--name=b",
            "--workers=1",
            "--port",
            freePort(),
            "--connect",
            address,
            "--security",
            nodeFile);
    until(() -> b.out().contains("node b at "));
    CliRun.Ended nodes =
        CliRun.run(in("l"), "cluster", "nodes", "--connect", address, "--security", nodeFile);
    assertThat(nodes.out()).isEqualTo("a\nb\n");
    Path go = directory.resolve("go");
    try (ClusterPool pool =
        ClusterPool.builder().connect(address).security(keys.resolve("alice.properties")).build()) {
      until(() -> pool.snapshot().maxWorkers() == 2);
      ProcessFuture<String> one = waiting(pool, go);
      ProcessFuture<String> other = waiting(pool, go);
      until(() -> one.isRunning() && other.isRunning());
      String alice = keys.resolve("alice.properties").toString();
      CliRun.Ended refused =
          CliRun.run(in("r"), "drain", "b", "--connect", address, "--security", alice);
      assertThat(refused.exitCode()).isEqualTo(ExitCode.BROKEN);
      assertThat(refused.err()).contains("only who has the nodes' own file may have one drained");
      CliRun.Ended early =
          CliRun.run(
              in("e"), "drain", "b", "--connect", address, "--security", nodeFile, "--timeout=1s");
      assertThat(early.exitCode()).isEqualTo(ExitCode.SOME_FAILED);
      assertThat(early.err()).contains("node b has 1 tasks left");
      a.process().toHandle().destroy(); // SIGTERM
      until(() -> a.err().contains("node a finishes what it has"));
      assertThat(ready).doesNotExist();
      Files.createFile(go);
      assertThat(one.result()).isEqualTo("done");
      assertThat(other.result()).isEqualTo("done");
    }
    assertThat(b.awaitEnd().exitCode()).isZero();
    assertThat(a.awaitEnd().exitCode()).isZero();
  }

  @Test
  @DisplayName("Ctrl-C twice stops a node at once, with what runs there")
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no kill -INT")
  void interruptedTwice() throws Exception {
    String port = freePort();
    CliRun a = CliRun.start(in("a"), "node", "--workers=1", "--port", port, "--insecure");
    until(() -> a.out().contains(" at 127.0.0.1:" + port));
    try (ClusterPool pool = ClusterPool.builder().connect("127.0.0.1:" + port).insecure().build()) {
      ProcessFuture<String> never = waiting(pool, directory.resolve("go"));
      until(never::isRunning);
      a.interrupt();
      until(() -> a.err().contains("finishes what it has"));
      assertThat(never.isRunning()).isTrue();
      a.interrupt();
      assertThat(a.awaitEnd().exitCode()).isEqualTo(ExitCode.INTERRUPTED);
      assertThat(never.exception()).isPresent();
    }
  }

  @Test
  @DisplayName("what cannot be followed is said in one line")
  void mistakes() throws Exception {
    CliRun.Ended taken;
    try (ServerSocket here = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      taken =
          CliRun.run(
              in("taken"), "node", "--insecure", "--port", String.valueOf(here.getLocalPort()));
    }
    assertThat(taken.exitCode()).isEqualTo(ExitCode.BROKEN);
    assertThat(taken.err().lines().reduce((first, last) -> last).orElse(""))
        .startsWith("procession: node '")
        .contains("at 127.0.0.1 cannot both be had");
    CliRun.Ended file = CliRun.run(in("file"), "node", "--security", "none.properties");
    assertThat(file.err()).contains("there is no file ").doesNotContain("\tat ");
    CliRun.Ended unsaid = CliRun.run(in("unsaid"), "node");
    assertThat(unsaid.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(unsaid.err()).contains("--security").contains("--insecure");
    CliRun.Ended workers = CliRun.run(in("workers"), "node", "--insecure", "--workers=0");
    assertThat(workers.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(workers.err()).contains("workers must be from 1 to 1024, was 0");
    CliRun.Ended nobody =
        CliRun.run(
            in("nobody"), "drain", "x", "--connect", "127.0.0.1:1", "--insecure", "--reach=2s");
    assertThat(nobody.exitCode()).isEqualTo(ExitCode.BROKEN);
    assertThat(nobody.err()).contains("no node answers at 127.0.0.1:1; looked for 2 s");
  }
}

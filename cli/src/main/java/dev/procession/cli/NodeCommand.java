package dev.procession.cli;

import dev.procession.cluster.ClusterNode;
import dev.procession.cluster.NodeConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code procession node}: a member of a cluster. */
@Command(
    name = "node",
    description = {
      "Runs a node of a cluster until it is told to end: by Ctrl-C or SIGTERM, or by 'procession drain'. It then finishes"
          + " what runs and takes nothing new; a second Ctrl-C stops at once.",
      ""
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:it has finished what it had",
      "2:the command line cannot be followed",
      "4:it could not be started, or has ended by itself",
      "130:it was stopped before it had finished"
    })
final class NodeCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // by picocli
  private CommandSpec spec;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "tasks at a time, 1 to 1024 (default: the available processors)")
  private @Nullable Integer workers;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "its name in reports, and for drain (default: the host's, and the port)")
  private @Nullable String name;

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description =
          "the address at which others reach it (default: ${DEFAULT-VALUE}, this machine)")
  private String bind = "";

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "" + NodeConfig.DEFAULT_PORT,
      description = "the first of two ports that it takes (default: ${DEFAULT-VALUE})")
  private int port;

  @Option(
      names = "--connect",
      paramLabel = "HOST:PORT",
      description = "another node of the cluster; may be given several times")
  private List<String> connect = List.of();

  @ArgGroup(exclusive = true, multiplicity = "1")
  @SuppressWarnings("NullAway.Init") // by picocli
  private SecurityOption security;

  @Option(
      names = "--max-envelope",
      paramLabel = "MIB",
      defaultValue = "256",
      description = "longest task with its arguments, in MiB (default: ${DEFAULT-VALUE})")
  private int maxEnvelope;

  @Option(
      names = "--shared-memory",
      paramLabel = "MIB",
      description =
          "most memory for what pools share, in MiB, from 64 on (default: an eighth of the machine)")
  private @Nullable Integer sharedMemory;

  @Option(
      names = "--keep-results",
      paramLabel = "TIME",
      converter = Durations.class,
      defaultValue = "24h",
      description =
          "how long it keeps what has become of a detached task (default: ${DEFAULT-VALUE})")
  private Duration keepResults = Duration.ZERO;

  @Option(
      names = "--drain-timeout",
      paramLabel = "TIME",
      converter = Durations.class,
      defaultValue = "5m",
      description = "how long it may take to finish what runs (default: ${DEFAULT-VALUE})")
  private Duration patience = Duration.ZERO;

  @Option(
      names = "--ready-file",
      paramLabel = "FILE",
      description = "a file that is there while the node takes tasks, for a readiness probe")
  private @Nullable Path readyFile;

  private volatile boolean started;
  private final CompletableFuture<Void> finish = new CompletableFuture<>();
  private final CompletableFuture<Void> stop = new CompletableFuture<>();

  @Override
  public Integer call() throws IOException, InterruptedException {
    NodeConfig config = config();
    PrintWriter out = spec.commandLine().getOut();
    Interrupts interrupts = Interrupts.handledBy(this::finish, () -> stop.complete(null));
    announce(false); // one that is there is of a node before
    try (ClusterNode node = start(config)) {
      started = true;
      out.printf(
          "node %s at %s, workers: %d, process: %d%n",
          node.name(), node.address(), config.workers(), node.pid());
      out.flush();
      announce(true);
      var unused = CompletableFuture.anyOf(finish, node.draining()).join();
      return finish(node);
    } finally {
      announce(false);
      interrupts.close();
    }
  }

  /** Before the node takes tasks there is nothing to finish. */
  private void finish() {
    if (!started) {
      System.exit(ExitCode.INTERRUPTED);
    }
    finish.complete(null);
  }

  private NodeConfig config() {
    NodeConfig.Builder builder =
        NodeConfig.builder()
            .bind(bind)
            .port(port)
            .connect(connect.toArray(String[]::new))
            .maxEnvelope((long) maxEnvelope << 20)
            .keepResults(keepResults);
    security.tell(builder::security, builder::insecure);
    if (name != null) {
      builder.name(name);
    }
    if (workers != null) {
      builder.workers(workers);
    }
    if (sharedMemory != null) {
      builder.sharedMemory((long) sharedMemory << 20);
    }
    try {
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw new WrongUsageException(String.valueOf(e.getMessage()), e);
    }
  }

  private static ClusterNode start(NodeConfig config) throws IOException {
    try {
      return ClusterNode.start(config);
    } catch (UncheckedIOException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private int finish(ClusterNode node) throws IOException, InterruptedException {
    announce(false);
    if (!node.isRunning()) {
      return ExitCode.BROKEN; // the log says why
    }
    PrintWriter err = spec.commandLine().getErr();
    err.println("procession: node " + node.name() + " finishes what it has");
    boolean unused = node.drain(Duration.ZERO);
    boolean inTime = awaitInTime(CompletableFuture.anyOf(node.drained(), stop));
    if (node.drained().isDone()) {
      return node.isRunning() ? ExitCode.OK : ExitCode.BROKEN;
    }
    err.println(
        "procession: node "
            + node.name()
            + (inTime ? " stops at once" : " stops, for it has not finished in time"));
    return ExitCode.INTERRUPTED;
  }

  /** False if the time that it has to finish is over before. */
  private boolean awaitInTime(CompletableFuture<?> future) throws InterruptedException {
    try {
      var unused = future.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new AssertionError("nothing of it fails", e);
    }
  }

  private void announce(boolean ready) throws IOException {
    if (readyFile == null) {
      return;
    }
    if (ready) {
      Files.writeString(readyFile, "");
    } else {
      Files.deleteIfExists(readyFile);
    }
  }
}

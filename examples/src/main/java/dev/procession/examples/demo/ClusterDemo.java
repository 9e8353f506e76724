package dev.procession.examples.demo;

import dev.procession.ProgressBar;
import dev.procession.TaskOptions;
import dev.procession.cluster.ClusterNode;
import dev.procession.cluster.ClusterPool;
import dev.procession.cluster.NodeConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The demo on a cluster of three nodes, one of which is killed half-way; {@code ./procession
 * cluster demo --help} says more.
 */
public final class ClusterDemo {
  private static final List<String> NAMES = List.of("alpha", "beta", "gamma");

  /** An attempt may be lost with a node, and a further one with its worker. */
  private static final int RETRIES = 3;

  private final DemoOptions options;
  private final List<String> files;
  private final List<ClusterNode> nodes = new ArrayList<>();

  private ClusterDemo(DemoOptions options, List<String> files) {
    this.options = options;
    this.files = files;
  }

  /** Runs the demo; see {@link DemoOptions} for the arguments and exit codes. */
  public static void main(String... arguments) throws Exception {
    DemoOptions options;
    try {
      options = DemoOptions.parse(/* defaultWorkers= */ 1, arguments);
    } catch (DemoOptions.WrongUsageException e) {
      System.err.println("cluster demo: " + e.getMessage());
      System.err.println("Try './procession cluster demo --help'.");
      System.exit(2);
      return;
    }
    if (options.help()) {
      System.out.print(DemoOptions.CLUSTER_USAGE);
      return;
    }
    List<String> files = ModuleImage.spread(ModuleImage.classFiles(), options.limit());
    System.exit(new ClusterDemo(options, files).run() ? 0 : 1);
  }

  private boolean run() throws InterruptedException, IOException {
    try {
      startNodes();
      long begun = System.nanoTime();
      FileRun run;
      try (ProgressBar progress = ProgressBar.start(files.size())) {
        run = new FileRun(files, progress);
        read(run, progress);
      }
      return report(run, Duration.ofNanos(System.nanoTime() - begun));
    } finally {
      nodes.forEach(ClusterNode::close);
    }
  }

  /** All in the clear: they listen on the loopback address of this machine, for some seconds. */
  private void startNodes() throws IOException {
    for (String name : NAMES) {
      ClusterNode node =
          ClusterNode.start(
              NodeConfig.builder()
                  .name(name)
                  .workers(options.workers())
                  .port(freePort())
                  .connect(addresses())
                  .insecure()
                  .build());
      nodes.add(node);
      System.err.printf(
          "node %s at %s, workers: %d, process %d%n",
          name, node.address(), options.workers(), node.pid());
    }
  }

  private String[] addresses() {
    return nodes.stream().map(ClusterNode::address).toArray(String[]::new);
  }

  /** A port that is free, as the one above it is. */
  private static int freePort() throws IOException {
    while (true) {
      try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          ServerSocket next =
              new ServerSocket(one.getLocalPort() + 1, 1, InetAddress.getLoopbackAddress())) {
        return Math.min(one.getLocalPort(), next.getLocalPort());
      } catch (IOException | IllegalArgumentException e) {
        // The one above is taken: another pair.
      }
    }
  }

  private void read(FileRun run, ProgressBar progress) throws IOException, InterruptedException {
    try (ClusterPool pool =
        ClusterPool.builder()
            .name("cluster-demo")
            .connect(addresses())
            .insecure()
            .outputListener(line -> progress.say(FileRun.told(line)))
            .build()) {
      // Reading a file twice does no harm, so what was begun on a lost node may begin anew.
      run.in(
          pool.with(TaskOptions.builder().retries(RETRIES).build()),
          pool,
          () -> {
            run.awaitSabotaged(); // they have one attempt
            ClusterNode victim = nodes.get(1);
            progress.say(
                "killing node "
                    + victim.name()
                    + ", process "
                    + victim.pid()
                    + "; what it had begun begins anew once it has stopped for sure, in 11 s");
            ProcessHandle.of(victim.pid()).ifPresent(ProcessHandle::destroyForcibly);
          });
    }
  }

  private boolean report(FileRun run, Duration took) throws IOException, InterruptedException {
    Summary summary = new Summary(System.out);
    String digest = summary.print(run.tally(), took);
    boolean asExpected = run.reportSabotaged(summary);
    Tally here = new Tally();
    for (String file : files) {
      here.add(ClassFacts.read(file));
    }
    boolean isRight = digest.equals(here.digestOfAll());
    summary.printVerdict(isRight, nodes.stream().filter(ClusterNode::isRunning).count());
    return asExpected && isRight && run.tally().failures().isEmpty();
  }
}

package dev.procession.benchmarks.chaos.cluster;

import dev.procession.cluster.ClusterNode;
import dev.procession.cluster.NodeConfig;
import java.util.List;

/** A node of the run, in a process of its own. */
final class Node {
  static final String READY = "ready ";

  private Node() {}

  /**
   * Runs until its standard input ends, or the node does.
   *
   * @param args its name, address, port, workers, and addresses of others
   */
  public static void main(String[] args) throws Exception {
    NodeConfig config =
        NodeConfig.builder()
            .name(args[0])
            .bind(args[1])
            .port(Integer.parseInt(args[2]))
            .workers(Integer.parseInt(args[3]))
            .connect(List.of(args).subList(4, args.length).toArray(new String[0]))
            .sharedMemory(NodeConfig.LEAST_SHARED_MEMORY)
            .insecure()
            .build();
    try (ClusterNode node = ClusterNode.start(config)) {
      System.out.println(READY + node.pid());
      Thread reader = new Thread(Node::awaitEndOfInput, "input");
      reader.start();
      while (node.isRunning() && reader.isAlive()) {
        Thread.sleep(20);
      }
    }
    System.exit(0); // the reader may still wait
  }

  /** Of the director, which has it open for as long as it lives. */
  static void awaitEndOfInput() {
    try {
      while (System.in.read() >= 0) {
        // it says nothing
      }
    } catch (java.io.IOException e) {
      // as its end
    }
  }
}

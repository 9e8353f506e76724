package dev.procession.examples;

import dev.procession.ProcessFuture;
import dev.procession.TaskOptions;
import dev.procession.cluster.ClusterNode;
import dev.procession.cluster.ClusterPool;
import dev.procession.cluster.NodeConfig;
import java.util.List;

/** A node within this program, which one would have on other machines, and a pool that uses it. */
public final class OnACluster {
  private OnACluster() {}

  /** Runs it. */
  public static void main(String... args) throws Exception {
    // @start region=node
    NodeConfig config =
        NodeConfig.builder().name("here").workers(2).port(47_700).insecure().build();
    // @end
    try (ClusterNode node = ClusterNode.start(config)) {
      // @start region=pool
      try (ClusterPool pool = ClusterPool.builder().connect("127.0.0.1:47700").insecure().build()) {
        ProcessFuture<Integer> answer = pool.submit(() -> 6 * 7);
        System.out.println(answer.result());
        var again = pool.with(TaskOptions.builder().retries(2).build());
        for (int length : again.map(String::length, List.of("one", "three"))) {
          System.out.println(length);
        }
      }
      // @end
      // @start region=detach
      String id;
      try (ClusterPool pool = ClusterPool.builder().connect("127.0.0.1:47700").insecure().build()) {
        id = pool.detach(() -> "done meanwhile");
      }
      try (ClusterPool later =
          ClusterPool.builder().connect("127.0.0.1:47700").insecure().build()) {
        ProcessFuture<String> future = later.fetch(id);
        System.out.println(future.result());
        later.forget(id);
      }
      // @end
      System.out.println(node.name() + " is " + (node.isRunning() ? "there" : "gone"));
    }
  }
}

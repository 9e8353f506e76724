package dev.procession.benchmarks.peers.runner;

import dev.procession.AbstractProcessExecutor;
import dev.procession.MapResults;
import dev.procession.ProcessPoolExecutor;
import dev.procession.WorkerState;
import dev.procession.cluster.ClusterNode;
import dev.procession.cluster.ClusterPool;
import dev.procession.cluster.NodeConfig;
import dev.procession.cluster.testing.FreePorts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

final class ProcessionEngine implements Engine {
  private static final int SETTLE_MILLIS = 100;

  private final AbstractProcessExecutor pool;
  private final int workers;
  private final List<ClusterNode> nodes;

  ProcessionEngine(int workers) {
    this(ProcessPoolExecutor.create(workers), workers, List.of());
  }

  private ProcessionEngine(AbstractProcessExecutor pool, int workers, List<ClusterNode> nodes) {
    this.pool = pool;
    this.workers = workers;
    this.nodes = nodes;
  }

  /** On so many nodes of this machine, each a process, with a worker each. */
  static ProcessionEngine onNodes(int count) throws IOException {
    List<ClusterNode> nodes = new ArrayList<>();
    String[] first = new String[0];
    for (int i = 0; i < count; i++) {
      int port = FreePorts.pair();
      NodeConfig.Builder node =
          NodeConfig.builder().name("node-" + i).workers(1).port(port).connect(first);
      nodes.add(ClusterNode.start(node.insecure().build()));
      first = i == 0 ? new String[] {"127.0.0.1:" + port} : first;
    }
    ClusterPool pool = ClusterPool.builder().connect(first).insecure().build();
    return new ProcessionEngine(pool, count, nodes);
  }

  AbstractProcessExecutor pool() {
    return pool;
  }

  @Override
  public Future<Integer> submit(int k) {
    return pool.submit(() -> k);
  }

  @Override
  public Future<byte[]> echo(byte[] bytes) {
    return pool.submit(given -> given, bytes);
  }

  @Override
  public Future<Long> spin(int rounds) {
    return pool.submit(() -> Load.spin(rounds));
  }

  @Override
  public Future<Integer> litter(int megabytes) {
    return pool.submit(() -> Load.litter(megabytes));
  }

  @Override
  public long map(int bound) {
    long sum = 0;
    Iterable<Integer> numbers = IntStream.range(0, bound)::iterator;
    try (MapResults<Integer> results = pool.map(i -> i + 1, numbers)) {
      for (int result : results) {
        sum += result;
      }
    }
    return sum;
  }

  /** A worker is only started when tasks wait, so some have to. */
  @Override
  public void settle() throws InterruptedException {
    while (ready() < workers) {
      for (int i = 0; i < 2 * workers; i++) {
        var unused = pool.submit(() -> 0);
      }
      Thread.sleep(SETTLE_MILLIS);
    }
    while (pool.snapshot().pending() + pool.snapshot().running() > 0) {
      Thread.sleep(SETTLE_MILLIS);
    }
  }

  private long ready() {
    return pool.snapshot().workers().stream()
        .filter(worker -> worker.state() != WorkerState.STARTING)
        .count();
  }

  @Override
  public void close() {
    pool.close();
    nodes.forEach(ClusterNode::close);
  }
}

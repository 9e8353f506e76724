package dev.procession.benchmarks.peers.runner;

import java.util.concurrent.Future;

/** A pool as the measurements use it, whichever it is. */
interface Engine extends AutoCloseable {
  /** Submits {@code () -> k}. */
  Future<Integer> submit(int k);

  /** Submits what returns the bytes it is given. */
  Future<byte[]> echo(byte[] bytes);

  /** Submits {@link Load#spin}. */
  Future<Long> spin(int rounds);

  /** Submits {@link Load#litter}. */
  Future<Integer> litter(int megabytes);

  /** Adds one to each number below a bound and returns the sum. */
  long map(int bound);

  /** Waits until no worker is starting that it may have. */
  void settle() throws InterruptedException;

  /** Ends the pool. */
  @Override
  void close();

  /**
   * Makes a pool.
   *
   * @param name procession, threads, pp4j or cluster
   */
  static Engine open(String name, int workers) throws Exception {
    return switch (name) {
      case "procession" -> new ProcessionEngine(workers);
      case "cluster" -> ProcessionEngine.onNodes(workers);
      case "threads" -> new ThreadsEngine(workers);
      case "pp4j" -> new Pp4jEngine(workers);
      default -> throw new IllegalArgumentException("no pool is called " + name);
    };
  }
}

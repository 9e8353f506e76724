package dev.procession.benchmarks.peers.runner;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A thread pool of the JDK: what everything costs that isolates nothing. */
final class ThreadsEngine implements Engine {
  private final ExecutorService pool;

  ThreadsEngine(int workers) {
    pool = Executors.newFixedThreadPool(workers);
  }

  @Override
  public Future<Integer> submit(int k) {
    return pool.submit(() -> k);
  }

  @Override
  public Future<byte[]> echo(byte[] bytes) {
    return pool.submit(() -> bytes.clone());
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
    throw new UnsupportedOperationException("a thread pool has no map");
  }

  @Override
  public void settle() {}

  @Override
  public void close() {
    pool.shutdown();
  }
}

package dev.procession.benchmarks.peers.runner;

import dev.procession.MapResults;
import dev.procession.ProcessPoolExecutor;
import dev.procession.WorkerState;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

final class ProcessionEngine implements Engine {
  private static final int SETTLE_MILLIS = 100;

  private final ProcessPoolExecutor pool;
  private final int workers;

  ProcessionEngine(int workers) {
    this.workers = workers;
    pool = ProcessPoolExecutor.create(workers);
  }

  ProcessPoolExecutor pool() {
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
  }
}

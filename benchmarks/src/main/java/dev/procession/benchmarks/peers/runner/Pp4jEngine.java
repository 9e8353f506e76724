package dev.procession.benchmarks.peers.runner;

import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import net.viktorc.pp4j.api.JavaProcessExecutorService;
import net.viktorc.pp4j.impl.ProcessExecutors;

/** PP4J, the only other process pool for Java. */
final class Pp4jEngine implements Engine {
  /** It has a thread for each task that waits. */
  private static final int MOST_AT_A_TIME = 256;

  private final JavaProcessExecutorService pool;

  Pp4jEngine(int workers) throws InterruptedException {
    pool = ProcessExecutors.newFixedJavaProcessPool(workers);
  }

  private interface RemoteCall<T> extends Callable<T>, Serializable {}

  private <T> Future<T> send(RemoteCall<T> call) {
    return pool.submit(call);
  }

  @Override
  public Future<Integer> submit(int k) {
    return send(() -> k);
  }

  @Override
  public Future<byte[]> echo(byte[] bytes) {
    return send(() -> bytes);
  }

  @Override
  public Future<Long> spin(int rounds) {
    return send(() -> Load.spin(rounds));
  }

  @Override
  public Future<Integer> litter(int megabytes) {
    return send(() -> Load.litter(megabytes));
  }

  /** It has no map: as many tasks. */
  @Override
  public long map(int bound) {
    long sum = 0;
    Deque<Future<Integer>> waiting = new ArrayDeque<>();
    try {
      for (int i = 0; i < bound; i++) {
        int number = i;
        waiting.add(send(() -> number + 1));
        if (waiting.size() == MOST_AT_A_TIME) {
          sum += waiting.remove().get();
        }
      }
      for (Future<Integer> last : waiting) {
        sum += last.get();
      }
    } catch (ExecutionException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return sum;
  }

  /** It has them all from the beginning. */
  @Override
  public void settle() {}

  @Override
  public void close() {
    pool.shutdown();
  }
}

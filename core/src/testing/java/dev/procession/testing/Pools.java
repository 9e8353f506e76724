package dev.procession.testing;

import dev.procession.ProcessPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;

/** Pools for tests, each with a short name of its own. */
public final class Pools {
  private static final AtomicInteger MADE = new AtomicInteger();

  private Pools() {}

  /** A pool of that many workers. */
  public static ProcessPoolExecutor of(int workers) {
    return builder(workers).build();
  }

  /** For a pool of that many workers. */
  public static ProcessPoolExecutor.Builder builder(int workers) {
    return ProcessPoolExecutor.builder().name("t" + MADE.incrementAndGet()).workers(workers);
  }

  /** The process id of whoever asks, to be submitted as a task. */
  public static long pid() {
    return ProcessHandle.current().pid();
  }
}

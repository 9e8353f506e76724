package dev.procession.internal.parent;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes a pool's daemon threads, named {@code procession-<pool>-<role>-<n>}. */
final class PoolThreads implements ThreadFactory {
  private static final long SMALL_STACK_BYTES = 256 << 10;

  private final String prefix;
  private final AtomicInteger made = new AtomicInteger();

  PoolThreads(String pool, String role) {
    this.prefix = "procession-" + pool + "-" + role + "-";
  }

  @Override
  public Thread newThread(Runnable work) {
    Thread thread = new Thread(work, prefix + made.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  /** A thread that runs no user code and needs little stack; many may exist. */
  Thread newSmallThread(Runnable work) {
    Thread thread =
        new Thread(null, work, prefix + made.incrementAndGet(), SMALL_STACK_BYTES);
    thread.setDaemon(true);
    return thread;
  }
}

package dev.procession.cluster.internal.process;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Kills an engine's process that has not come so far in time: its pipe ends, and who waits there
 * goes on.
 */
public final class StartDeadline implements AutoCloseable {
  private final CountDownLatch closed = new CountDownLatch(1);
  private final EngineProcess process;
  private final long millis;
  private volatile boolean over;

  /** From now on. */
  public StartDeadline(EngineProcess process, long millis) {
    this.process = process;
    this.millis = millis;
    Thread thread = new Thread(this::watch, "procession-engine-deadline");
    thread.setDaemon(true);
    thread.start();
  }

  private void watch() {
    try {
      if (!closed.await(millis, TimeUnit.MILLISECONDS)) {
        over = true;
        process.kill();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether it was too late. */
  public boolean isOver() {
    return over;
  }

  /** It was in time. */
  @Override
  public void close() {
    closed.countDown();
  }
}

package dev.procession.testing;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A latch across processes: open once its file exists. A lambda may capture it.
 *
 * <pre>{@code
 * Gate begun = Gate.in(tmp, "begun");
 * Gate go = Gate.in(tmp, "go");
 * var future = pool.submit(() -> { begun.open(); go.await(); });
 * begun.await();
 * ...
 * go.open();
 * }</pre>
 */
public record Gate(String file) implements Serializable {
  private static final long POLL_NANOS = 2_000_000;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(50);

  /** A closed gate in a directory of the test's own. */
  public static Gate in(Path directory, String name) {
    return new Gate(directory.resolve(name + ".gate").toString());
  }

  /** Opens it for everybody, in whatever process; again does nothing. */
  public void open() {
    try {
      Files.write(Path.of(file), new byte[0]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether somebody has opened it. */
  public boolean isOpen() {
    return Files.exists(Path.of(file));
  }

  /**
   * Waits until somebody opens it.
   *
   * @throws IllegalStateException if nobody does in 50 seconds, or the thread is interrupted, which
   *     it stays
   */
  public void await() {
    if (!awaitOrInterrupt()) {
      throw new IllegalStateException("interrupted while waiting for " + file);
    }
  }

  /** Waits as {@link #await}, and no interrupt ends it. */
  public void awaitUninterruptibly() {
    while (!awaitOrInterrupt()) {
      Thread.interrupted();
    }
  }

  private boolean awaitOrInterrupt() {
    long until = System.nanoTime() + PATIENCE_NANOS;
    while (!isOpen()) {
      if (System.nanoTime() - until > 0) {
        throw new IllegalStateException("nobody opened " + file);
      }
      if (Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(this, POLL_NANOS);
    }
    return true;
  }
}

package dev.procession.internal.parent;

import dev.procession.PoolState;
import dev.procession.WhenFull;
import dev.procession.internal.os.ByteSize;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * Whether there is room for one more task, by number and by bytes. Guarded as a whole by the lock
 * that {@code notFull} belongs to.
 */
public final class Admission {
  private final PoolConfig config;
  private final Load load;
  private final Condition notFull;

  /** What there is already. */
  public interface Load {
    /** Tasks that have no outcome yet. */
    int unfinished();

    /** Those of them that wait. */
    int pending();

    /** Bytes of the tasks that have no outcome yet. */
    long heldBytes();
  }

  /**
   * Bounds what waits.
   *
   * @param notFull of the lock that guards it
   */
  public Admission(PoolConfig config, Load load, Condition notFull) {
    this.config = config;
    this.load = load;
    this.notFull = notFull;
  }

  /** Whether a task of that size has to wait or go. */
  public boolean isFull(long size) {
    return whyFull(size) != null;
  }

  /**
   * Waits until there is room, if that is what the pool was told to do when it is full, or the task
   * is cancelled meanwhile.
   *
   * @param stillOpen throws if the pool takes no more tasks
   * @param deadline a nanoTime, 0 for none
   * @return false if the deadline came first
   * @throws RejectedExecutionException if it is not to be waited for, or the thread is interrupted
   */
  public boolean await(PendingTask task, Runnable stillOpen, long deadline) {
    stillOpen.run();
    String full;
    while (task.place != PendingTask.Place.OVER && (full = whyFull(task.size())) != null) {
      if (config.whenFull() == WhenFull.REJECT) {
        throw new RejectedExecutionException("pool '" + config.name() + "' is full: " + full);
      }
      try {
        if (deadline == 0) {
          notFull.await();
        } else if (notFull.awaitNanos(deadline - System.nanoTime()) <= 0) {
          return false;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new RejectedExecutionException(
            "interrupted while waiting for room in pool '" + config.name() + "'", e);
      }
      stillOpen.run();
    }
    return true;
  }

  /** Why a pool that has left {@link PoolState#RUNNING} takes no task. */
  public static RejectedExecutionException closed(String pool, PoolState state) {
    return new RejectedExecutionException(
        "pool '" + pool + "' is shut down (" + state + ") and takes no more tasks");
  }

  /** Something has ended: who waits looks again. */
  public void changed() {
    notFull.signalAll();
  }

  private @Nullable String whyFull(long size) {
    if (load.unfinished() >= config.maxPending() && load.pending() >= config.maxPending()) {
      return load.pending() + " tasks wait, maxPending is " + config.maxPending();
    }
    long held = load.heldBytes();
    // A task larger than the bound is taken when nothing else is held: or it never could be.
    if (held > 0 && held > config.maxPendingBytes() - size) {
      return "it holds "
          + ByteSize.text(held)
          + " of tasks, this one has "
          + ByteSize.text(size)
          + ", maxPendingBytes is "
          + ByteSize.text(config.maxPendingBytes());
    }
    return null;
  }
}

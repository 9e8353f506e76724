package dev.procession.internal.parent;

import java.util.function.BooleanSupplier;

/** Who has been given tasks, and knows which of them have begun. Any thread may ask. */
public interface TaskHolder {

  /** Whether that call was begun and no outcome of it was read. */
  boolean isClaimed(long sequence);

  /** When the task that it runs, or its element, has begun; a nanoTime. */
  long begunAt(PendingTask task);

  /** Process id of the worker that runs it, or -1. */
  long pid();

  /** Tells that worker from all others of the pool, which may be on other machines. */
  default long origin() {
    return pid();
  }

  /** Reads results in the calling thread for as long as that pays, or until it is done. */
  void help(BooleanSupplier done);
}

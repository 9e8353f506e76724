package dev.procession.internal.parent;

/**
 * How many tasks have no outcome yet, and how many bytes are held for them. Guarded by the lock of
 * the backend that has them.
 */
public final class TaskAccount {
  private int unfinished;
  private long heldBytes;

  /** Of no task. */
  public TaskAccount() {}

  /** Tasks that have no outcome yet. */
  public int unfinished() {
    return unfinished;
  }

  /** Bytes of these. */
  public long heldBytes() {
    return heldBytes;
  }

  /** Takes a task that is going to wait in the queue. */
  public void enter(PendingTask task) {
    task.place = PendingTask.Place.QUEUED;
    unfinished++;
    heldBytes += task.size();
  }

  /** The task has an outcome, or will have at once. */
  public void settle(PendingTask task) {
    leave(task);
    task.end();
  }

  /** In place of a task there is another attempt at it, or at a part of it. */
  public void replace(PendingTask task, PendingTask again) {
    leave(task);
    if (again != task) {
      task.end();
    }
    enter(again);
  }

  private void leave(PendingTask task) {
    unfinished--;
    heldBytes -= task.size();
  }

  /** Cuts a task down to so many elements; returns the others, which are not in here. */
  PendingTask cut(PendingTask task, int elements) {
    heldBytes -= task.size();
    PendingTask rest = task.cutAt(elements);
    heldBytes += task.size();
    return rest;
  }
}

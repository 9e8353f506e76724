package dev.procession.internal.parent;

import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tasks that no worker has yet, first come first served. Guarded by the scheduler's lock.
 *
 * <p>A cancelled task stays in the deque until its turn comes; only the count is right at once.
 */
final class TaskQueue {
  private final ArrayDeque<PendingTask> tasks = new ArrayDeque<>();
  private int size;

  /** Tasks in it that still wait. */
  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  void addLast(PendingTask task) {
    tasks.addLast(task);
    size++;
  }

  void addFirst(PendingTask task) {
    tasks.addFirst(task);
    size++;
  }

  /** A task in it was cancelled. */
  void withdrawn() {
    size--;
    if (size == 0) {
      tasks.clear();
    }
  }

  /** The task whose turn it is, or null. */
  @Nullable PendingTask peek() {
    PendingTask task;
    while ((task = tasks.peekFirst()) != null && task.place == PendingTask.Place.OVER) {
      tasks.removeFirst();
    }
    return task;
  }

  /** Takes the task that {@link #peek} returned. */
  void removeFirst() {
    tasks.removeFirst();
    size--;
  }

  /** Takes all that still wait, in order. */
  List<PendingTask> drain() {
    List<PendingTask> all =
        tasks.stream().filter(task -> task.place != PendingTask.Place.OVER).toList();
    tasks.clear();
    size = 0;
    return all;
  }
}

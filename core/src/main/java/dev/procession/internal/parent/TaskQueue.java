package dev.procession.internal.parent;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tasks that no worker has yet: higher priority first, first come first served within one.
 * Guarded by the scheduler's lock.
 *
 * <p>No priority starves another: after {@link #PATIENCE} tasks that were taken while lower ones
 * waited, the one that was submitted first of all is taken. So a task that has {@code n} older ones
 * before it is overtaken at most {@code PATIENCE * (n + 1)} times, whatever is submitted meanwhile.
 *
 * <p>A cancelled task stays in its deque until its turn comes, or such tasks are the most of it;
 * only the count is right at once.
 */
public final class TaskQueue {
  static final int PATIENCE = 16;
  private static final int COMPACT_BEYOND = 1_024;

  /** A millisecond's work under the lock. */
  private static final int MOST_COUNTED = 20_000;

  /** The waiting tasks of one priority. */
  private static final class Level {
    final int priority;
    final ArrayDeque<PendingTask> tasks = new ArrayDeque<>();

    Level(int priority) {
      this.priority = priority;
    }

    @Nullable PendingTask first() {
      PendingTask task;
      while ((task = tasks.peekFirst()) != null && task.place == PendingTask.Place.OVER) {
        tasks.removeFirst();
      }
      return task;
    }
  }

  private final List<Level> levels = new ArrayList<>(); // the highest first
  private int size;
  private int dead; // cancelled tasks still in a deque, or more: those that were passed over
  private int overtaken;
  private int overtakenBefore;

  /** Holds none. */
  public TaskQueue() {}

  /** Tasks in it that still wait. */
  public int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  private Level level(int priority) {
    int at = 0;
    while (at < levels.size() && levels.get(at).priority > priority) {
      at++;
    }
    if (at == levels.size() || levels.get(at).priority != priority) {
      levels.add(at, new Level(priority));
    }
    return levels.get(at);
  }

  public void addLast(PendingTask task) {
    level(task.priority).tasks.addLast(task);
    size++;
  }

  /** Adds a task, which was taken before, ahead of all others of its priority. */
  public void addFirst(PendingTask task) {
    insertFirst(task);
    if (levels.get(0).priority > task.priority) {
      overtaken = PATIENCE; // it has had its turn already
    }
  }

  private void insertFirst(PendingTask task) {
    level(task.priority).tasks.addFirst(task);
    size++;
  }

  /** Puts the task that was taken last back, as if it had not been taken. */
  void putBack(PendingTask task) {
    insertFirst(task);
    overtaken = overtakenBefore;
  }

  /** A task in it was cancelled. */
  public void withdrawn() {
    size--;
    dead++;
    if (size == 0) {
      levels.clear();
      dead = 0;
    } else if (dead > size + COMPACT_BEYOND) {
      for (Level level : levels) {
        level.tasks.removeIf(task -> task.place == PendingTask.Place.OVER);
      }
      dead = 0;
    }
  }

  /** Takes the task whose turn it is, or returns null. */
  public @Nullable PendingTask poll() {
    if (levels.size() > 1) {
      levels.removeIf(level -> level.first() == null);
    }
    if (levels.isEmpty()) {
      return null;
    }
    Level next = levels.get(0);
    PendingTask task = next.first();
    if (task == null) {
      return null;
    }
    overtakenBefore = overtaken;
    overtaken = levels.size() == 1 ? 0 : overtaken + 1;
    if (overtaken > PATIENCE) {
      overtaken = 0;
      for (Level level : levels) {
        PendingTask first = level.first();
        if (first != null && first.id < task.id) {
          next = level;
          task = first;
        }
      }
    }
    next.tasks.removeFirst();
    size--;
    return task;
  }

  /** Tasks it keeps in memory, cancelled ones included; for tests. */
  int kept() {
    return levels.stream().mapToInt(level -> level.tasks.size()).sum();
  }

  /** Counts what waits by its names; beyond so many it takes the rest for like those. */
  public void count(NameCounts counts) {
    Map<String, Long> seen = new LinkedHashMap<>();
    int looked = 0;
    for (Level level : levels) {
      for (PendingTask task : level.tasks) {
        if (looked == MOST_COUNTED) {
          break;
        }
        if (task.place != PendingTask.Place.OVER) {
          looked++;
          seen.merge(task.name(), (long) task.count, Long::sum);
        }
      }
    }
    double each = looked == 0 ? 1 : Math.max(1, (double) size / looked);
    seen.forEach((name, tasks) -> counts.waiting(name, Math.round(each * tasks)));
  }

  /** Takes all that still wait, in the order of priorities. */
  public List<PendingTask> drain() {
    List<PendingTask> all = new ArrayList<>(size);
    for (Level level : levels) {
      for (PendingTask task : level.tasks) {
        if (task.place != PendingTask.Place.OVER) {
          all.add(task);
        }
      }
    }
    levels.clear();
    size = 0;
    return all;
  }
}

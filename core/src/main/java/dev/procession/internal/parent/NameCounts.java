package dev.procession.internal.parent;

import dev.procession.observe.NameCount;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How far the tasks of each name are, while it is being counted. */
public final class NameCounts {
  private final Map<String, Count> counts = new LinkedHashMap<>();

  private static final class Count {
    private long waiting;
    private long expected;
    private int running;
    private long done;
    private long failed;
  }

  private Count count(String name) {
    return counts.computeIfAbsent(name, unused -> new Count());
  }

  void waiting(String name, long tasks) {
    count(name).waiting += tasks;
  }

  void expected(String name, long elements) {
    if (elements > 0) {
      count(name).expected += elements;
    }
  }

  void ended(String name, ActivityLog.Tally tally) {
    Count count = count(name);
    count.done += tally.done();
    count.failed += tally.failed();
  }

  /** What a worker runs, and what waits in its ring. */
  void of(WorkerSlot slot) {
    for (PendingTask task : slot.tasksInRing()) {
      if (task.place != PendingTask.Place.IN_RING) {
        continue;
      }
      boolean runs = task.isClaimed();
      count(task.name()).running += runs ? 1 : 0;
      waiting(task.name(), Math.max(0, task.count - task.elementsDone() - (runs ? 1 : 0)));
    }
  }

  /** What was counted, name by name. */
  public List<NameCount> all() {
    return counts.entrySet().stream()
        .map(
            entry -> {
              Count count = entry.getValue();
              return new NameCount(
                  entry.getKey(),
                  count.waiting,
                  count.expected,
                  count.running,
                  count.done,
                  count.failed);
            })
        .toList();
  }
}

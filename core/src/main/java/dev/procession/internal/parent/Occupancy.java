package dev.procession.internal.parent;

import java.util.ArrayList;
import java.util.List;

/**
 * What is known of a pool's workers together, kept up by each of them: no task is to cost a look at
 * all workers, or a pool of many is slow although most of them idle. Guarded by the scheduler's
 * lock.
 */
final class Occupancy {
  private static final int UNKNOWN = -1;

  private final List<WorkerSlot> working = new ArrayList<>();
  private int usable = UNKNOWN;

  /** The workers that have calls in their ring, not a copy. */
  List<WorkerSlot> working() {
    return working;
  }

  /** A worker that had no calls has one. */
  void works(WorkerSlot slot) {
    working.add(slot);
  }

  /** A worker has no calls left, or is gone. */
  void rests(WorkerSlot slot) {
    working.remove(slot);
  }

  /** Whether a worker may be given tasks has changed. */
  void usableChanged() {
    usable = UNKNOWN;
  }

  /** How many of those workers may be given tasks, now or once they are ready. */
  int usable(List<WorkerSlot> slots) {
    if (usable == UNKNOWN) {
      usable = 0;
      for (WorkerSlot slot : slots) {
        usable += slot.isUsable() ? 1 : 0;
      }
    }
    return usable;
  }
}

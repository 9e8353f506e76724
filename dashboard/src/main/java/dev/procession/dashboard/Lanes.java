package dev.procession.dashboard;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The rows that workers are drawn in: who replaces another one goes on in its row. */
final class Lanes {
  private final Map<Integer, Integer> lanes = new HashMap<>();
  private final Map<Integer, Integer> owners = new HashMap<>();

  /** The lane of that worker: its own from now on, until it gives it up or is gone. */
  int of(int worker) {
    return lanes.computeIfAbsent(
        worker,
        unknown -> {
          int lane = 0;
          while (owners.putIfAbsent(lane, worker) != null) {
            lane++;
          }
          return lane;
        });
  }

  /** That worker begins nothing any more: another one may go on in its lane. */
  void giveUp(int worker) {
    owners.remove(of(worker), worker);
  }

  /** Forgets workers that are not among these. */
  void keep(Set<Integer> workers) {
    lanes
        .entrySet()
        .removeIf(
            entry -> {
              boolean gone = !workers.contains(entry.getKey());
              if (gone) {
                owners.remove(entry.getValue(), entry.getKey());
              }
              return gone;
            });
  }
}

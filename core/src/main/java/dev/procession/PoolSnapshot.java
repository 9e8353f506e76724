package dev.procession;

import java.io.Serializable;
import java.util.List;

/**
 * A pool at one instant: an immutable copy.
 *
 * @param name the pool's name
 * @param state where it is in its life
 * @param workers its live workers, in order of their numbers
 * @param minWorkers how many it keeps when nothing is to do
 * @param maxWorkers how many it has at the most, spares aside
 * @param pending tasks that no worker has begun
 * @param running tasks that a worker has begun
 * @param completed tasks that ended with a value, since the pool was built
 * @param failed tasks that ended with an exception
 * @param cancelled tasks that were cancelled
 * @param restarts workers started to replace one that ended other than by idling
 * @param memoryLimitBytes what a worker may hold with everything it starts, 0 for no limit
 */
public record PoolSnapshot(
    String name,
    PoolState state,
    List<WorkerSnapshot> workers,
    int minWorkers,
    int maxWorkers,
    int pending,
    int running,
    long completed,
    long failed,
    long cancelled,
    long restarts,
    long memoryLimitBytes)
    implements Serializable {

  /** Copies the list. */
  public PoolSnapshot {
    workers = List.copyOf(workers);
  }
}

package dev.procession;

/**
 * Hears what happens in a pool, in order, on the pool's callback executor.
 *
 * <p>Every method has an empty default. A listener that throws is logged and heard again next time;
 * a slow one delays later events and callbacks, never tasks.
 */
public interface PoolListener {
  /** The listener that does nothing. */
  PoolListener NONE = new PoolListener() {};

  /** A worker became ready. */
  default void workerReady(String pool, WorkerSnapshot worker) {}

  /** A worker process ended; {@code report.reason()} says why, {@link ExitReason#RETIRED} in good order. */
  default void workerEnded(String pool, CrashReport report) {}

  /** A task reached its final state. */
  default void taskDone(String pool, TaskStory story) {}
}

package dev.procession;

/**
 * The life of a pool; it never moves back.
 *
 * <pre>
 *   RUNNING ──► DRAINING ──► STOPPING ──► TERMINATED
 *      └───────────┴────────────▲
 * </pre>
 *
 * The short cut to STOPPING is {@code shutdownNow()} or a shutdown whose deadline passed.
 */
public enum PoolState {
  /** Takes and runs tasks. */
  RUNNING,
  /** Takes no task any more; runs those it has. */
  DRAINING,
  /** Has no task left; workers are ending. */
  STOPPING,
  /** No worker, thread or file of the pool is left. */
  TERMINATED;

  boolean canMoveTo(PoolState next) {
    return next.ordinal() > ordinal();
  }
}

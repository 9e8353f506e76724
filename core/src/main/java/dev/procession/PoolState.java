package dev.procession;

/**
 * The life of a pool; it never moves back.
 *
 * <pre>
 *   RUNNING ──► DRAINING ──► STOPPING ──► TERMINATED
 *      │           │            │             ▲
 *      └───────────┴────────────┴──► BROKEN ──┘
 * </pre>
 *
 * BROKEN is where a pool goes that can start no worker any more.
 */
public enum PoolState {
  /** Takes and runs tasks. */
  RUNNING,
  /** Takes no task any more; runs those it has. */
  DRAINING,
  /** Has no task left; workers are ending. */
  STOPPING,
  /** Can start no worker: its tasks have failed, and {@code submit} says why. */
  BROKEN,
  /** No worker, thread or file of the pool is left. */
  TERMINATED;

  /** Whether a pool in this state may move to {@code next}. */
  public boolean canMoveTo(PoolState next) {
    return next.compareTo(this) > 0;
  }
}

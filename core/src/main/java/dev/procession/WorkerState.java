package dev.procession;

/**
 * The life of a worker process.
 *
 * <pre>
 *   STARTING ──► IDLE ◄──► BUSY ──► RETIRING ──► DEAD
 *       │          └─────────────────▲   │        ▲
 *       └────────────────────────────────┴────────┘   (any state, when the process ends)
 * </pre>
 *
 * A worker that was interrupted, timed out or ran out of memory goes to RETIRING and never back.
 */
public enum WorkerState {
  /** The process is being launched, or runs its initializer. */
  STARTING,
  /** Ready, with nothing to do. */
  IDLE,
  /** Has at least one task in its ring. */
  BUSY,
  /** Gets no further task; ends after the one it has, or is being killed. */
  RETIRING,
  /** The process is gone. */
  DEAD;

  /** Whether a worker in this state may move to {@code next}. */
  public boolean canMoveTo(WorkerState next) {
    return switch (this) {
      case STARTING -> next == IDLE || next == RETIRING || next == DEAD;
      case IDLE -> next == BUSY || next == RETIRING || next == DEAD;
      case BUSY -> next == IDLE || next == RETIRING || next == DEAD;
      case RETIRING -> next == DEAD;
      case DEAD -> false;
    };
  }
}

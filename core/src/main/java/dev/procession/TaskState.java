package dev.procession;

/**
 * The life of a task, as its future tells it.
 *
 * <pre>
 *   PENDING ──► RUNNING ──► SUCCEEDED
 *      │           ├──────► FAILED
 *      │           └──────► CANCELLED    (only by stopping it: cancel(true))
 *      ├──────────────────► CANCELLED    (no worker had begun it)
 *      └──────────────────► FAILED       (it could never begin: worker start failed, unreadable task)
 * </pre>
 *
 * The last three are final, and the same for everybody: {@code get}, {@code await}, {@code
 * asCompleted} and callbacks agree at once.
 */
public enum TaskState {
  /** Waiting; no worker has begun it. Prefetched by a worker still counts as waiting. */
  PENDING,
  /** A worker has begun it. */
  RUNNING,
  /** It returned a value. */
  SUCCEEDED,
  /** It threw, crashed its worker, overran its deadline, or could not be run. */
  FAILED,
  /** It was cancelled. */
  CANCELLED;

  /** Whether this state is final. */
  public boolean isDone() {
    return this == SUCCEEDED || this == FAILED || this == CANCELLED;
  }

  /** Whether a task in this state may move to {@code next}. */
  public boolean canMoveTo(TaskState next) {
    return switch (this) {
      case PENDING -> next == RUNNING || next == FAILED || next == CANCELLED || next == SUCCEEDED;
      case RUNNING -> next.isDone();
      case SUCCEEDED, FAILED, CANCELLED -> false;
    };
  }
}

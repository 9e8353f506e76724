package dev.procession;

/** What {@code submit} does when {@link ProcessPoolExecutor.Builder#maxPending} tasks already wait. */
public enum WhenFull {
  /** {@code submit} waits for room; an interrupt ends the wait with a {@code RejectedExecutionException}. */
  BLOCK,
  /** {@code submit} throws {@code RejectedExecutionException} at once. */
  REJECT
}

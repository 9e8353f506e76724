package dev.procession.internal.wire;

/**
 * Where a call in a worker's ring is, as its state word in shared memory says.
 *
 * <pre>
 *   QUEUED ──► CLAIMED     compare-and-set by the worker, as it begins
 *      └─────► REVOKED     compare-and-set by the parent: cancelled or taken back
 * </pre>
 *
 * Exactly one of the two succeeds. The word holds the call's sequence beside the state, so a late
 * compare-and-set on a slot that has been used again fails. The parent alone writes QUEUED.
 */
public enum CallState {
  /** Nothing was ever put in the slot. */
  NONE,
  /** In the ring; nobody has begun it. */
  QUEUED,
  /** The worker has begun it. */
  CLAIMED,
  /** The parent has taken it back; the worker skips it. */
  REVOKED;

  static final int BITS = 2;

  long word(long sequence) {
    return sequence << BITS | ordinal();
  }
}

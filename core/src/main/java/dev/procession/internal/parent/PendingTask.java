package dev.procession.internal.parent;

import dev.procession.internal.codec.CallKind;
import org.jspecify.annotations.Nullable;

/**
 * A task the pool has taken, as the parent holds it until its outcome is known: the encoded work and
 * where it is.
 *
 * <p>Where it is changes under the scheduler's lock only; the fields are volatile for those who just
 * look. The outcome belongs to the subclass.
 */
abstract class PendingTask {
  /**
   * Where the work is.
   *
   * <pre>
   *   QUEUED ◄──► IN_RING ──► OVER        QUEUED ──► OVER
   * </pre>
   *
   * Back from IN_RING only if the parent has revoked it or its worker died before it claimed it.
   */
  enum Place {
    /** In the scheduler's queue. */
    QUEUED,
    /** In a worker's ring, claimed or not. */
    IN_RING,
    /** Decided: a result was read, or it was cancelled, stopped or lost. */
    OVER
  }

  final long id;
  final CallKind kind;

  /** Elements of a chunk, 1 for a plain call. */
  final int count;

  /** How long it, or each of its elements, may run; 0 for ever. */
  final long timeoutNanos;

  private final String name;

  // Written under the scheduler's lock.
  volatile Place place = Place.QUEUED;
  volatile @Nullable WorkerSlot slot;
  volatile long sequence;
  byte @Nullable [] payload;
  long placedAt;

  PendingTask(
      long id, CallKind kind, int count, byte[] payload, String name, long timeoutNanos) {
    this.id = id;
    this.kind = kind;
    this.count = count;
    this.payload = payload;
    this.name = name;
    this.timeoutNanos = timeoutNanos;
  }

  final String name() {
    return name;
  }

  /** Whether a worker has begun it and its outcome is not known; exact. */
  final boolean isClaimed() {
    WorkerSlot in = slot;
    return place == Place.IN_RING && in != null && in.isClaimed(sequence);
  }

  /**
   * An element's outcome was read. Outside the lock, in order for a task, on the thread that drains
   * the ring: no user code.
   */
  abstract void element(ElementResult result);

  /**
   * The task is over without a result of its own: cancelled, stopped or lost. Outside the lock.
   *
   * @param failure null if it was cancelled
   */
  abstract void over(@Nullable Throwable failure);

  /**
   * What is still to do after the running element ended badly, or null if nothing is. Under the lock.
   */
  @Nullable PendingTask rest() {
    return null;
  }

  /** How many of its elements have an outcome. */
  int elementsDone() {
    return 0;
  }

  /** Under the lock, if the worker may take fewer elements than there are: null if it cannot be cut. */
  @Nullable PendingTask cutAt(int elements) {
    return null;
  }
}

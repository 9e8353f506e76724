package dev.procession.internal.parent;

import dev.procession.TaskFailedException;
import dev.procession.internal.codec.CallKind;
import dev.procession.internal.codec.ValueCodec;
import dev.procession.internal.wire.SegmentRef;
import org.jspecify.annotations.Nullable;

/**
 * A task the pool has taken, as the parent holds it until its outcome is known: the encoded work
 * and where it is.
 *
 * <p>Where it is changes under the scheduler's lock only; the fields are volatile for those who
 * just look. The outcome belongs to the subclass.
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

  /** Elements of a chunk, 1 for a plain call; changed only while it is queued. */
  int count;

  /** How long it, or each of its elements, may run; 0 for ever. */
  final long timeoutNanos;

  private final String name;

  // Written under the scheduler's lock.
  volatile Place place = Place.QUEUED;
  volatile @Nullable WorkerSlot slot;
  volatile long sequence;
  byte @Nullable [] payload;
  byte @Nullable [] withdrawn;
  long placedAt;

  /** Set when a claimed task has ended, is stopped or is lost, before its place is OVER. */
  volatile long begunAt;

  /** Set under the lock when it is cancelled. */
  boolean cancelled;

  /** Set when its worker's process was found to have ended. */
  long lostAt;

  @Nullable SegmentRef segment;

  PendingTask(long id, CallKind kind, int count, byte[] payload, String name, long timeoutNanos) {
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

  /** Whether a worker has begun it and no outcome was read; exact. */
  final boolean isClaimed() {
    return place == Place.IN_RING && hasBegun();
  }

  /** Whether a worker has begun it; stays true. */
  final boolean hasBegun() {
    if (begunAt != 0) {
      return true;
    }
    WorkerSlot in = slot;
    long call = sequence;
    // It may have moved to another worker between the reads; a claimed call never moves.
    return in != null && in.isClaimed(call) && slot == in && sequence == call;
  }

  /** When the running element began, as far as is known; 0 if none has. */
  final long startedAt() {
    WorkerSlot in = slot;
    return begunAt != 0 ? begunAt : isClaimed() && in != null ? in.begunAt(this) : 0;
  }

  /** Process id of the worker that began it, or -1. */
  final long startedBy() {
    WorkerSlot in = slot;
    return in != null && (begunAt != 0 || isClaimed()) ? in.pid() : -1;
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
   * What is still to do after one element ended the call early, or null if nothing is. Under the
   * lock.
   *
   * @param element index of the last element that has an outcome or will have
   */
  @Nullable PendingTask restAfter(int element) {
    return null;
  }

  /** The work of a task that was withdrawn, for whoever may want to run it after all. */
  final byte[] withdrawnPayload() {
    byte[] left = withdrawn;
    return left == null ? new byte[0] : left;
  }

  /** Runs withdrawn work in the calling thread and drops the result; what it throws is thrown. */
  void runHere(byte[] work, ValueCodec codec) {
    try {
      kind.run(codec.decode(work, 0, work.length));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Exception e) {
      throw new TaskFailedException("task '" + name + "' threw " + TaskFuture.textOf(e), e);
    }
  }

  /** How many of its elements have an outcome. */
  int elementsDone() {
    return 0;
  }

  /** Keeps that many elements and returns a task of the others. Under the lock. */
  PendingTask cutAt(int elements) {
    throw new AssertionError("a plain call cannot be cut at " + elements);
  }
}

package dev.procession.internal.parent;

import dev.procession.TaskFailedException;
import dev.procession.internal.codec.CallCodec;
import dev.procession.internal.codec.CallKind;
import dev.procession.internal.codec.OutOfBand;
import dev.procession.internal.flight.FlightLog;
import dev.procession.internal.flight.FlightLog.TaskFlight;
import dev.procession.internal.wire.ProgressReport;
import dev.procession.internal.wire.SegmentReader;
import dev.procession.internal.wire.SegmentRef;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * A task the pool has taken, as the parent holds it until its outcome is known: the encoded work
 * and where it is.
 *
 * <p>Where it is changes under the scheduler's lock only; the fields are volatile for those who
 * just look. The outcome belongs to the subclass.
 */
public abstract class PendingTask {
  /**
   * Where the work is.
   *
   * <pre>
   *   NEW ──► QUEUED ◄──► IN_RING ──► OVER        NEW, QUEUED ──► OVER
   * </pre>
   *
   * Back from IN_RING only if the parent has revoked it, its worker died before it claimed it, or
   * its worker crashed under it and it may be retried.
   */
  public enum Place {
    /** Not taken by the scheduler yet: it may be waiting for room. */
    NEW,
    /** In the scheduler's queue. */
    QUEUED,
    /** In a worker's ring, claimed or not. */
    IN_RING,
    /** Decided: a result was read, or it was cancelled, stopped or lost. */
    OVER
  }

  public final long id;
  public final CallKind kind;

  /** Elements of a chunk, 1 for a plain call; cut down under the scheduler's lock. */
  public volatile int count;

  /** How long it, or each of its elements, may run; 0 for ever. */
  public final long timeoutNanos;

  public final int priority;
  private final TaskTerms terms;

  /** What the flight recorder is to hear of it; null while nothing records. */
  final @Nullable TaskFlight flight = FlightLog.submitting();

  /** Attempts that crashed and were followed by another; changed only while it is nowhere. */
  public volatile int crashes;

  /** An attempt of it took its worker along: the next one is to have a worker that is new. */
  public volatile boolean suspect;

  // Written under the scheduler's lock.
  public volatile Place place = Place.NEW;
  public volatile @Nullable TaskHolder holder;
  public volatile long sequence;
  public byte @Nullable [] payload;
  long placedAt;

  /** The payload together with the large parts that it refers to, if there are any. */
  private PartStore.@Nullable Stored stored;

  /** Of a task that was withdrawn: what a worker would have been given. */
  private @Nullable Work withdrawn;

  /** Set while it is in a ring: its worker may be reading what is stored. */
  private boolean isInRing;

  /** Set when a claimed task has ended, is stopped or is lost, before its place changes. */
  public volatile long begunAt;

  /** Process id of the worker that began the attempt before this one. */
  private volatile long crashedIn = -1;

  /*
   * Who decides the outcome of an element, or of the task: the one who moves this past it by
   * compare-and-set. Who reads results moves it from the first element's index behind the last; who ends the task
   * without one, under the scheduler's lock, moves it to SEIZED. Both go on to tell the outcome, once.
   */
  private static final AtomicIntegerFieldUpdater<PendingTask> DECIDED =
      AtomicIntegerFieldUpdater.newUpdater(PendingTask.class, "decided");

  private static final int SEIZED = Integer.MAX_VALUE;

  private volatile int decided;

  /** The first element without an outcome of its own when the task was seized. */
  private volatile int seizedAt;

  /** Of {@link #elementsRead}: the frame that ends the call was read, and none may follow. */
  static final int ALL_READ = Integer.MAX_VALUE;

  /** Elements whose results were read; for who drains the ring. */
  int elementsRead;

  /** Set under the lock when it is cancelled. */
  public boolean cancelled;

  /** Set when its worker's process was found to have ended. */
  long lostAt;

  @Nullable SegmentRef segment;

  PendingTask(
      long id,
      CallKind kind,
      int count,
      byte[] payload,
      PartStore.@Nullable Stored stored,
      TaskTerms terms) {
    this.id = id;
    this.kind = kind;
    this.count = count;
    this.payload = payload;
    this.stored = stored;
    this.terms = terms;
    this.timeoutNanos = terms.timeoutNanos();
    this.priority = terms.priority();
  }

  /** When it was submitted, a nanoTime. */
  abstract long submittedAt();

  public final TaskTerms terms() {
    return terms;
  }

  public final String name() {
    return terms.name();
  }

  /** Bytes of the work, as long as it is held. */
  public final long size() {
    byte[] work = payload;
    PartStore.Stored parts = stored;
    return (work == null ? 0 : work.length) + (parts == null ? 0L : parts.length());
  }

  /** The payload together with its large parts, if it has any. */
  final PartStore.@Nullable Stored stored() {
    return stored;
  }

  /** A worker may read it from now on. Under the lock. */
  final void enterRing() {
    isInRing = true;
    if (flight != null) {
      flight.given();
    }
  }

  /** No worker reads it any more, and perhaps none will. Under the lock. */
  final void leaveRing() {
    isInRing = false;
    letGo();
  }

  /** It is over: nobody begins it any more. Under the lock. */
  public final void end() {
    seize();
    place = Place.OVER;
    payload = null;
    letGo();
  }

  private void letGo() {
    PartStore.Stored parts = stored;
    if (parts != null && place == Place.OVER && !isInRing) {
      if (withdrawn == null) {
        parts.giveBack();
      }
      stored = null;
    }
  }

  /** It is about to end, but its work is kept for whoever may want to run it after all. */
  public final void withdraw() {
    byte[] work = payload;
    withdrawn = Work.of(work == null ? new byte[0] : work, stored);
  }

  /** The number of the lambda whose definition a worker needs for this work, or -1. */
  public int lambda() {
    byte[] work = payload;
    return work == null ? -1 : CallCodec.lambdaIn(work);
  }

  /** Whether the worker reads the work with its serializer, if only in part. */
  public boolean needsSerializer() {
    byte[] work = payload;
    return work != null && CallCodec.needsSerializer(work);
  }

  /** Whether a worker has begun it and no outcome was read; exact. */
  final boolean isClaimed() {
    return place == Place.IN_RING && isClaimedInRing();
  }

  /** Whether a worker has begun it; stays true, also between two attempts. */
  public final boolean hasBegun() {
    // In this order: whoever ends a claimed task sets the time before it is not claimed any more.
    return isClaimedInRing() || begunAt != 0;
  }

  private boolean isClaimedInRing() {
    TaskHolder in = holder;
    long call = sequence;
    // It may have moved to another holder between the reads; a claimed call never moves.
    return in != null && in.isClaimed(call) && holder == in && sequence == call;
  }

  /** When the running element, or the last attempt, began, as far as is known; 0 if none has. */
  public final long startedAt() {
    TaskHolder in = holder;
    return isClaimed() && in != null ? in.begunAt(this) : begunAt;
  }

  /** Process id of the worker that began it last, or -1. */
  public final long startedBy() {
    TaskHolder in = holder;
    boolean here = in != null && (isClaimed() || (begunAt != 0 && place == Place.OVER));
    return here && in != null ? in.pid() : crashedIn;
  }

  /** How many attempts were begun, as far as is known. */
  final int attempts() {
    boolean another = isClaimed() || (place == Place.OVER && begunAt != 0);
    return crashes + (another ? 1 : 0);
  }

  /**
   * Its worker crashed under it: what is to be run anew, or null if it may not be. Under the lock.
   */
  public final @Nullable PendingTask afterCrash() {
    return crashes >= terms.retries() ? null : anotherAttempt(again(), /* isSuspect= */ true);
  }

  /** As {@link #afterCrash}, where nobody can say how much of it was done. Under the lock. */
  public final @Nullable PendingTask afterLoss() {
    return crashes >= terms.retries() ? null : anotherAttempt(remaining(), suspect);
  }

  /** Whether an earlier attempt of it has begun, so that it cannot be said that it never did. */
  boolean hasBegunBefore() {
    return crashes > 0;
  }

  private PendingTask anotherAttempt(PendingTask again, boolean isSuspect) {
    TaskHolder in = holder;
    again.crashedIn = in == null ? -1 : in.pid();
    again.begunAt = begunAt;
    again.crashes = crashes + 1;
    again.suspect = isSuspect;
    again.holder = null;
    return again;
  }

  /** The work that ran when its worker crashed. Under the lock. */
  abstract PendingTask again();

  /** All that has no outcome yet. Under the lock. */
  PendingTask remaining() {
    return again();
  }

  /** Results of so many elements, one after another, were read: whether they are the outcomes. */
  public final boolean decide(int element, int elements) {
    return DECIDED.compareAndSet(this, element, element + elements);
  }

  /** Ends it: no result is an outcome any more. Under the lock; again changes nothing. */
  final void seize() {
    int from = DECIDED.getAndSet(this, SEIZED);
    if (from != SEIZED) {
      seizedAt = from;
    }
  }

  /** How many of its elements have an outcome of their own. */
  public final int elementsDone() {
    int from = decided;
    return from == SEIZED ? seizedAt : from;
  }

  /**
   * An element's outcome was read. Outside the lock, in order for a task, on the thread that drains
   * the ring: no user code.
   */
  public abstract void element(ElementResult result);

  /** A worker has said how far it is; new or old. Outside the lock, on any thread: no user code. */
  public void progress(ProgressReport report) {}

  /** As {@link #element}, of several elements of a chunk, none of which is the last. */
  void elements(ElementRun run) {
    throw new AssertionError("a plain call has no elements");
  }

  /**
   * The task is over: cancelled, stopped, lost, or never to begin. Every element that has no
   * outcome of its own gets this one. Outside the lock, after it was seized.
   *
   * @param failure null if it was cancelled
   */
  public abstract void over(@Nullable Throwable failure);

  /**
   * Cuts off what is still to do after an element that ended the call early: returns it, or null if
   * nothing is. Under the lock.
   *
   * @param element index of the last element that has an outcome or will have; -1 for none
   */
  public @Nullable PendingTask restAfter(int element) {
    return null;
  }

  /** The work of a task that was withdrawn. */
  final Work withdrawnWork() {
    return Objects.requireNonNull(withdrawn);
  }

  /**
   * What a worker would have been given.
   *
   * @param payload the encoded work
   * @param stored the same together with its large parts, if it has any
   * @param lost why these could not be kept
   */
  record Work(byte[] payload, @Nullable ByteBuffer stored, @Nullable IOException lost) {
    static Work of(byte[] payload, PartStore.@Nullable Stored stored) {
      try {
        return new Work(payload, stored == null ? null : stored.view(), null);
      } catch (IOException e) {
        return new Work(payload, null, e);
      }
    }

    /** A copy of the large parts. */
    OutOfBand beside() throws IOException {
      if (lost != null) {
        throw lost;
      }
      return stored == null ? OutOfBand.NONE : OutOfBand.read(SegmentReader.of(stored)).beside();
    }
  }

  /** Runs withdrawn work in the calling thread and drops the result; what it throws is thrown. */
  void runHere(Work work, PoolCodec codec) {
    try {
      byte[] payload = work.payload();
      kind.run(codec.calls().decode(payload, 0, payload.length, work.beside()));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Exception e) {
      throw new TaskFailedException("task '" + name() + "' threw " + TaskFuture.textOf(e), e);
    }
  }

  /** Keeps that many elements and returns a task of the others. Under the lock. */
  public PendingTask cutAt(int elements) {
    throw new AssertionError("a plain call cannot be cut at " + elements);
  }
}

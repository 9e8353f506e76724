package dev.procession.cluster.internal.submitter;

import dev.procession.internal.parent.PendingTask;
import dev.procession.internal.parent.TaskHolder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a task, or at the part of a chunk that travels together: from the moment when a
 * member was chosen. Guarded by the backend's lock, but for what is volatile.
 */
final class Call extends Envelope implements TaskHolder {
  final PendingTask task;

  /** Tells it from all others of this submitter at that member; a member gives negative ones. */
  long number;

  /** {@link Attachment#index} of its member. */
  private volatile int index;

  /** When a worker began it, as far as was told; a nanoTime of this process. */
  private volatile long begunAt;

  private volatile long pid = -1;

  /** Somebody waits to hear whether it has begun, for then it is not to begin any more. */
  boolean revoked;

  /**
   * Of a detached task that was claimed, the member that has it; the dispatcher has nothing to do
   * with it.
   */
  @Nullable Attachment keptAt;

  /** The answer: it had not. */
  boolean isWithdrawn;

  Call(PendingTask task) {
    super(task.size());
    this.task = task;
  }

  /** Whether its task still wants an outcome. */
  boolean isWanted() {
    return task.place == PendingTask.Place.IN_RING;
  }

  /** A member has it from now on, under its number. */
  void placed() {
    task.sequence = number;
    task.holder = this;
    task.place = PendingTask.Place.IN_RING;
  }

  /** Has its task remember that it has begun, before the call does not say so any more. */
  void keepBegun() {
    if (place == Place.BEGUN && isWanted()) {
      task.begunAt = begunAtLeast();
    }
  }

  /** A worker has begun it. */
  void begun(Attachment member, long nanoTime, long worker) {
    begunAt = keptAt == null ? Math.max(nanoTime, sentAt) : nanoTime; // it may have been long ago
    index = member.index;
    pid = worker;
  }

  /** When it began, or at the earliest. */
  long begunAtLeast() {
    return begunAt == 0 ? sentAt : begunAt;
  }

  @Override
  public boolean isClaimed(long sequence) {
    return place == Place.BEGUN && sequence == number;
  }

  @Override
  public long begunAt(PendingTask of) {
    return begunAt;
  }

  @Override
  public long pid() {
    return pid;
  }

  @Override
  public long origin() {
    return (long) index << Integer.SIZE | Integer.toUnsignedLong((int) pid);
  }

  /** Which member an origin is of. */
  static int indexIn(long origin) {
    return (int) (origin >>> Integer.SIZE);
  }

  /** The process id in an origin. */
  static long pidIn(long origin) {
    return origin & 0xFFFF_FFFFL;
  }

  @Override
  public void help(BooleanSupplier done) {
    // Results come on a thread of their own, long after any spinning would have paid.
  }
}

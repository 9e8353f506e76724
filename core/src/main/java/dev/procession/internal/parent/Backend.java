package dev.procession.internal.parent;

import dev.procession.BrokenProcessPoolException;
import dev.procession.PoolSnapshot;
import dev.procession.PoolState;
import dev.procession.Shared;
import dev.procession.SharedBuffer;
import dev.procession.internal.codec.BufferHandle;
import dev.procession.internal.codec.OutOfBand;
import dev.procession.observe.PoolView;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Where the tasks of a pool run: takes them, ends them, and tells each what becomes of it. Any
 * thread may call it; it completes no future while the caller holds a lock of it.
 */
public interface Backend {

  /* ---- Tasks ---- */

  /** An id for a task that is about to be submitted. */
  long nextId();

  /** The first task is about to be encoded, which takes long once: what it needs may start. */
  void anticipate();

  /**
   * Returns if tasks are taken.
   *
   * @throws BrokenProcessPoolException if the pool is broken
   * @throws RejectedExecutionException if it is shut down, or the JVM is exiting
   */
  void checkOpen();

  /** Whether not even the smallest task would be taken now. */
  boolean isFull();

  /**
   * Takes a task; waits for room if that is what the pool was told to do.
   *
   * @throws RejectedExecutionException if the pool is shut down, or full and not to be waited for
   * @throws BrokenProcessPoolException if the pool is broken
   */
  void submit(PendingTask task);

  /**
   * As {@link #submit}, but waits until a deadline at most.
   *
   * @param deadline a nanoTime, 0 for none
   * @return false if there was no room in time
   */
  boolean submitBy(PendingTask task, long deadline);

  /** How many tasks can run at a time, as far as is known at present; at least 1. */
  int width();

  /** How much of a map is to be under way, so that no worker waits for the next chunk. */
  MapPace mapPace();

  /** Takes a task as {@link #submit} does, or returns false if the pool is full. */
  boolean offer(PendingTask task);

  /** Ends a task that was not taken, if it was not. */
  void drop(PendingTask task);

  /**
   * Cancels a task, if it has not ended; a begun one only if it may be interrupted.
   *
   * @return whether it is cancelled; if by another thread, that one may yet have to tell the future
   */
  boolean cancel(PendingTask task, boolean mayInterrupt);

  /* ---- Data beside the tasks ---- */

  /** Whether large parts of a call may travel beside it. */
  boolean takesParts();

  /**
   * Puts a payload with large parts where workers find it; null if there is no room for it.
   *
   * @throws RuntimeException if a part cannot be read, or it is 2 GiB or more
   */
  PartStore.@Nullable Stored store(byte[] payload, OutOfBand beside);

  /** Gives a value, and what it was encoded to, to all workers. */
  <T extends @Nullable Object> Shared<T> share(T value, byte[] encoded);

  /** Memory that parent and workers share. */
  SharedBuffer allocate(long size);

  /**
   * What has to be referred to so that these buffers, written into a call, live until it is read.
   */
  List<BufferHandle> kept(List<BufferHandle> crossed);

  /* ---- Life ---- */

  /** Takes no more tasks, and ends when those it has have ended; again does nothing. */
  void shutdown();

  /** Cancels what no worker has begun. */
  void cancelPending();

  /**
   * What a shutdown cut off.
   *
   * @param neverBegun in order
   * @param begun what ran, or waited for another attempt
   */
  record CutOff(List<PendingTask> neverBegun, List<PendingTask> begun) {}

  /**
   * Cancels everything, and stops what runs.
   *
   * @param keepWork whether somebody may want to run what never began
   */
  CutOff cancelAll(boolean keepWork);

  /** Ends what still runs without waiting for anything. */
  void killAll();

  /** Waits for the end; false if it did not come in time. */
  boolean awaitTermination(long nanos) throws InterruptedException;

  /** How far the pool is in its life. */
  PoolState state();

  /* ---- Looking ---- */

  /** The pool at this instant. */
  PoolSnapshot snapshot();

  /**
   * The pool as it is seen from outside.
   *
   * @throws IllegalStateException where there is nothing to see
   */
  PoolView view();

  /** Something is to be done at that nanoTime. */
  void wakeBy(long nanoTime);
}

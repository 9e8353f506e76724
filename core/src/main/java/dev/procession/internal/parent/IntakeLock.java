package dev.procession.internal.parent;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A lock with an intake for tasks that come while another thread holds it: they are left there, and
 * the holder takes them in before it goes, so that nobody has to sleep and be woken for work of a
 * microsecond (flat combining, after Hendler, Incze, Shavit and Tzafrir, SPAA 2010).
 *
 * <p>What a thread has left is taken in before anything else that it does under the lock, unless
 * more than {@link #MOST_AT_ONCE} are there; it then has its later tasks follow through the intake.
 */
final class IntakeLock<T> {
  /** The holder has work of its own. */
  private static final int MOST_AT_ONCE = 1_024;

  private static final long RECENT_NANOS = 50_000_000;

  private final ReentrantLock lock = new ReentrantLock();
  private final ConcurrentLinkedQueue<T> intake = new ConcurrentLinkedQueue<>();
  private final Consumer<T> taker;
  private volatile long leftAt = System.nanoTime() - RECENT_NANOS; // some task, the last time

  /**
   * @param taker takes a task in; called under the lock
   */
  IntakeLock(Consumer<T> taker) {
    this.taker = taker;
  }

  Condition newCondition() {
    return lock.newCondition();
  }

  void lock() {
    lock.lock();
    if (lock.getHoldCount() == 1) {
      takeIn(MOST_AT_ONCE);
    }
  }

  /**
   * Locks as {@link #lock} does, if no other thread has the lock and nothing is left to take in.
   */
  boolean tryLock() {
    if (!intake.isEmpty() || !lock.tryLock()) {
      return false;
    }
    if (intake.isEmpty()) {
      return true;
    }
    unlock();
    return false;
  }

  void unlock() {
    lock.unlock();
    if (!lock.isHeldByCurrentThread()) {
      takeInIfFree();
    }
  }

  /** Leaves a task to whoever has the lock; the caller must not. */
  void leave(T task) {
    intake.add(task);
    leftAt = System.nanoTime();
    takeInIfFree();
  }

  /** Whether a task was left lately. */
  boolean isContended() {
    return System.nanoTime() - leftAt < RECENT_NANOS;
  }

  /** Takes a task back that was left; false if it was taken in. */
  boolean takeBack(T task) {
    return intake.remove(task);
  }

  /** Takes in all that was left. Under the lock. */
  void takeInAll() {
    takeIn(Integer.MAX_VALUE);
  }

  /* Who leaves a task and finds the lock taken may go: its holder looks here after it has released it. */
  private void takeInIfFree() {
    while (!intake.isEmpty() && lock.tryLock()) {
      try {
        takeIn(MOST_AT_ONCE);
      } finally {
        lock.unlock();
      }
    }
  }

  private void takeIn(int most) {
    T task;
    for (int i = 0; i < most && (task = intake.poll()) != null; i++) {
      taker.accept(task);
    }
  }
}

package dev.procession.internal.worker;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The thread that runs tasks, seen from a thread that wants to interrupt one of them: an interrupt
 * reaches the task it is meant for or nobody.
 */
final class TaskThread {
  /*
   *   current:   0 ──begin──► sequence ──end──► 0
   *                              └──interrupt──► -sequence ──interrupted──► INTERRUPTED ──end──► 0
   *
   * While it is -sequence the interrupt is being delivered and the end of the task waits for it.
   */
  private static final long INTERRUPTED = Long.MIN_VALUE;

  private final Thread thread;
  private final AtomicLong current = new AtomicLong();

  TaskThread(Thread thread) {
    this.thread = thread;
  }

  void begin(long sequence) {
    current.setRelease(sequence);
  }

  /** Whether the task that ends was interrupted from outside; clears the thread's interrupt. */
  boolean end(long sequence) {
    boolean interrupted = !current.compareAndSet(sequence, 0);
    if (interrupted) {
      while (current.get() != INTERRUPTED) {
        Thread.onSpinWait();
      }
      current.set(0);
    }
    Thread.interrupted();
    return interrupted;
  }

  /** Whether an interrupt from outside has reached the task that runs. */
  boolean isInterrupted(long sequence) {
    return current.get() != sequence;
  }

  void interrupt(long sequence) {
    if (current.compareAndSet(sequence, -sequence)) {
      thread.interrupt();
      current.set(INTERRUPTED);
    }
  }
}

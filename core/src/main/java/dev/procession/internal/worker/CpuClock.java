package dev.procession.internal.worker;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.jspecify.annotations.Nullable;

/**
 * Processor time of the task thread, exact to about {@link #EXACT_NANOS} and free for tasks that
 * are shorter than that.
 *
 * <p>Reading the thread's clock is a system call. So it is read only after a task that ran longer,
 * and the time since the last reading is taken off again: the thread never slept in it, though it
 * may have waited for a processor. So that time is kept short, see {@link #begins}.
 */
final class CpuClock {
  static final long EXACT_NANOS = 50_000;

  /** A reading costs less than a thousandth of this. */
  private static final long READING_NANOS = 1_000_000;

  private volatile @Nullable ThreadMXBean threads;
  private long readAt;
  private long readCpu;

  /** Loads what is slow to load; off the task thread. */
  void load() {
    ThreadMXBean bean = ManagementFactory.getThreadMXBean();
    if (bean.isCurrentThreadCpuTimeSupported()) {
      threads = bean;
    }
  }

  /** The task thread has slept, or is about to run its first task. */
  void resetAt(long now) {
    ThreadMXBean bean = threads;
    if (bean != null) {
      readCpu = bean.getCurrentThreadCpuTime();
      readAt = now;
    }
  }

  /**
   * A task begins. If the last reading is long ago there is another, or what the thread waited for
   * a processor since would be taken off the task's time.
   */
  void begins(long now) {
    if (now - readAt > READING_NANOS) {
      resetAt(now);
    }
  }

  /** Processor time of a task that ran from {@code begun} to {@code ended}, in nanoseconds. */
  long spent(long begun, long ended) {
    long wall = ended - begun;
    ThreadMXBean bean = threads;
    if (wall < EXACT_NANOS || bean == null) {
      return wall;
    }
    long cpu = bean.getCurrentThreadCpuTime();
    long before = readAt == 0 ? 0 : begun - readAt;
    long spent = readAt == 0 ? wall : cpu - readCpu - before;
    readCpu = cpu;
    readAt = ended;
    return Math.max(0, Math.min(wall, spent));
  }
}

package dev.procession.internal.parent;

import dev.procession.ExitReason;
import dev.procession.internal.os.ByteSize;
import dev.procession.internal.os.ProcessStatus;
import dev.procession.internal.os.ProcessTree;

/**
 * Looks at the processes of workers now and then: how much memory they hold, and whether somebody
 * has stopped them.
 *
 * <p>A look reads files of the operating system, so it is taken on a background thread, one at a
 * time for a worker. When the next is due is the rounds' business.
 */
final class ProcessWatch {
  /** While nothing is to be enforced: for the reports, and to notice a stopped process. */
  private static final long GLANCE_NANOS = 1_000_000_000;

  /** While a memory limit is to be enforced. */
  private static final long CLOSE_NANOS = 50_000_000;

  /**
   * A process that is stopped in so many looks, a second apart, while this one runs, was stopped by
   * somebody who has forgotten it. Ctrl-Z and fg stop and continue all processes together.
   */
  private static final int STOPPED_LOOKS = 5;

  private final LocalServices pool;
  private final PoolConfig config;

  ProcessWatch(LocalServices pool) {
    this.pool = pool;
    this.config = pool.config();
  }

  /** Time between two looks at a worker. */
  long intervalNanos() {
    return config.memoryLimit() > 0 ? CLOSE_NANOS : GLANCE_NANOS;
  }

  /** Whether workers are also to be looked at while they idle. */
  boolean watchesIdle() {
    return config.memoryLimit() > 0 || config.recycleAbove() > 0;
  }

  /** Takes a look, on a background thread. */
  void look(WorkerSlot slot) {
    try {
      long pid = slot.process.pid(); // it may not have said hello yet
      ProcessStatus status = ProcessStatus.of(pid);
      slot.process.seenWith(status.peakBytes());
      checkStopped(slot, status);
      checkLimit(slot);
      if (config.recycleAbove() > 0 && status.residentBytes() > config.recycleAbove()) {
        pool.scheduler().losses().recycle(slot, status.residentBytes());
      }
    } finally {
      slot.looking.set(false);
    }
  }

  private void checkStopped(WorkerSlot slot, ProcessStatus status) {
    long now = System.nanoTime();
    if (!status.isStopped()) {
      slot.stoppedLooks = 0;
    } else if (now - slot.stoppedLookAt >= GLANCE_NANOS / 2) {
      slot.stoppedLookAt = now;
      if (++slot.stoppedLooks == STOPPED_LOOKS) {
        slot.process.detail(
            "Somebody had stopped the process (SIGSTOP) and not continued it for "
                + STOPPED_LOOKS
                + " s; as it could do nothing any more it was killed.");
        pool.scheduler().losses().condemn(slot, ExitReason.KILLED);
      }
    }
  }

  private void checkLimit(WorkerSlot slot) {
    long limit = config.memoryLimit();
    if (limit == 0) {
      return;
    }
    long bytes = ProcessTree.residentBytes(slot.process.pid());
    slot.process.seenWith(bytes);
    if (bytes > limit) {
      slot.process.detail(
          "It held "
              + ByteSize.text(bytes)
              + " with everything it had started, its memoryLimit is "
              + ByteSize.text(limit)
              + (config.maxHeap() == null ? "" : " and its maxHeap " + config.maxHeap())
              + ". Have the task use less at a time, or raise memoryLimit.");
      pool.scheduler().losses().condemn(slot, ExitReason.MEMORY_LIMIT);
    }
  }
}

package dev.procession.internal.parent;

import dev.procession.internal.wire.Frames;
import java.util.concurrent.atomic.LongAdder;

/** How many tasks ended in which way since the pool was built. */
public final class TaskCounters {
  private final LongAdder completed = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder cancelled = new LongAdder();

  void count(Ending outcome) {
    if (outcome instanceof Ending.Cancelled) {
      cancelled.increment();
    } else if (outcome instanceof Ending.Value
        || (outcome instanceof Ending.Encoded encoded && encoded.status() == Frames.VALUE)) {
      completed.increment();
    } else {
      failed.increment();
    }
  }

  void completed(int more) {
    completed.add(more);
  }

  /** A value turned out to be unreadable. */
  void succeededAfterAllFailed() {
    completed.decrement();
    failed.increment();
  }

  /** How many gave a value. */
  public long completed() {
    return completed.sum();
  }

  /** How many failed. */
  public long failed() {
    return failed.sum();
  }

  /** How many were cancelled. */
  public long cancelled() {
    return cancelled.sum();
  }
}

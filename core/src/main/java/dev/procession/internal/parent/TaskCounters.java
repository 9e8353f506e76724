package dev.procession.internal.parent;

import dev.procession.internal.wire.Frames;
import java.util.concurrent.atomic.LongAdder;

/** How many tasks ended in which way since the pool was built. */
final class TaskCounters {
  private final LongAdder completed = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder cancelled = new LongAdder();

  void count(Outcome outcome) {
    if (outcome instanceof Outcome.Cancelled) {
      cancelled.increment();
    } else if (outcome instanceof Outcome.Value
        || outcome instanceof Outcome.Encoded encoded && encoded.status() == Frames.VALUE) {
      completed.increment();
    } else {
      failed.increment();
    }
  }

  /** A value turned out to be unreadable. */
  void succeededAfterAllFailed() {
    completed.decrement();
    failed.increment();
  }

  long completed() {
    return completed.sum();
  }

  long failed() {
    return failed.sum();
  }

  long cancelled() {
    return cancelled.sum();
  }
}

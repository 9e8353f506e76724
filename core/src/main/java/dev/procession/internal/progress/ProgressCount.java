package dev.procession.internal.progress;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of one kind of work; any thread may count, one draws. */
public final class ProgressCount {
  private final String label;
  private final LongAdder ended = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final AtomicLong expected;
  private final Pace pace = new Pace();

  /**
   * Nothing counted yet.
   *
   * @param expected how many there will be, or {@link ProgressLine#UNKNOWN}
   */
  public ProgressCount(String label, long expected) {
    this.label = label;
    this.expected = new AtomicLong(expected);
  }

  /** That many more will come. */
  public void expect(long more) {
    expected.updateAndGet(known -> Math.max(known, 0) + more);
  }

  /** There will be so many in all. */
  public void expectInAll(long total) {
    expected.set(total);
  }

  /** One more has ended. */
  public void ended(boolean hasFailed) {
    if (hasFailed) {
      failed.increment();
    }
    ended.increment();
  }

  /**
   * The line that says so.
   *
   * @param whole whether the rate is that of the whole time and not of the last seconds
   */
  public ProgressLine line(long nanoTime, Duration elapsed, boolean whole) {
    long count = ended.sum();
    pace.add(nanoTime, count);
    double rate = whole ? count / (elapsed.toNanos() / 1e9) : pace.perSecond();
    return new ProgressLine(label, count, failed.sum(), expected.get(), rate, elapsed);
  }
}

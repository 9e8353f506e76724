package dev.procession.examples.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Counts what is done and keeps a display up to date with it, on a thread of its own; any thread
 * may count and speak.
 */
final class Progress implements AutoCloseable {
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final long total;
  private final ProgressDisplay display; // guarded by this
  private final AtomicLong done = new AtomicLong();
  private final Pace pace = new Pace(); // guarded by this
  private final long begun = System.nanoTime();
  private final Thread ticker = new Thread(this::tick, "progress");
  private volatile boolean closed;

  private Progress(long total, ProgressDisplay display) {
    this.total = total;
    this.display = display;
  }

  /** Begins to show progress towards {@code total} on standard error. */
  static Progress onStandardError(long total) {
    PrintStream out = System.err;
    Progress progress =
        new Progress(
            total,
            isTerminal() ? new ProgressDisplay.Redrawn(out) : new ProgressDisplay.PlainLines(out));
    progress.ticker.setDaemon(true);
    progress.ticker.start();
    return progress;
  }

  /**
   * Whether standard error is a terminal. Java can tell only of standard input and output together,
   * so the shell is asked, where there is one.
   */
  private static boolean isTerminal() {
    if ("dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      return new ProcessBuilder("sh", "-c", "test -t 2").inheritIO().start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** One more is done. */
  void step() {
    done.incrementAndGet();
  }

  /** Prints a line of its own, out of the bar's way. */
  synchronized void say(String line) {
    display.say(line);
  }

  private void tick() {
    while (!closed) {
      show(/* last= */ false);
      LockSupport.parkNanos(TICK_NANOS);
    }
  }

  private synchronized void show(boolean last) {
    if (closed && !last) {
      return;
    }
    long now = System.nanoTime();
    long count = done.get();
    pace.add(now, count);
    Duration elapsed = Duration.ofNanos(now - begun);
    double rate = last ? count / (elapsed.toNanos() / 1e9) : pace.perSecond();
    display.show(new ProgressLine(count, total, rate, elapsed), last);
  }

  /** Shows the end and stops. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(ticker);
    show(/* last= */ true);
  }
}

package dev.procession.benchmarks.chaos;

import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what must not be and prints the first of it; any thread may add. */
final class Violations {
  private static final int MOST_PRINTED = 100;

  private final PrintStream out;
  private final long seed;
  private final AtomicLong count = new AtomicLong();

  Violations(PrintStream out, long seed) {
    this.out = out;
    this.seed = seed;
  }

  /** Something happened that is against a promise. */
  void add(String where, String what) {
    long number = count.incrementAndGet();
    if (number <= MOST_PRINTED) {
      out.println("VIOLATION " + number + " (seed " + seed + ", " + where + "): " + what);
    }
  }

  long count() {
    return count.get();
  }
}

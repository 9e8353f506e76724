package dev.procession.benchmarks.fuzz;

import java.time.Duration;

/** Ends the JVM, with the thread's stack on standard error, if one input takes too long. */
final class Watchdog implements Runnable {
  /** Above the longest stop of a loaded machine. */
  private static final Duration HANG = Duration.ofSeconds(60);

  private final Thread watched = Thread.currentThread();
  private volatile String what = "";
  private volatile long since = System.nanoTime();

  /** From now on it is that input. */
  void on(String target, long seed) {
    since = System.nanoTime();
    what = target + ", input seed " + seed;
  }

  @Override
  public void run() {
    try {
      while (true) {
        Thread.sleep(500);
        if (System.nanoTime() - since > HANG.toNanos()) {
          System.err.println("VIOLATION (hang of " + what + ")");
          for (StackTraceElement frame : watched.getStackTrace()) {
            System.err.println("    at " + frame);
          }
          Runtime.getRuntime().halt(1);
        }
      }
    } catch (InterruptedException e) {
      // The run is over.
    }
  }
}

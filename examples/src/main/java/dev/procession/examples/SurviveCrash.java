package dev.procession.examples;

import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.WorkerCrashedException;

/** A task ends its JVM; its future says so, and the pool goes on. */
public class SurviveCrash {
  /** Runs the example. */
  public static void main(String... args) throws Exception {
    try (var pool = ProcessPoolExecutor.builder().name("crash").workers(1).build()) {
      // @start region=crash
      ProcessFuture<Void> bad = pool.submit(() -> Runtime.getRuntime().halt(1));
      ProcessFuture<String> good = pool.submit(() -> "the next task runs in a fresh worker");
      try {
        bad.result();
      } catch (WorkerCrashedException e) {
        System.out.println(e.getMessage());
      }
      System.out.println(good.result());
      // @end
    }
  }
}

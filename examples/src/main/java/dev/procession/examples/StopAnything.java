package dev.procession.examples;

import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.TaskOptions;
import dev.procession.TaskTimeoutException;
import java.time.Duration;
import java.util.concurrent.CancellationException;

/** Two tasks that would run for ever: a deadline ends the one, {@code cancel(true)} the other. */
public class StopAnything {
  /** Runs the example. */
  public static void main(String... args) throws Exception {
    try (var pool = ProcessPoolExecutor.builder().name("stop").workers(1).build()) {
      // @start region=deadline
      var twoSeconds = TaskOptions.builder().name("endless").timeout(Duration.ofSeconds(2)).build();
      ProcessFuture<Long> overdue = pool.with(twoSeconds).submit(StopAnything::countForEver);
      try {
        overdue.result();
      } catch (TaskTimeoutException e) {
        System.out.println(e.getMessage());
      }
      // @end

      // @start region=cancel
      ProcessFuture<Long> unwanted = pool.submit(StopAnything::countForEver);
      while (!unwanted.isRunning()) {
        Thread.sleep(10); // true only once a worker has really begun it
      }
      System.out.println("cancel(false) stops it: " + unwanted.cancel(false));
      System.out.println("cancel(true) stops it: " + unwanted.cancel(true));
      try {
        unwanted.result();
      } catch (CancellationException e) {
        System.out.println("cancelled: " + unwanted.isCancelled());
      }
      // @end
      System.out.println("still in use: " + pool.submit(() -> "yes").result());
    }
  }

  private static long countForEver() {
    long count = 0;
    while (count >= 0) {
      count++; // some 290 years at a billion a second
    }
    return count;
  }
}

package dev.procession.examples;

import dev.procession.Completions;
import dev.procession.ProcessFuture;
import dev.procession.ProcessFutures;
import dev.procession.ProcessPoolExecutor;
import dev.procession.ReturnWhen;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Many futures at once: taken as they complete, or waited for together. */
public class GatherAsCompleted {
  /** Runs the example. */
  public static void main(String... args) throws Exception {
    try (var pool = ProcessPoolExecutor.builder().workers(2).minWorkers(2).build()) {
      // @start region=completed
      List<ProcessFuture<String>> futures = new ArrayList<>();
      futures.add(pool.submit(GatherAsCompleted::pause, "quick", 10));
      futures.add(pool.submit(GatherAsCompleted::pause, "slow", 600));
      boolean asked = false;
      try (Completions<String> completed = ProcessFutures.asCompleted(futures)) {
        for (ProcessFuture<String> done : completed) {
          System.out.println(done.result());
          if (!asked) {
            completed.add(pool.submit(GatherAsCompleted::pause, "follow-up", 50));
            asked = true;
          }
        }
      }
      // @end

      // @start region=await
      List<ProcessFuture<String>> both =
          List.of(
              pool.submit(GatherAsCompleted::pause, "first", 10),
              pool.submit(GatherAsCompleted::pause, "second", 60_000));
      var split = ProcessFutures.await(both, Duration.ofSeconds(30), ReturnWhen.FIRST_COMPLETED);
      System.out.println(split.done().size() + " done, " + split.notDone().size() + " not");
      split.notDone().forEach(future -> future.cancel(/* mayInterruptIfRunning= */ true));
      // @end
    }
  }

  private static String pause(String name, int millis) throws InterruptedException {
    Thread.sleep(millis);
    return name;
  }
}

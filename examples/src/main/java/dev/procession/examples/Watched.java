package dev.procession.examples;

import dev.procession.MapResults;
import dev.procession.ProcessExecutorService;
import dev.procession.ProcessFuture;
import dev.procession.ProcessFutures;
import dev.procession.ProcessPoolExecutor;
import dev.procession.ProgressBar;
import dev.procession.ReturnWhen;
import dev.procession.TaskOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Progress bars over a map and over tasks of two names. */
public final class Watched {
  private Watched() {}

  /** Runs a map, then some tasks. */
  public static void main(String... arguments) throws InterruptedException {
    List<Integer> inputs = IntStream.range(0, 200).boxed().toList();
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(2)) {
      long sum = 0;
      // @start region=map
      try (ProgressBar bar = ProgressBar.start(inputs.size());
          MapResults<Integer> results = bar.watch(pool.map(Watched::slowly, inputs))) {
        for (int result : results) {
          sum += result;
        }
      }
      // @end
      System.out.println("sum " + sum);
      // @start region=tasks
      List<ProcessFuture<Integer>> futures = new ArrayList<>();
      ProcessExecutorService pages = pool.with(TaskOptions.builder().name("page").build());
      ProcessExecutorService images = pool.with(TaskOptions.builder().name("image").build());
      for (int i = 0; i < 30; i++) {
        futures.add(pages.submit(Watched::slowly, i));
        futures.add(images.submit(Watched::slowly, i));
      }
      try (ProgressBar bar = ProgressBar.builder().label("all").byName().start()) {
        ProcessFutures.await(bar.watch(futures), ReturnWhen.ALL_COMPLETED);
      }
      // @end
    }
  }

  private static int slowly(int input) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(5);
    return input;
  }
}

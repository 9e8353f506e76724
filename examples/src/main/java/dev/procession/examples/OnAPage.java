package dev.procession.examples;

import dev.procession.ProcessFuture;
import dev.procession.ProcessFutures;
import dev.procession.ProcessPoolExecutor;
import dev.procession.ReturnWhen;
import dev.procession.TaskOptions;
import dev.procession.dashboard.DashboardServer;
import dev.procession.dashboard.PoolReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A pool on a page in the browser, and the same page and a trace in files. */
public final class OnAPage {
  private OnAPage() {}

  /** Works twice; the files go into the folder that is given, or the current one. */
  public static void main(String... arguments) throws IOException, InterruptedException {
    Path folder = Path.of(arguments.length == 0 ? "" : arguments[0]);
    // @start region=page
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(4);
        DashboardServer dashboard = DashboardServer.start(pool)) {
      System.out.println("look at " + dashboard.address());
      work(pool);
    }
    // @end
    // @start region=report
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(4);
        PoolReport report = PoolReport.start(pool)) {
      work(pool);
      report.write(folder.resolve("report.html"));
      report.writeTrace(folder.resolve("trace.json"));
    }
    // @end
  }

  private static void work(ProcessPoolExecutor pool) throws InterruptedException {
    List<ProcessFuture<Integer>> futures = new ArrayList<>();
    for (String name : List.of("page", "image")) {
      TaskOptions options = TaskOptions.builder().name(name).build();
      for (int i = 1; i <= 100; i++) {
        futures.add(pool.with(options).submit(OnAPage::slowly, i));
      }
    }
    var unused = ProcessFutures.await(futures, ReturnWhen.ALL_COMPLETED);
  }

  private static int slowly(int input) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(input % 50);
    return input;
  }
}

package dev.procession.examples.demo;

import dev.procession.ProcessPoolExecutor;
import dev.procession.ProgressBar;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Reads every class file of the running JDK in worker processes and survives three sabotaged tasks;
 * {@code ./procession demo --help} says more.
 */
public final class Demo {
  private final DemoOptions options;
  private final List<String> files;
  private final WorkerLog workers = new WorkerLog();

  private Demo(DemoOptions options, List<String> files) {
    this.options = options;
    this.files = files;
  }

  /** Runs the demo; see {@link DemoOptions} for the arguments and exit codes. */
  public static void main(String... arguments) throws Exception {
    DemoOptions options;
    try {
      options = DemoOptions.parse(Runtime.getRuntime().availableProcessors(), arguments);
    } catch (DemoOptions.WrongUsageException e) {
      System.err.println("demo: " + e.getMessage());
      System.err.println("Try './procession demo --help'.");
      System.exit(2);
      return;
    }
    if (options.help()) {
      System.out.print(DemoOptions.USAGE);
      return;
    }
    List<String> files = ModuleImage.spread(ModuleImage.classFiles(), options.limit());
    System.exit(new Demo(options, files).run() ? 0 : 1);
  }

  /** Whether everything went as it should: every file read, and every sabotage told as it was. */
  private boolean run() throws InterruptedException, IOException {
    long begun = System.nanoTime();
    long replaced;
    FileRun run;
    try (ProgressBar progress = ProgressBar.start(files.size())) {
      run = new FileRun(files, progress);
      ProcessPoolExecutor pool = pool(progress);
      try (pool) {
        run.in(pool, pool, () -> {});
      }
      replaced =
          pool.snapshot().restarts(); // only now: a worker that is killed ends a moment later
    }
    Summary summary = new Summary(System.out);
    summary.print(run.tally(), Duration.ofNanos(System.nanoTime() - begun));
    boolean asExpected = run.reportSabotaged(summary);
    summary.printWorkers(options.workers(), workers, replaced);
    return asExpected && run.tally().failures().isEmpty();
  }

  private ProcessPoolExecutor pool(ProgressBar progress) {
    return ProcessPoolExecutor.builder()
        .name("demo")
        .workers(options.workers())
        .listener(workers)
        .outputListener(line -> progress.say(FileRun.told(line)))
        .build();
  }
}

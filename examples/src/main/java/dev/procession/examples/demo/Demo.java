package dev.procession.examples.demo;

import dev.procession.MapResults;
import dev.procession.OutputLine;
import dev.procession.ProcessFuture;
import dev.procession.ProcessFutures;
import dev.procession.ProcessPoolExecutor;
import dev.procession.ProgressBar;
import dev.procession.ReturnWhen;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads every class file of the running JDK in worker processes and survives three sabotaged tasks;
 * {@code ./procession demo --help} says more.
 */
public final class Demo {
  private final DemoOptions options;
  private final List<String> files;
  private final WorkerLog workers = new WorkerLog();
  private final Tally tally = new Tally();
  private final Map<Sabotage, ProcessFuture<String>> sabotaged = new EnumMap<>(Sabotage.class);

  private Demo(DemoOptions options, List<String> files) {
    this.options = options;
    this.files = files;
  }

  /** Runs the demo; see {@link DemoOptions} for the arguments and exit codes. */
  public static void main(String... arguments) throws Exception {
    DemoOptions options;
    try {
      options = DemoOptions.parse(arguments);
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
    try (ProgressBar progress = ProgressBar.start(files.size())) {
      ProcessPoolExecutor pool = pool(progress);
      try (pool) {
        readFiles(pool, progress);
        awaitSabotaged();
      }
      replaced =
          pool.snapshot().restarts(); // only now: a worker that is killed ends a moment later
    }
    Summary summary = new Summary(System.out);
    summary.print(tally, Duration.ofNanos(System.nanoTime() - begun));
    boolean asExpected = reportSabotaged(summary);
    summary.printWorkers(options.workers(), workers, replaced);
    return asExpected && tally.failures().isEmpty();
  }

  private ProcessPoolExecutor pool(ProgressBar progress) {
    return ProcessPoolExecutor.builder()
        .name("demo")
        .workers(options.workers())
        .listener(workers)
        .outputListener(line -> progress.say(told(line)))
        .build();
  }

  private static String told(OutputLine line) {
    return "worker " + line.pid() + ", task '" + line.taskName() + "', prints: " + line.text();
  }

  private void readFiles(ProcessPoolExecutor pool, ProgressBar progress) throws IOException {
    try (MapResults<ClassFacts> results = progress.watch(pool.map(ClassFacts::read, files))) {
      for (MapResults.Outcome<ClassFacts> outcome : results.outcomes()) {
        sabotageAt(outcome.index(), pool);
        ClassFacts facts = outcome.value();
        if (facts != null) {
          tally.add(facts);
        } else {
          tally.addFailure(files.get((int) outcome.index()), failureOf(outcome));
        }
      }
    }
    sabotageAt(files.size(), pool); // what a short list left over
  }

  private static Throwable failureOf(MapResults.Outcome<?> outcome) {
    return Optional.ofNullable(outcome.failure()).orElseThrow();
  }

  /** Submits the saboteurs among the files, a quarter of the way from one to the next. */
  private void sabotageAt(long index, ProcessPoolExecutor pool) {
    for (Sabotage sabotage : Sabotage.values()) {
      if (index >= (sabotage.ordinal() + 1L) * files.size() / 4) {
        sabotaged.computeIfAbsent(sabotage, chosen -> chosen.submitTo(pool));
      }
    }
  }

  /** Waits for the saboteurs, so that the pool has dealt with all of them. */
  private void awaitSabotaged() throws InterruptedException {
    var unused = ProcessFutures.await(sabotaged.values(), ReturnWhen.ALL_COMPLETED);
  }

  private boolean reportSabotaged(Summary summary) throws InterruptedException {
    boolean asExpected = true;
    summary.beginSabotaged();
    for (Map.Entry<Sabotage, ProcessFuture<String>> entry : sabotaged.entrySet()) {
      Optional<Throwable> failure = entry.getValue().exception();
      asExpected &= entry.getKey().isExpected(failure);
      summary.printSabotaged(
          entry.getKey().label, failure.map(Throwable::toString).orElse("did not fail"));
    }
    return asExpected;
  }
}

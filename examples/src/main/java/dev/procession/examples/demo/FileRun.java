package dev.procession.examples.demo;

import dev.procession.MapResults;
import dev.procession.OutputLine;
import dev.procession.ProcessExecutorService;
import dev.procession.ProcessFuture;
import dev.procession.ProcessFutures;
import dev.procession.ProgressBar;
import dev.procession.ReturnWhen;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads files in a pool, with the saboteurs among them; for one thread. */
final class FileRun {
  private final List<String> files;
  private final ProgressBar progress;
  private final Tally tally = new Tally();
  private final Map<Sabotage, ProcessFuture<String>> sabotaged = new EnumMap<>(Sabotage.class);
  private boolean halfWay;

  FileRun(List<String> files, ProgressBar progress) {
    this.files = files;
    this.progress = progress;
  }

  /** What is to happen once half of the files have been read. */
  interface HalfWay {
    void reached() throws InterruptedException;
  }

  /**
   * Reads them all, and waits until the pool has dealt with the saboteurs.
   *
   * @param reading where files are read
   * @param pool where the saboteurs go, whose terms are their own
   */
  void in(ProcessExecutorService reading, ProcessExecutorService pool, HalfWay middle)
      throws IOException, InterruptedException {
    try (MapResults<ClassFacts> results = progress.watch(reading.map(ClassFacts::read, files))) {
      for (MapResults.Outcome<ClassFacts> outcome : results.outcomes()) {
        sabotageAt(outcome.index(), pool);
        if (!halfWay && outcome.index() >= files.size() / 2) {
          halfWay = true;
          middle.reached();
        }
        take(outcome);
      }
    }
    sabotageAt(files.size(), pool); // what a short list left over
    awaitSabotaged();
  }

  private void take(MapResults.Outcome<ClassFacts> outcome) {
    ClassFacts facts = outcome.value();
    if (facts != null) {
      tally.add(facts);
    } else {
      tally.addFailure(
          files.get((int) outcome.index()), Optional.ofNullable(outcome.failure()).orElseThrow());
    }
  }

  /** Submits the saboteurs among the files, a quarter of the way from one to the next. */
  private void sabotageAt(long index, ProcessExecutorService pool) {
    for (Sabotage sabotage : Sabotage.values()) {
      if (index >= (sabotage.ordinal() + 1L) * files.size() / 4) {
        sabotaged.computeIfAbsent(sabotage, chosen -> chosen.submitTo(pool));
      }
    }
  }

  /** Waits for those that have been submitted. */
  void awaitSabotaged() throws InterruptedException {
    var unused = ProcessFutures.await(sabotaged.values(), ReturnWhen.ALL_COMPLETED);
  }

  /** A line that a task prints, as people are told. */
  static String told(OutputLine line) {
    return "worker " + line.pid() + ", task '" + line.taskName() + "', prints: " + line.text();
  }

  Tally tally() {
    return tally;
  }

  /** Prints what became of the saboteurs; whether each failed as it should. */
  boolean reportSabotaged(Summary summary) throws InterruptedException {
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

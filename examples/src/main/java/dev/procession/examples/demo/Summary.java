package dev.procession.examples.demo;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The demo's report on standard output. */
final class Summary {
  /** The rest of the modules shares a row. */
  private static final int MOST_ROWS = 12;

  private static final int WIDTH = 92;

  private static final String ROW = "%-28s %9s %10s %10s%n";

  private final PrintStream out;

  Summary(PrintStream out) {
    this.out = out;
  }

  /** Prints what was found; returns the digest of all files. */
  String print(Tally tally, Duration elapsed) {
    table(tally);
    Tally.Sums total = tally.total();
    double seconds = elapsed.toNanos() / 1e9;
    line("");
    String digest = tally.digestOfAll();
    line("SHA-256  %s (of the digests of all files, in order)", digest);
    line(
        "Time     %.1f s, %,.0f files/s, %.1f MiB/s",
        seconds, total.classes() / seconds, total.bytes() / seconds / (1 << 20));
    if (!tally.failures().isEmpty()) {
      line("");
      line("Files that could not be read:");
      tally.failures().forEach(failure -> line("  %s", failure));
    }
    return digest;
  }

  private void table(Tally tally) {
    List<Tally.Row> rows = tally.rows();
    line(
        "%s",
        "Java " + System.getProperty("java.version") + ", " + System.getProperty("java.home"));
    line("");
    out.printf(Locale.ROOT, ROW, "module", "classes", "methods", "KiB");
    int shown = rows.size() <= MOST_ROWS + 1 ? rows.size() : MOST_ROWS;
    rows.subList(0, shown).forEach(row -> row(row.module(), row.sums()));
    if (shown < rows.size()) {
      row((rows.size() - shown) + " more modules", Tally.sumOf(rows.subList(shown, rows.size())));
    }
    row("total", tally.total());
  }

  private void row(String name, Tally.Sums sums) {
    out.printf(
        Locale.ROOT,
        ROW,
        name,
        grouped(sums.classes()),
        grouped(sums.methods()),
        grouped(sums.bytes() / 1024));
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  void beginSabotaged() {
    line("");
    line("Sabotaged tasks:");
  }

  /** What became of one of them. */
  void printSabotaged(String task, String failure) {
    line("  '%s' failed with", task);
    failure.lines().flatMap(text -> wrapped(text).stream()).forEach(text -> line("    %s", text));
  }

  /** The text in lines of at most {@link #WIDTH} characters, as far as its words allow. */
  static List<String> wrapped(String text) {
    List<String> lines = new ArrayList<>();
    String left = text;
    int space;
    while (left.length() > WIDTH && (space = left.lastIndexOf(' ', WIDTH)) > 0) {
      lines.add(left.substring(0, space));
      left = left.substring(space + 1);
    }
    lines.add(left);
    return lines;
  }

  void printWorkers(int workers, WorkerLog log, long replaced) {
    line("");
    line(
        "Workers: %d at a time, %d started, %d replaced; ended: %s",
        workers, log.ready(), replaced, log.ends());
  }

  /** Whether the cluster's answer is that of this process alone. */
  void printVerdict(boolean isRight, long nodesLeft) {
    line("");
    line(
        "Nodes: 3 started, 1 killed half-way, %d left; the digest is %s",
        nodesLeft,
        isRight ? "the same as without the cluster" : "ANOTHER THAN WITHOUT THE CLUSTER");
  }

  private void line(String format, Object... arguments) {
    out.printf(Locale.ROOT, format + "%n", arguments);
  }
}

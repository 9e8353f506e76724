package dev.procession.internal.parent;

import dev.procession.internal.wire.LogMessage;
import dev.procession.observe.PrintedLine;
import dev.procession.observe.PrintedLines;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.slf4j.event.Level;

/** What workers printed and logged lately, for who looks at a pool. Any thread may use it. */
final class OutputLog {
  private static final int MOST = 5_000;
  private static final int LONGEST = 2_000;

  private final Deque<PrintedLine> lines = new ArrayDeque<>(); // guarded by this, as the next
  private long added;

  void printed(int worker, long pid, long task, String taskName, boolean error, String text) {
    PrintedLine.Source source = error ? PrintedLine.Source.ERR : PrintedLine.Source.OUT;
    add(new PrintedLine(Instant.now(), worker, pid, task, taskName, source, cut(text)));
  }

  void logged(int worker, long pid, LogMessage message) {
    String from = levelOf(message.level()) + " " + cut(message.logger()) + " - ";
    String text = cut(from + cut(message.message()));
    add(new PrintedLine(Instant.now(), worker, pid, -1, "", PrintedLine.Source.LOG, text));
  }

  private static String levelOf(int level) {
    for (Level known : Level.values()) {
      if (known.toInt() == level) {
        return known.toString();
      }
    }
    return Integer.toString(level);
  }

  /** Also before several are joined: each may be of any length. */
  private static String cut(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "\u2026";
  }

  private synchronized void add(PrintedLine line) {
    if (lines.size() == MOST) {
      lines.removeFirst();
    }
    lines.addLast(line);
    added++;
  }

  /** What was added since, as far as it is remembered, and at most so many. */
  synchronized PrintedLines since(long from, int most) {
    long first = Math.max(from, added - lines.size());
    List<PrintedLine> told = new ArrayList<>();
    long at = added - lines.size();
    for (PrintedLine line : lines) {
      if (at >= first && told.size() < most) {
        told.add(line);
      }
      at++;
    }
    return new PrintedLines(first + told.size(), first - from, told);
  }
}

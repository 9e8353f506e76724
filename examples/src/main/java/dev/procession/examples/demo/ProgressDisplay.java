package dev.procession.examples.demo;

import java.io.PrintStream;
import java.time.Duration;

/** A place where progress is shown; called by one thread at a time. */
interface ProgressDisplay {

  /** Shows how far the work is, if this is the time to do so; {@code last} always is. */
  void show(ProgressLine line, boolean last);

  /** Prints a line of text. */
  void say(String line);

  /** One line of a terminal, drawn over and over. */
  final class Redrawn implements ProgressDisplay {
    /**
     * Carriage return, then "erase to the end of the line", which every terminal of today knows.
     */
    private static final String TO_START = "\r\033[K";

    private final PrintStream out;
    private String shown = "";

    Redrawn(PrintStream out) {
      this.out = out;
    }

    @Override
    public void show(ProgressLine line, boolean last) {
      shown = last ? "" : line.withBar();
      out.print(TO_START + line.withBar() + (last ? System.lineSeparator() : ""));
      out.flush();
    }

    @Override
    public void say(String line) {
      out.print(TO_START + line + System.lineSeparator() + shown);
      out.flush();
    }
  }

  /** Lines of a log: one for each quarter of the work, and one when nothing was said for long. */
  final class PlainLines implements ProgressDisplay {
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(10);
    private static final int STEP_PERCENT = 25;

    private final PrintStream out;
    private int steps;
    private Duration spoken = Duration.ZERO;

    PlainLines(PrintStream out) {
      this.out = out;
    }

    @Override
    public void show(ProgressLine line, boolean last) {
      int reached = line.percent() / STEP_PERCENT;
      boolean silentForLong = line.elapsed().minus(spoken).compareTo(LONGEST_SILENCE) >= 0;
      boolean moreToSay = reached > steps && line.done() < line.total();
      if (last || moreToSay || silentForLong) {
        steps = reached;
        spoken = line.elapsed();
        out.println(line.plain().strip());
      }
    }

    @Override
    public void say(String line) {
      out.println(line);
    }
  }
}

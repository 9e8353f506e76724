package dev.procession.internal.progress;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** A place where progress is shown; called by one thread at a time. */
public interface ProgressDisplay {
  /** Shows nothing, and says nothing. */
  ProgressDisplay NONE =
      new ProgressDisplay() {
        @Override
        public void show(ProgressLine whole, List<ProgressLine> parts, boolean last) {}

        @Override
        public void say(String line) {}
      };

  /**
   * Shows how far the work is, if this is the time to do so; {@code last} always is.
   *
   * @param parts of which the whole is made, perhaps none
   */
  void show(ProgressLine whole, List<ProgressLine> parts, boolean last);

  /** Prints a line of text. */
  void say(String line);

  /** What suits that stream: redrawn lines if it is standard error and a terminal. */
  static ProgressDisplay suiting(PrintStream out, boolean isStandardError) {
    return isStandardError && System.getenv("CI") == null && isTerminal()
        ? new Redrawn(out)
        : new PlainLines(out);
  }

  /**
   * Whether standard error is a terminal. Java can tell only of standard input and output together,
   * so the shell is asked, where there is one.
   */
  private static boolean isTerminal() {
    if ("dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      return new ProcessBuilder("sh", "-c", "test -t 2").inheritIO().start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** A few lines of a terminal, drawn over and over. */
  final class Redrawn implements ProgressDisplay {
    /** "Erase to the end of the screen", which every terminal of today knows. */
    private static final String ERASE = "\033[J";

    private final PrintStream out;
    private String shown = "";

    /** Draws on a terminal. */
    public Redrawn(PrintStream out) {
      this.out = out;
    }

    @Override
    public void show(ProgressLine whole, List<ProgressLine> parts, boolean last) {
      StringBuilder lines = new StringBuilder();
      parts.forEach(part -> lines.append(part.withBar()).append(System.lineSeparator()));
      lines.append(whole.withBar());
      String next = lines.toString();
      out.print(toStart() + ERASE + next + (last ? System.lineSeparator() : ""));
      out.flush();
      shown = last ? "" : next;
    }

    /** From the end of what is shown to its beginning. */
    private String toStart() {
      long above = shown.chars().filter(c -> c == '\n').count();
      return above == 0 ? "\r" : "\r\033[" + above + "A";
    }

    @Override
    public void say(String line) {
      out.print(toStart() + ERASE + line + System.lineSeparator() + shown);
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

    /** Writes to a log. */
    public PlainLines(PrintStream out) {
      this.out = Objects.requireNonNull(out, "out");
    }

    @Override
    public void show(ProgressLine whole, List<ProgressLine> parts, boolean last) {
      int reached = whole.percent() / STEP_PERCENT;
      boolean silentForLong = whole.elapsed().minus(spoken).compareTo(LONGEST_SILENCE) >= 0;
      boolean moreToSay = reached > steps && whole.done() < whole.total();
      if (last || moreToSay || silentForLong) {
        steps = reached;
        spoken = whole.elapsed();
        parts.forEach(part -> out.println(part.plain().strip()));
        out.println(whole.plain().strip());
      }
    }

    @Override
    public void say(String line) {
      out.println(line);
    }
  }
}

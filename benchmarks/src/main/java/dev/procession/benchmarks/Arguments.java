package dev.procession.benchmarks;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The words of a command line, taken one after the other. */
public final class Arguments {
  private final Deque<String> left;

  /** A command line that cannot be understood; the message is for the user. */
  public static final class WrongUsageException extends Exception {
    private static final long serialVersionUID = 1L;

    /** With that message. */
    public WrongUsageException(String message) {
      super(message);
    }
  }

  /** Of that command line. */
  public Arguments(String... words) {
    left = new ArrayDeque<>(List.of(words));
  }

  /** Whether there is another word. */
  public boolean hasNext() {
    return !left.isEmpty();
  }

  /** The next word, empty if there is none. */
  public String next() {
    return left.isEmpty() ? "" : left.pop();
  }

  /**
   * The number that follows an option.
   *
   * @throws WrongUsageException if what follows is none, or out of range
   */
  public long number(String option, long least, long most) throws WrongUsageException {
    String text = next();
    try {
      long value = Long.parseLong(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below, as for a number out of range.
    }
    throw new WrongUsageException(
        option + " needs a number from " + least + " to " + most + ", was '" + text + "'");
  }
}

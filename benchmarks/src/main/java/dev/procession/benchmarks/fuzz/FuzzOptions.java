package dev.procession.benchmarks.fuzz;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The fuzzer's command line.
 *
 * @param duration how long altogether
 * @param seed of every input
 * @param only part of the names of the targets to run, empty for all
 * @param help whether only the usage is wanted
 */
record FuzzOptions(Duration duration, long seed, String only, boolean help) {
  static final String USAGE =
      """
      Usage: ./procession fuzz [OPTIONS]

      Feeds malformed inputs to everything in Procession that reads what the other process wrote.
      Each may be refused in the way that is promised, or taken; any other exception, a hang, or an
      allocation above the reader's limit is a violation.

        --seconds N   how long altogether (default: 60)
        --seed S      seed of the inputs, a number (default: by chance, and printed)
        --only TEXT   only the targets whose names contain it
        -h, --help    show this text

      Exit code: 0 without a violation, 1 with one or more, 2 for a wrong command line.
      """;

  /** A command line that cannot be understood; the message is for the user. */
  static final class WrongUsageException extends Exception {
    private static final long serialVersionUID = 1L;

    WrongUsageException(String message) {
      super(message);
    }
  }

  static FuzzOptions parse(String... arguments) throws WrongUsageException {
    Duration duration = Duration.ofMinutes(1);
    long seed = ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE);
    String only = "";
    boolean help = false;
    Deque<String> left = new ArrayDeque<>(List.of(arguments));
    while (!left.isEmpty()) {
      String option = left.pop();
      switch (option) {
        case "--seconds" -> duration = Duration.ofSeconds(number(option, left, 1, 1_000_000));
        case "--seed" -> seed = number(option, left, Long.MIN_VALUE, Long.MAX_VALUE);
        case "--only" -> only = left.isEmpty() ? "" : left.pop();
        case "-h", "--help" -> help = true;
        default -> throw new WrongUsageException("unknown option '" + option + "'");
      }
    }
    return new FuzzOptions(duration, seed, only, help);
  }

  private static long number(String option, Deque<String> left, long least, long most)
      throws WrongUsageException {
    String text = left.isEmpty() ? "" : left.pop();
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

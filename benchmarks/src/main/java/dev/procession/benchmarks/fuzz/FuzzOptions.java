package dev.procession.benchmarks.fuzz;

import dev.procession.benchmarks.Arguments;
import dev.procession.benchmarks.Arguments.WrongUsageException;
import java.time.Duration;
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

  static FuzzOptions parse(String... arguments) throws WrongUsageException {
    Duration duration = Duration.ofMinutes(1);
    long seed = ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE);
    String only = "";
    boolean help = false;
    Arguments left = new Arguments(arguments);
    while (left.hasNext()) {
      String option = left.next();
      switch (option) {
        case "--seconds" -> duration = Duration.ofSeconds(left.number(option, 1, 1_000_000));
        case "--seed" -> seed = left.number(option, Long.MIN_VALUE, Long.MAX_VALUE);
        case "--only" -> only = left.next();
        case "-h", "--help" -> help = true;
        default -> throw new WrongUsageException("unknown option '" + option + "'");
      }
    }
    return new FuzzOptions(duration, seed, only, help);
  }
}

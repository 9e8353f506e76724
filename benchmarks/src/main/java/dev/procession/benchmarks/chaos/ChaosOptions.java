package dev.procession.benchmarks.chaos;

import dev.procession.benchmarks.Arguments;
import dev.procession.benchmarks.Arguments.WrongUsageException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The chaos run's command line.
 *
 * @param duration how long tasks are submitted
 * @param workers workers of a pool; 0 for two or three by chance
 * @param seed of every decision the run makes
 * @param cluster whether it is a cluster that suffers
 * @param help whether only the usage is wanted
 */
record ChaosOptions(Duration duration, int workers, long seed, boolean cluster, boolean help) {
  static final String USAGE =
      """
      Usage: ./procession chaos [OPTIONS]

      Eight threads submit tasks of every temper to small pools, one pool after another, while their
      workers are killed, stopped and starved. After each pool it is checked that every task ended
      once and as the evidence it wrote allows, and that no process, file, thread, descriptor or
      memory is left over. Linux only.

        --minutes N   how long (default: 1)
        --seconds N   how long
        --workers N   workers of each pool, 1 to 64 (default: two or three)
        --cluster     nodes and programs that submit to them are killed, frozen and added at random,
                      and as root cut off from each other, in network namespaces of their own
        --seed S      seed of the run's decisions, a number (default: by chance, and printed)
        -h, --help    show this text

      Ctrl-C ends it in good order, with the figures so far. Exit code: 0 without a violation, 1 with
      one or more, 2 for a wrong command line.
      """;

  static ChaosOptions parse(String... arguments) throws WrongUsageException {
    Duration duration = Duration.ofMinutes(1);
    int workers = 0;
    long seed = ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE);
    boolean cluster = false;
    boolean help = false;
    Arguments left = new Arguments(arguments);
    while (left.hasNext()) {
      String option = left.next();
      switch (option) {
        case "--minutes" -> duration = Duration.ofMinutes(left.number(option, 1, 100_000));
        case "--seconds" -> duration = Duration.ofSeconds(left.number(option, 1, 1_000_000));
        case "--workers" -> workers = (int) left.number(option, 1, 64);
        case "--seed" -> seed = left.number(option, Long.MIN_VALUE, Long.MAX_VALUE);
        case "--cluster" -> cluster = true;
        case "-h", "--help" -> help = true;
        default -> throw new WrongUsageException("unknown option '" + option + "'");
      }
    }
    return new ChaosOptions(duration, workers, seed, cluster, help);
  }
}

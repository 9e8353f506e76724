package dev.procession.examples.demo;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * A demo's command line.
 *
 * @param workers how many worker processes
 * @param limit how many class files at most
 * @param help whether only the usage is wanted
 */
record DemoOptions(int workers, int limit, boolean help) {
  static final String USAGE =
      """
      Usage: ./procession demo [OPTIONS]

      Reads every class file of the running JDK in a pool of worker processes: SHA-256, size and
      number of methods. Among the work are three sabotaged tasks: one halts its JVM, one loops for
      ever under a deadline, one throws.

        --workers N   worker processes, 1 to 1024 (default: the available processors)
        --limit N     read N class files only, taken evenly from all modules (default: all)
        -h, --help    show this text

      Progress goes to standard error, the summary to standard output. Exit code: 0 if every file was
      read and the three tasks failed as they should, 1 if not, 2 for a wrong command line.
      """;

  static final String CLUSTER_USAGE =
      """
      Usage: ./procession cluster demo [OPTIONS]

      Reads every class file of the running JDK on a cluster: three nodes on this machine, each a
      process of its own, and this program as the one that submits. Among the work are the three
      sabotaged tasks of ./procession demo, and half-way one of the nodes is killed. At the end the
      digest of all files is computed here as well, without any cluster, and has to be the same.

        --workers N   worker processes of each node, 1 to 1024 (default: 1)
        --limit N     read N class files only, taken evenly from all modules (default: all)
        -h, --help    show this text

      Progress goes to standard error, the summary to standard output. Exit code: 0 if the answer is
      right and the three tasks failed as they should, 1 if not, 2 for a wrong command line.
      """;

  /** A command line that cannot be understood; the message is for the user. */
  static final class WrongUsageException extends Exception {
    private static final long serialVersionUID = 1L;

    WrongUsageException(String message) {
      super(message);
    }
  }

  static DemoOptions parse(int defaultWorkers, String... arguments) throws WrongUsageException {
    int workers = defaultWorkers;
    int limit = Integer.MAX_VALUE;
    boolean help = false;
    Deque<String> left = new ArrayDeque<>(List.of(arguments));
    while (!left.isEmpty()) {
      String option = splitAtEquals(left);
      switch (option) {
        case "--workers" -> workers = number(option, left, 1024);
        case "--limit" -> limit = number(option, left, Integer.MAX_VALUE);
        case "-h", "--help" -> help = true;
        default -> throw new WrongUsageException("unknown option '" + option + "'");
      }
    }
    return new DemoOptions(workers, limit, help);
  }

  /** Takes the next option; of {@code --limit=5} the value stays for the one who wants it. */
  private static String splitAtEquals(Deque<String> left) {
    String option = left.pop();
    int equals = option.indexOf('=');
    if (option.startsWith("--") && equals > 0) {
      left.push(option.substring(equals + 1));
      return option.substring(0, equals);
    }
    return option;
  }

  private static int number(String option, Deque<String> left, int most)
      throws WrongUsageException {
    String range = most == Integer.MAX_VALUE ? "from 1" : "from 1 to " + most;
    if (left.isEmpty()) {
      throw new WrongUsageException(option + " needs a number " + range + " after it");
    }
    String text = left.pop();
    try {
      int value = Integer.parseInt(text);
      if (value >= 1 && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below, as for a number out of range.
    }
    throw new WrongUsageException(option + " needs a number " + range + ", was '" + text + "'");
  }
}

package dev.procession.benchmarks.fuzz;

import dev.procession.benchmarks.Arguments.WrongUsageException;
import dev.procession.internal.parent.OutputPumpTarget;
import dev.procession.internal.parent.ParentResultsTarget;
import dev.procession.internal.wire.RingTarget;
import dev.procession.internal.worker.WorkerCallsTarget;
import dev.procession.spi.TaskSerializer;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;

/** {@code ./procession fuzz}; {@link FuzzOptions#USAGE} says what it does. */
public final class Fuzz {
  private static final int MOST_PRINTED = 5;

  /** The first inputs load classes, and are fed once more. */
  private static final int WARM_UP = 2_000;

  private static final long WARM_UP_NANOS = 2_000_000_000;

  private static final List<Callable<Target>> TARGETS =
      List.of(
          () -> new RingTarget(RingTarget.Half.CONSUMER, /* raced= */ false),
          () -> new RingTarget(RingTarget.Half.PRODUCER, /* raced= */ false),
          () -> new RingTarget(RingTarget.Half.CONSUMER, /* raced= */ true),
          () -> new RingTarget(RingTarget.Half.PRODUCER, /* raced= */ true),
          () -> new ParentResultsTarget(/* raced= */ false),
          () -> new ParentResultsTarget(/* raced= */ true),
          WorkerCallsTarget::new,
          StrangersTarget::new,
          ControlMessagesTarget::new,
          SegmentsTarget::new,
          LaunchConfigTarget::new,
          ChunksTarget::new,
          CallKindsTarget::new,
          FailuresTarget::new,
          () -> new ValuesTarget(TaskSerializer.fory()),
          () -> new ValuesTarget(TaskSerializer.jdk()),
          WorkTarget::new,
          OutputPumpTarget::new);

  private final FuzzOptions options;
  private final PrintStream out;
  private final Watchdog watchdog;
  private long violations;

  private Fuzz(FuzzOptions options, PrintStream out) {
    this.options = options;
    this.out = out;
    this.watchdog = new Watchdog();
  }

  /** Runs it; see {@link FuzzOptions} for the arguments and exit codes. */
  public static void main(String... arguments) throws Exception {
    System.exit(run(System.out, arguments));
  }

  /** Runs it in this JVM and returns the exit code. */
  public static int run(PrintStream out, String... arguments) throws Exception {
    System.setProperty("org.slf4j.simpleLogger.log.dev.procession", "off"); // refusing is the point
    FuzzOptions options;
    try {
      options = FuzzOptions.parse(arguments);
    } catch (WrongUsageException e) {
      out.println("fuzz: " + e.getMessage());
      out.println("Try './procession fuzz --help'.");
      return 2;
    }
    if (options.help()) {
      out.print(FuzzOptions.USAGE);
      return 0;
    }
    return new Fuzz(options, out).run();
  }

  private int run() throws Exception {
    out.println("fuzz: seed " + options.seed() + ", JDK " + Runtime.version());
    out.printf(
        Locale.ROOT,
        "%-26s %12s %12s %12s %12s %12s %10s%n",
        "target",
        "inputs",
        "rejected",
        "accepted",
        "worst bytes",
        "limit",
        "inputs/s");
    Thread dog = new Thread(watchdog, "fuzz-watchdog");
    dog.setDaemon(true);
    dog.start();
    int chosen = 0;
    for (Callable<Target> maker : TARGETS) {
      try (Target target = maker.call()) {
        chosen += target.name().contains(options.only()) ? 1 : 0;
      }
    }
    long share = options.duration().toNanos() / Math.max(1, chosen);
    for (Callable<Target> maker : TARGETS) {
      try (Target target = maker.call()) {
        if (target.name().contains(options.only())) {
          run(target, share);
        }
      }
    }
    dog.interrupt();
    dog.join();
    out.println("violations " + violations);
    return violations == 0 ? 0 : 1;
  }

  private void run(Target target, long nanos) {
    Tally tally = new Tally();
    long until = System.nanoTime() + nanos;
    long warmUntil = System.nanoTime() + Math.min(nanos / 4, WARM_UP_NANOS);
    for (int i = 0; i < WARM_UP && System.nanoTime() - warmUntil < 0; i++) {
      feed(target, i, tally, /* judged= */ false);
    }
    tally.forget();
    long begun = System.nanoTime();
    long found = 0;
    long worst = 0;
    for (long i = 0; System.nanoTime() - until < 0; i++) {
      found += feed(target, i, tally, /* judged= */ found < MOST_PRINTED) ? 0 : 1;
      worst = Math.max(worst, tally.takeWorst());
    }
    violations += found;
    double seconds = (System.nanoTime() - begun) / 1e9;
    out.printf(
        Locale.ROOT,
        "%-26s %,12d %,12d %,12d %,12d %,12d %,10.0f%n",
        target.name(),
        tally.inputs(),
        tally.rejectedCount(),
        tally.acceptedCount(),
        worst,
        target.allocationLimit(),
        tally.inputs() / seconds);
  }

  private boolean feed(Target target, long number, Tally tally, boolean judged) {
    long seed = new SplittableRandom(options.seed() ^ target.name().hashCode()).nextLong() + number;
    watchdog.on(target.name(), seed);
    Throwable wrong = null;
    try {
      tally.reading();
      target.feed(new SplittableRandom(seed), tally);
    } catch (Throwable e) {
      wrong = e;
    }
    long allocated = tally.worst();
    if (wrong == null && allocated <= target.allocationLimit()) {
      return true;
    }
    if (judged) {
      out.println(
          "VIOLATION ("
              + target.name()
              + ", seed "
              + options.seed()
              + ", input seed "
              + seed
              + "): "
              + (wrong == null ? allocated + " bytes allocated" : wrong));
      for (Throwable at = wrong; at != null; at = at.getCause()) {
        for (StackTraceElement frame : at.getStackTrace()) {
          out.println("    at " + frame);
        }
      }
    }
    return false;
  }
}

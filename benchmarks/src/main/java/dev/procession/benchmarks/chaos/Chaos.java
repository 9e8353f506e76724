package dev.procession.benchmarks.chaos;

import dev.procession.benchmarks.Arguments.WrongUsageException;
import dev.procession.benchmarks.chaos.cluster.ClusterChaos;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.SocketChannel;
import java.util.SplittableRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/** {@code ./procession chaos}; {@link ChaosOptions#USAGE} says what it does. */
public final class Chaos {
  private static final long PROGRESS_MILLIS = 5_000;
  private static final int SHORTEST_ROUND_MILLIS = 2_000;
  private static final int LONGEST_ROUND_MILLIS = 20_000;

  /** Rounds until the heap is at the level that the later ones are compared with. */
  private static final int WARM_UP_ROUNDS = 3;

  private static final long HEAP_GROWTH = 48L << 20;

  private final ChaosOptions options;
  private final PrintStream out;
  private final Figures figures = new Figures();
  private final Violations violations;
  private final AtomicBoolean stop = new AtomicBoolean();
  private final String mark;

  private Chaos(ChaosOptions options, PrintStream out) {
    this.options = options;
    this.out = out;
    this.violations = new Violations(out, options.seed());
    // A time to sleep that nobody else asks for.
    this.mark = "1" + ProcessHandle.current().pid() + "." + (System.nanoTime() & 0xFFFFF);
  }

  /** Runs it; see {@link ChaosOptions} for the arguments and exit codes. */
  public static void main(String... arguments) throws Exception {
    System.setProperty("org.slf4j.simpleLogger.log.dev.procession", "off"); // kills are the point
    System.exit(run(System.out, arguments));
  }

  /** Runs it in this JVM and returns the exit code. */
  static int run(PrintStream out, String... arguments) throws IOException, InterruptedException {
    ChaosOptions options;
    try {
      options = ChaosOptions.parse(arguments);
    } catch (WrongUsageException e) {
      out.println("chaos: " + e.getMessage());
      out.println("Try './procession chaos --help'.");
      return 2;
    }
    if (options.help()) {
      out.print(ChaosOptions.USAGE);
      return 0;
    }
    return new Chaos(options, out).run();
  }

  private int run() throws IOException, InterruptedException {
    CtrlC.handle(this::interrupted);
    if (options.cluster()) {
      return ClusterChaos.run(options.duration(), options.seed(), out, stop::get);
    }
    out.println("chaos: seed " + options.seed() + ", JDK " + Runtime.version());
    Thread progress = new Thread(this::tellProgress, "chaos-progress");
    progress.setDaemon(true);
    progress.start();
    openFirstSocket();
    SplittableRandom random = new SplittableRandom(options.seed());
    long until = System.nanoTime() + options.duration().toNanos();
    try {
      for (int number = 1; System.nanoTime() - until < 0 && !stop.get(); number++) {
        round(number, random.split(), until);
        checkHeap(number); // when the round and what it remembers are gone
      }
    } catch (TimeoutException e) {
      violations.add("hang", String.valueOf(e.getMessage()));
      ThreadDumps.print(out, String.valueOf(e.getMessage()));
    } finally {
      progress.interrupt();
      progress.join();
    }
    figures.print(out, options.seed(), violations.count());
    return violations.count() == 0 ? 0 : 1;
  }

  private void round(int number, SplittableRandom random, long until)
      throws IOException, InterruptedException, TimeoutException {
    Stock before = Stock.take(mark);
    long left = Math.max(0, until - System.nanoTime());
    long nanos = random.nextInt(SHORTEST_ROUND_MILLIS, LONGEST_ROUND_MILLIS) * 1_000_000L;
    Round round =
        new Round("chaos-" + number, random, options.workers(), mark, figures, violations);
    round.run(Math.min(left, nanos), stop::get);
    round.checkLeftovers(before);
  }

  private void checkHeap(int number) {
    if (number < WARM_UP_ROUNDS) {
      return;
    }
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    long used = runtime.totalMemory() - runtime.freeMemory();
    figures.heap(used);
    if (figures.heapGrowth() > HEAP_GROWTH) {
      violations.add("round " + number, "the heap has grown by " + figures.heapGrowth());
    }
  }

  /** Of its first socket the JDK itself keeps a descriptor for good. */
  private static void openFirstSocket() throws IOException {
    try (SocketChannel first = SocketChannel.open()) {
      first.configureBlocking(false);
    }
  }

  private void interrupted() {
    if (stop.getAndSet(true)) {
      Runtime.getRuntime().halt(130); // asked twice: at once
    }
    out.println("chaos: ending; once more to end at once");
  }

  private void tellProgress() {
    try {
      while (true) {
        Thread.sleep(PROGRESS_MILLIS);
        out.println(figures.progress(violations.count()));
      }
    } catch (InterruptedException e) {
      // The run is over.
    }
  }
}

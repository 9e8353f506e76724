package dev.procession.benchmarks.peers.runner;

import dev.procession.benchmarks.peers.runner.Runner.Settings;
import dev.procession.dashboard.DashboardServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;

/** What tasks cost that somebody looks at. */
final class Watched {
  private static final int WARM_UP_TURNS = 5;
  private static final int TURNS = 6;

  private Watched() {}

  /**
   * Time of tasks of a millisecond, each of which is shown, with a dashboard by that without, in
   * turns; a process of its own takes what the page is sent, as a browser does.
   */
  static void watched(String engine, Settings settings) throws Exception {
    try (ProcessionEngine pool = new ProcessionEngine(Tasks.processors())) {
      int rounds = Load.roundsPerMilli();
      pool.settle();
      Tasks.warmUp(pool);
      Tasks.spins(pool, rounds, WARM_UP_TURNS * settings.nanos());
      double[] ratios = new double[TURNS];
      for (int turn = -1; turn < TURNS; turn++) {
        double without = Tasks.spins(pool, rounds, settings.nanos());
        double with = watched(pool, rounds, settings.nanos());
        if (turn >= 0) { // in the first one, all that is new to this JVM
          ratios[turn] = without / with;
        }
      }
      Figures.put("median", Figures.median(ratios));
    }
  }

  private static double watched(ProcessionEngine pool, int rounds, long nanos) throws Exception {
    try (DashboardServer dashboard = DashboardServer.start(pool.pool())) {
      Process reader = startReader(dashboard.address().resolve("events"));
      try {
        Tasks.spins(pool, rounds, nanos); // the reader's JVM has started then
        if (!reader.isAlive()) {
          throw new IllegalStateException("the reader ended with " + reader.exitValue());
        }
        return Tasks.spins(pool, rounds, nanos);
      } finally {
        reader.destroyForcibly().waitFor();
      }
    }
  }

  private static Process startReader(URI events) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Reader.class.getName(),
            events.toString())
        .inheritIO()
        .start();
  }

  /** Reads on and on, as a page does. */
  static final class Reader {
    private Reader() {}

    public static void main(String[] args) throws IOException {
      try (InputStream events = URI.create(args[0]).toURL().openStream()) {
        byte[] buffer = new byte[1 << 16];
        while (events.read(buffer) >= 0) {
          // On to the next event.
        }
      }
    }
  }
}

package dev.procession.benchmarks.peers.runner;

import dev.procession.benchmarks.peers.runner.Runner.Settings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** What the tasks do to everybody else in the parent. */
final class Pauses {
  private static final int KEPT = 1_000_000;
  private static final int MEGABYTES = 128;
  private static final long PERIOD_NANOS = 1_000_000;

  private Pauses() {}

  /** How late a thread of the parent wakes, in microseconds, while tasks make garbage. */
  static void garbage(String engine, Settings settings) throws Exception {
    List<int[]> held = new ArrayList<>(); // what the parent's own work keeps
    for (int i = 0; i < KEPT; i++) {
      held.add(new int[16]);
    }
    try (Engine pool = Engine.open(engine, Math.max(1, Tasks.processors() - 1))) {
      boolean[] over = new boolean[1];
      Thread feeder =
          new Thread(
              () -> {
                try {
                  while (!over[0]) {
                    pool.litter(MEGABYTES).get();
                  }
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      feeder.start();
      delays(settings.nanos());
      long[] delays = delays(2 * settings.nanos());
      over[0] = true;
      feeder.join();
      Arrays.sort(delays);
      Figures.put("median", Figures.at(delays, 0.999) / 1e3);
      Figures.put("p50", Figures.at(delays, 0.5) / 1e3);
      Figures.put("worst", delays[delays.length - 1] / 1e3);
    }
    if (held.get(KEPT - 1).length != 16) {
      throw new AssertionError();
    }
  }

  private static long[] delays(long nanos) {
    long[] delays = new long[(int) (nanos / PERIOD_NANOS) + 1];
    int count = 0;
    long now = System.nanoTime();
    long until = now + nanos;
    while (now < until && count < delays.length) {
      LockSupport.parkNanos(PERIOD_NANOS);
      long after = System.nanoTime();
      delays[count++] = Math.max(0, after - now - PERIOD_NANOS);
      now = after;
    }
    return Arrays.copyOf(delays, count);
  }
}

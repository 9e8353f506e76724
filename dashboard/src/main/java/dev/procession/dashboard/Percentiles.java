package dev.procession.dashboard;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Times that count so often each, and what so many of them are below. */
final class Percentiles {
  private static final double[] WANTED = {0.5, 0.95, 0.99};

  private final List<Weighted> times = new ArrayList<>();
  private long weights;

  private record Weighted(double millis, long times) {}

  void add(double millis, long times) {
    if (times > 0) {
      this.times.add(new Weighted(millis, times));
      weights += times;
    }
  }

  /** Median, 95th and 99th percentile; no numbers if there are none. */
  double[] take() {
    times.sort(Comparator.comparingDouble(Weighted::millis));
    double[] found = new double[WANTED.length];
    Arrays.fill(found, Double.NaN);
    long below = 0;
    int next = 0;
    for (Weighted time : times) {
      below += time.times;
      while (next < WANTED.length && below >= WANTED[next] * weights) {
        found[next++] = time.millis;
      }
    }
    times.clear();
    weights = 0;
    return found;
  }
}

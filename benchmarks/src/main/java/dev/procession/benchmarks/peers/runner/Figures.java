package dev.procession.benchmarks.peers.runner;

import java.util.Arrays;
import java.util.Locale;

/** Hands figures to the process that has started this one: a line each, and all else is noise. */
public final class Figures {
  /** Begins such a line. */
  static final String MARK = "@figure";

  private Figures() {}

  /** Hands one on. */
  public static void put(String name, double value) {
    System.out.printf(Locale.ROOT, "%s %s %.6g%n", MARK, name, value);
    System.out.flush();
  }

  /** The median and the 99th percentile of samples, divided by a unit. */
  public static void putDistribution(long[] samples, double unit) {
    long[] sorted = samples.clone();
    Arrays.sort(sorted);
    put("median", at(sorted, 0.5) / unit);
    put("p99", at(sorted, 0.99) / unit);
    put("least", sorted[0] / unit);
  }

  /** The median of samples. */
  public static double median(double[] samples) {
    double[] sorted = samples.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  static long at(long[] sorted, double part) {
    return sorted[(int) Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  }
}

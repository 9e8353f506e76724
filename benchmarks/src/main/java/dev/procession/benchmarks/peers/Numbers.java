package dev.procession.benchmarks.peers;

import java.util.Locale;

/** Figures for people: three digits that mean something. */
final class Numbers {
  private Numbers() {}

  static String text(double value) {
    double size = Math.abs(value);
    if (size >= 1_000) {
      double step = Math.pow(10, Math.floor(Math.log10(size)) - 2);
      return String.format(Locale.ROOT, "%,.0f", Math.rint(value / step) * step);
    }
    int digits = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : 2;
    String text = String.format(Locale.ROOT, "%." + digits + "f", value);
    return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
  }
}

package dev.procession.examples.demo;

import java.time.Duration;
import java.util.Locale;

/**
 * How far some work is, as a line of text that fits a terminal of 80 columns.
 *
 * @param done how many are done
 * @param total how many there are; 0 counts as all done
 * @param perSecond how many are being done a second, 0 if that cannot be said
 * @param elapsed time since the beginning
 */
record ProgressLine(long done, long total, double perSecond, Duration elapsed) {
  private static final int BAR = 24;

  int percent() {
    return total == 0 ? 100 : (int) (100 * done / total);
  }

  /** {@code [=====> ] 45% 12,345/27,123 4,321/s ETA 0:03}. */
  String withBar() {
    int filled = total == 0 ? BAR : (int) (BAR * done / total);
    String bar =
        filled == BAR ? "=".repeat(BAR) : "=".repeat(filled) + ">" + " ".repeat(BAR - filled - 1);
    return "[" + bar + "] " + plain();
  }

  /** {@code 45% 12,345/27,123 4,321/s ETA 0:03}. */
  String plain() {
    String end = done >= total ? "took " + clock(elapsed) : "ETA " + eta();
    return String.format(
        Locale.ROOT, "%3d%%  %,d/%,d  %,d/s  %s", percent(), done, total, (long) perSecond, end);
  }

  private String eta() {
    if (perSecond <= 0) {
      return "-:--";
    }
    double seconds = Math.ceil((total - done) / perSecond);
    return clock(Duration.ofSeconds((long) Math.min(seconds, Integer.MAX_VALUE)));
  }

  /** {@code 0:07}, {@code 12:34} or {@code 1:02:03}. */
  static String clock(Duration duration) {
    long hours = duration.toHours();
    return hours == 0
        ? String.format(Locale.ROOT, "%d:%02d", duration.toMinutesPart(), duration.toSecondsPart())
        : String.format(
            Locale.ROOT, "%d:%02d:%02d", hours, duration.toMinutesPart(), duration.toSecondsPart());
  }
}

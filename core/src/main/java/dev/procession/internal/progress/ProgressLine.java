package dev.procession.internal.progress;

import java.time.Duration;
import java.util.Locale;

/**
 * How far some work is, as a line of text that fits a terminal of 80 columns.
 *
 * @param label what the work is, perhaps empty
 * @param done how many have ended, the failed ones among them
 * @param failed how many of these failed
 * @param total how many there are, or {@link #UNKNOWN}; 0 counts as all done
 * @param perSecond how many end in a second, 0 if that cannot be said
 * @param elapsed time since the beginning
 */
public record ProgressLine(
    String label, long done, long failed, long total, double perSecond, Duration elapsed) {
  /** A total that is not known. */
  public static final long UNKNOWN = -1;

  private static final int COLUMNS = 79; // in the last one, some terminals begin a new line
  private static final int LEAST_BAR = 8;
  private static final int MOST_BAR = 24;

  /** Longest label that is shown whole, in characters. */
  static final int LABEL = 20;

  private static final double SLOW = 10; // below that a fraction is worth telling

  /** The same below lines with longer labels. */
  public ProgressLine labelledAsWideAs(int width) {
    String shown = cut(label);
    String padded = shown + " ".repeat(Math.max(0, width - shown.length()));
    return new ProgressLine(padded, done, failed, total, perSecond, elapsed);
  }

  /** Characters that the label takes. */
  public int labelWidth() {
    return cut(label).length();
  }

  /** Of 100, rounded down; 0 while the total is not known. */
  int percent() {
    return total == UNKNOWN ? 0 : total == 0 ? 100 : (int) (100 * Math.min(done, total) / total);
  }

  /** {@code label [=====> ] 45% 12,345/27,123 4,321/s ETA 0:03 2 failed}. */
  String withBar() {
    String plain = plain();
    int width = Math.min(MOST_BAR, COLUMNS - 3 - plain.length());
    if (total == UNKNOWN || width < LEAST_BAR) {
      return plain;
    }
    int filled = total == 0 ? width : (int) (width * Math.min(done, total) / total);
    String bar =
        filled == width
            ? "=".repeat(width)
            : "=".repeat(filled) + ">" + " ".repeat(width - filled - 1);
    String start = labelled();
    return start + "[" + bar + "] " + plain.substring(start.length());
  }

  /** {@code label 45% 12,345/27,123 4,321/s ETA 0:03 2 failed}. */
  String plain() {
    StringBuilder line = new StringBuilder(labelled());
    if (total == UNKNOWN) {
      line.append(String.format(Locale.ROOT, "%,d", done));
    } else {
      line.append(String.format(Locale.ROOT, "%3d%%  %,d/%,d", percent(), done, total));
    }
    line.append("  ").append(rate()).append("  ").append(time());
    if (failed > 0) {
      line.append(String.format(Locale.ROOT, "  %,d failed", failed));
    }
    return line.toString();
  }

  private String labelled() {
    return label.isEmpty() ? "" : cut(label) + " ";
  }

  /** The label's end, where it is too long: names differ there. */
  static String cut(String label) {
    return label.length() <= LABEL ? label : "…" + label.substring(label.length() - LABEL + 1);
  }

  private String rate() {
    return perSecond > 0 && perSecond < SLOW
        ? String.format(Locale.ROOT, "%.1f/s", perSecond)
        : String.format(Locale.ROOT, "%,d/s", (long) perSecond);
  }

  private String time() {
    if (total == UNKNOWN) {
      return clock(elapsed);
    }
    return done >= total ? "took " + clock(elapsed) : "ETA " + eta();
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

package dev.procession.cli.watch;

import java.time.Duration;
import java.util.Locale;

/** Numbers as people read them. */
final class Figures {
  private static final double KIBI = 1024;

  private Figures() {}

  /** {@code 53.1 MB}, in powers of 1024 as {@code top} has it; {@code -} if unknown. */
  static String bytes(long bytes) {
    if (bytes < 0) {
      return "-";
    }
    double mebi = bytes / (KIBI * KIBI);
    return mebi >= KIBI
        ? String.format(Locale.ROOT, "%.1f GB", mebi / KIBI)
        : String.format(Locale.ROOT, "%.0f MB", mebi);
  }

  /** {@code 12 ms}, {@code 3.4 s}, {@code 2:05}, {@code 1:02:03}. */
  static String time(Duration duration) {
    if (duration.compareTo(Duration.ofSeconds(1)) < 0) {
      return duration.toMillis() + " ms";
    }
    if (duration.compareTo(Duration.ofMinutes(1)) < 0) {
      return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1e3);
    }
    return duration.toHours() == 0
        ? String.format(Locale.ROOT, "%d:%02d", duration.toMinutes(), duration.toSecondsPart())
        : String.format(
            Locale.ROOT,
            "%d:%02d:%02d",
            duration.toHours(),
            duration.toMinutesPart(),
            duration.toSecondsPart());
  }

  /** A text from elsewhere, without what would move the cursor or worse. */
  static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }

  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}

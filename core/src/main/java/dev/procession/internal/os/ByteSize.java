package dev.procession.internal.os;

import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;

/** Sizes in bytes as the JVM's options write them, {@code 512m}, and as messages do, 512 MiB. */
public final class ByteSize {
  private static final Pattern SYNTAX = Pattern.compile("[1-9][0-9]*[kmgtKMGT]?");
  private static final String SUFFIXES = "kmgt";
  private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private ByteSize() {}

  /**
   * Bytes meant by digits and perhaps one of k, m, g and t, in either case and in steps of 1024.
   *
   * @param option what the size is of; begins the message
   * @throws IllegalArgumentException if it is not such a text, or zero, or more than a long holds
   */
  public static long parse(String option, String text) {
    Objects.requireNonNull(text, option);
    if (text.matches("0+[kmgtKMGT]?")) {
      throw new IllegalArgumentException(option + " must be more than zero, was '" + text + "'");
    }
    if (!SYNTAX.matcher(text).matches()) {
      throw new IllegalArgumentException(
          option + " must be digits with k, m, g or t, such as 512m, was '" + text + "'");
    }
    int last = text.length() - 1;
    int suffix = SUFFIXES.indexOf(text.toLowerCase(Locale.ROOT).charAt(last));
    try {
      long number = Long.parseLong(suffix < 0 ? text : text.substring(0, last));
      return Math.multiplyExact(number, 1L << (10 * (suffix + 1)));
    } catch (NumberFormatException | ArithmeticException e) {
      throw new IllegalArgumentException(
          option + " must be less than 8388608t, the most there can be, was '" + text + "'", e);
    }
  }

  /** For messages, to a tenth of the unit: "512 MiB", "1.5 GiB", "12 bytes". */
  public static String text(long bytes) {
    if (bytes < 0) {
      return "unknown";
    }
    if (bytes < 1024) {
      return bytes + (bytes == 1 ? " byte" : " bytes");
    }
    double inUnit = bytes;
    int unit = -1;
    long tenths;
    do {
      inUnit /= 1024;
      unit++;
      tenths = Math.round(inUnit * 10);
    } while (tenths >= 10 * 1024); // of what was rounded, so that no text is "1024 MiB"
    return tenths / 10 + (tenths % 10 == 0 ? "" : "." + tenths % 10) + " " + UNITS[unit];
  }
}

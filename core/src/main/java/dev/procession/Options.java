package dev.procession;

import dev.procession.internal.os.ByteSize;
import java.time.Duration;
import java.util.Objects;

/** Checks of option values; each message names the option, the value and the range. */
final class Options {
  /** Longest duration an option takes, about 292 years: what nanoseconds in a long can hold. */
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  private Options() {}

  static String notBlank(String option, String value) {
    Objects.requireNonNull(value, option);
    if (value.isBlank()) {
      throw new IllegalArgumentException(option + " must not be blank, was '" + value + "'");
    }
    return value;
  }

  static int inRange(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(option + " must be " + range(min, max) + ", was " + value);
    }
    return value;
  }

  static long inRange(String option, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(option + " must be " + range(min, max) + ", was " + value);
    }
    return value;
  }

  private static String range(long min, long max) {
    return max == Integer.MAX_VALUE || max == Long.MAX_VALUE
        ? "at least " + min
        : "from " + min + " to " + max;
  }

  /** A number of bytes such as 512m; more than zero. */
  static long size(String option, String value) {
    return ByteSize.parse(option, value);
  }

  static Duration positive(String option, Duration value) {
    Objects.requireNonNull(value, option);
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(option + " must be more than zero, was " + value);
    }
    return capped(value);
  }

  static Duration notNegative(String option, Duration value) {
    Objects.requireNonNull(value, option);
    if (value.isNegative()) {
      throw new IllegalArgumentException(option + " must be zero or more, was " + value);
    }
    return capped(value);
  }

  /** A huge duration means "for ever"; capped so that {@code toNanos} cannot overflow. */
  static Duration capped(Duration value) {
    return value.compareTo(LONGEST) > 0 ? LONGEST : value;
  }
}

package dev.procession.cli;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Durations as people write them: {@code 500ms}, {@code 30s}, {@code 2m}, {@code 1.5h}, {@code 30}.
 */
final class Durations implements ITypeConverter<Duration> {
  private static final Pattern PATTERN = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(ms|s|m|h|d)?");

  @Override
  public Duration convert(String text) {
    Matcher parts = PATTERN.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (parts.matches()) {
      String unit = parts.group(2) == null ? "s" : parts.group(2);
      return Duration.ofNanos((long) (Double.parseDouble(parts.group(1)) * seconds(unit) * 1e9));
    }
    try {
      return Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw new TypeConversionException(
          "'" + text + "' is no duration; write 500ms, 30s, 2m or 1h");
    }
  }

  private static double seconds(String unit) {
    return switch (unit) {
      case "ms" -> 1e-3;
      case "s" -> 1;
      case "m" -> 60;
      case "h" -> 3600;
      case "d" -> 86_400;
      default -> throw new AssertionError(unit);
    };
  }
}

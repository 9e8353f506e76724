package dev.procession.internal.codec;

import org.jspecify.annotations.Nullable;

/** Text about objects whose own methods may throw, hang on to nothing and never end. */
final class Descriptions {
  static final int MAX_TEXT = 64 * 1_024;

  private Descriptions() {}

  /** {@code class: message} of a throwable, whatever its methods do. */
  static String describe(Throwable thrown) {
    String message = message(thrown);
    String name = thrown.getClass().getName();
    return message == null ? name : name + ": " + message;
  }

  /** The message of a throwable, cut to {@link #MAX_TEXT} characters, whatever its methods do. */
  static @Nullable String message(Throwable thrown) {
    try {
      return cut(thrown.getMessage());
    } catch (Throwable e) {
      return "(its getMessage() threw " + e.getClass().getName() + ")";
    }
  }

  static @Nullable String cut(@Nullable String text) {
    return text == null || text.length() <= MAX_TEXT
        ? text
        : text.substring(0, MAX_TEXT) + "... (" + text.length() + " characters)";
  }
}

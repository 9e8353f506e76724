package dev.procession;

import org.jspecify.annotations.Nullable;

/**
 * The failure of a task that ran to its end, but whose result cannot cross back to the caller's
 * process.
 *
 * <p>The message names the way from the result to the object that cannot cross, and what to do
 * about it. {@link #path()} is that way alone.
 */
public class ResultNotSerializableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String path;

  public ResultNotSerializableException(String message, @Nullable Throwable cause) {
    this(message, "", cause);
  }

  public ResultNotSerializableException(String message, String path, @Nullable Throwable cause) {
    super(message, cause);
    this.path = path;
  }

  /**
   * The way from the result to the object that cannot cross, for example {@code result (Page) →
   * field 'reader' (java.io.Reader)}; empty when it was not found.
   */
  public String path() {
    return path;
  }
}

package dev.procession;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by {@code submit} and {@code map} when a task or one of its arguments cannot cross to
 * another process.
 *
 * <p>The message names the way from the task to the object that cannot cross, and what to do about
 * it. {@link #path()} is that way alone.
 */
public class TaskNotSerializableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String path;

  public TaskNotSerializableException(String message, @Nullable Throwable cause) {
    this(message, "", cause);
  }

  public TaskNotSerializableException(String message, String path, @Nullable Throwable cause) {
    super(message, cause);
    this.path = path;
  }

  /**
   * The way from the task to the object that cannot cross, for example {@code lambda at
   * Report.java:42 → captured argument 0 (Report) → field 'connection' (java.sql.Connection)};
   * empty when it was not found.
   */
  public String path() {
    return path;
  }
}

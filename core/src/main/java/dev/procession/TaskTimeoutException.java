package dev.procession;

import org.jspecify.annotations.Nullable;

/** The task overran its deadline and was stopped. */
public final class TaskTimeoutException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final CrashReport report;

  /** Creates one with a text a user can act on. */
  public TaskTimeoutException(String message, CrashReport report, @Nullable Throwable cause) {
    super(message, cause);
    this.report = report;
  }

  /** What is known of the worker's end. */
  public CrashReport report() {
    return report;
  }
}

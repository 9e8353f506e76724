package dev.procession;

import org.jspecify.annotations.Nullable;

/** No worker could be started for the task; the cause is the initializer's own exception if that failed. */
public final class WorkerStartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final CrashReport report;

  /** Creates one with a text a user can act on. */
  public WorkerStartException(String message, CrashReport report, @Nullable Throwable cause) {
    super(message, cause);
    this.report = report;
  }

  /** What is known of the worker's end. */
  public CrashReport report() {
    return report;
  }
}

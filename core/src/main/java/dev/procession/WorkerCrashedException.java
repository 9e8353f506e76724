package dev.procession;

import org.jspecify.annotations.Nullable;

/** The task's worker process ended while it ran the task; the report says how. */
public final class WorkerCrashedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final CrashReport report;

  /** Creates one with a text a user can act on. */
  public WorkerCrashedException(String message, CrashReport report, @Nullable Throwable cause) {
    super(message, cause);
    this.report = report;
  }

  /** What is known of the worker's end. */
  public CrashReport report() {
    return report;
  }
}

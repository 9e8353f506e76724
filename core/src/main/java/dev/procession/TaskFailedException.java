package dev.procession;

import org.jspecify.annotations.Nullable;

/** Carries a checked exception that a task threw, as its cause, out of a method that cannot throw it. */
public final class TaskFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates one with a text a user can act on. */
  public TaskFailedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

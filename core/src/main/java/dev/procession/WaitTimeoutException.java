package dev.procession;

import org.jspecify.annotations.Nullable;

/** The time for a whole iteration ran out; the message names how many of how many are unfinished. Never something a task threw. */
public final class WaitTimeoutException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates one with a text a user can act on. */
  public WaitTimeoutException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

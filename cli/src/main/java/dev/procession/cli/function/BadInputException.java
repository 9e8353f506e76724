package dev.procession.cli.function;

import org.jspecify.annotations.Nullable;

/** An input is not what the function takes; the message says which part of it, and why. */
public final class BadInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says why. */
  public BadInputException(String message) {
    super(message);
  }

  BadInputException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

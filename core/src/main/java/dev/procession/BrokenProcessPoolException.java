package dev.procession;

import org.jspecify.annotations.Nullable;

/** The pool can run nothing any more; the message says why and what to do. */
public final class BrokenProcessPoolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates one with a text a user can act on. */
  public BrokenProcessPoolException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

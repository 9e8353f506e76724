package dev.procession.observe;

import org.jspecify.annotations.Nullable;

/** A pool cannot be looked at: it has ended, is not observable, or does not answer. */
public final class UnreachablePoolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates one with a text a user can act on. */
  public UnreachablePoolException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

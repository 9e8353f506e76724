package dev.procession.observe;

import org.jspecify.annotations.Nullable;

/** A pool cannot be looked at: it has ended, is not observable, or does not answer. */
public final class UnreachablePoolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean silent;

  /** Creates one with a text a user can act on. */
  public UnreachablePoolException(String message, @Nullable Throwable cause) {
    this(message, /* silent= */ false, cause);
  }

  /**
   * Creates one with a text a user can act on.
   *
   * @param silent whether the pool is there and only does not answer
   */
  public UnreachablePoolException(String message, boolean silent, @Nullable Throwable cause) {
    super(message, cause);
    this.silent = silent;
  }

  /** Whether the pool is there and only does not answer: its process is stopped, for example. */
  public boolean isSilent() {
    return silent;
  }
}

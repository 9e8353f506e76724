package dev.procession;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The pool can run nothing any more; the message says why and what to do. */
public final class BrokenProcessPoolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final @Nullable CrashReport report;

  /** Creates one with a text a user can act on. */
  public BrokenProcessPoolException(
      String message, @Nullable CrashReport report, @Nullable Throwable cause) {
    super(message, cause);
    this.report = report;
  }

  /** The end of the last worker that could not be started, if that is what broke the pool. */
  public Optional<CrashReport> report() {
    return Optional.ofNullable(report);
  }
}

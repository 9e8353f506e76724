package dev.procession;

import org.jspecify.annotations.Nullable;

/**
 * The faithful stand-in for an exception of a task that could not cross as itself.
 *
 * <p>An exception stays behind when it cannot be serialised, or when its class cannot be read here.
 * The stand-in has the original's message, stack trace, cause and suppressed exceptions (stand-ins
 * likewise), and names the original's class.
 */
public class RemoteTaskException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String originalClassName;
  private final String whyStandIn;

  public RemoteTaskException(@Nullable String message, @Nullable Throwable cause) {
    this(RemoteTaskException.class.getName(), message, "", cause);
  }

  /**
   * @param message the original's message
   * @param whyStandIn why the original itself could not cross, in a few words
   */
  public RemoteTaskException(
      String originalClassName,
      @Nullable String message,
      String whyStandIn,
      @Nullable Throwable cause) {
    super(message, cause);
    this.originalClassName = originalClassName;
    this.whyStandIn = whyStandIn;
  }

  /** The binary name of the class of the exception that the task threw. */
  public String originalClassName() {
    return originalClassName;
  }

  /** Prints as the original would, and says that this is a stand-in and why. */
  @Override
  @SuppressWarnings("OverrideThrowableToString") // getMessage() is the original's alone
  public String toString() {
    String message = getLocalizedMessage();
    String asOriginal = message == null ? originalClassName : originalClassName + ": " + message;
    return whyStandIn.isEmpty() ? asOriginal : asOriginal + " [stand-in: " + whyStandIn + "]";
  }
}

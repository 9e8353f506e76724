package dev.procession.cli;

/** Something that the user asked for is not possible; the message is for the user. */
public final class WrongUsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public WrongUsageException(String message) {
    super(message);
  }

  public WrongUsageException(String message, Throwable cause) {
    super(message, cause);
  }
}

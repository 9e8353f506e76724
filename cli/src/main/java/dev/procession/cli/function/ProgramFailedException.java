package dev.procession.cli.function;

/** A program ended with another exit code than 0; the message has its last words. */
final class ProgramFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ProgramFailedException(String message) {
    super(message);
  }
}

package dev.procession.cli;

/** What the command's exit codes mean. */
final class ExitCode {
  /** Everything went well. */
  static final int OK = 0;

  /** Some inputs failed. */
  static final int SOME_FAILED = 1;

  /** The command line cannot be followed; nothing was run. */
  static final int USAGE = 2;

  /** So many failed that the run was stopped. */
  static final int TOO_MANY_FAILED = 3;

  /** No workers can be had, or the results cannot be written. */
  static final int BROKEN = 4;

  /** Stopped by Ctrl-C or SIGTERM. */
  static final int INTERRUPTED = 130;

  private ExitCode() {}
}

package dev.procession.cli;

import java.io.IOException;

/** Whether a person sits at the other end. */
final class Terminal {
  /** Descriptors. */
  static final int INPUT = 0;

  static final int OUTPUT = 1;

  private Terminal() {}

  /** Asks the shell, as Java can only tell of all descriptors together; without a shell, no. */
  static boolean isOne(int descriptor) {
    try {
      return new ProcessBuilder("sh", "-c", "test -t " + descriptor).inheritIO().start().waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}

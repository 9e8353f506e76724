package dev.procession.cli;

import dev.procession.ProgressBar;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** Standard error, which a progress bar may share: lines go above it. Any thread may speak. */
final class Console {
  private final PrintWriter errors;
  private volatile @Nullable ProgressBar bar;

  Console(PrintWriter errors) {
    this.errors = errors;
  }

  /** From now on that bar is shown. */
  ProgressBar showing(ProgressBar shown) {
    bar = shown;
    return shown;
  }

  /** Nothing is shown any more. */
  void showingNone() {
    bar = null;
  }

  /** Prints a line. */
  void say(String line) {
    ProgressBar shown = bar;
    if (shown == null) {
      errors.println(line);
    } else {
      shown.say(line);
    }
  }
}

package dev.procession;

import dev.procession.internal.wire.ProgressReport;
import java.time.Instant;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * How far a task is, as it said itself through {@link TaskContext#report}.
 *
 * @param done units of work that are done, 0 or more
 * @param total units of work in all, or {@link #UNKNOWN}
 * @param message what the task is at, perhaps empty
 * @param at when the parent learned of it
 */
public record TaskProgress(long done, long total, String message, Instant at) {
  /** A total that is not known. */
  public static final long UNKNOWN = -1;

  /** Longest message in characters; what is longer is cut. */
  public static final int MAX_MESSAGE = ProgressReport.MAX_MESSAGE;

  /**
   * Checks the components.
   *
   * @throws IllegalArgumentException if {@code done} is below 0 or {@code total} below -1
   */
  public TaskProgress {
    Objects.requireNonNull(message, "message");
    Objects.requireNonNull(at, "at");
    ProgressReport.check(done, total);
  }

  /** The part that is done, from 0 to 1; empty if the total is not known or 0. */
  public OptionalDouble fraction() {
    return total <= 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(Math.min(1, (double) done / total));
  }
}

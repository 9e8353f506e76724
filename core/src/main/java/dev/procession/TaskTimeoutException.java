package dev.procession;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The task overran its deadline and was stopped. */
public final class TaskTimeoutException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable Supplier<CrashReport> source; // null once serialised
  private @Nullable CrashReport report; // only when serialised

  /**
   * Creates one with a text a user can act on.
   *
   * @param report what is known of the worker's end at the time it is asked
   */
  public TaskTimeoutException(
      String message, Supplier<CrashReport> report, @Nullable Throwable cause) {
    super(message, cause);
    this.source = report;
  }

  /**
   * What is known of the worker's end by now.
   *
   * <p>The task is over the instant its deadline passes, and its worker is ended after that: thread
   * dump, exit code and last output are there once the worker is gone, which {@link
   * PoolListener#workerEnded} tells. That takes little longer than the pool's {@code killGrace}.
   */
  public CrashReport report() {
    return source != null ? source.get() : Objects.requireNonNull(report);
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    report = report();
    out.defaultWriteObject();
  }
}

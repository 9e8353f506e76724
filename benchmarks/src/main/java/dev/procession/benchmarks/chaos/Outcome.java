package dev.procession.benchmarks.chaos;

import dev.procession.BrokenProcessPoolException;
import dev.procession.CrashReport;
import dev.procession.ExitReason;
import dev.procession.TaskTimeoutException;
import dev.procession.WorkerCrashedException;
import dev.procession.WorkerStartException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * How an order ended, without the value itself.
 *
 * @param kind which of the ways
 * @param reason of a crash
 * @param ranFor of a crash or a deadline, as its report says
 * @param text what is known besides, for a violation
 */
record Outcome(Kind kind, @Nullable ExitReason reason, Duration ranFor, String text) {
  /** The ways in which an order can end. */
  enum Kind {
    /** The right value. */
    VALUE("a value"),
    /** The exception it was told to throw. */
    THREW("its own exception"),
    /** Its worker crashed. */
    CRASHED("a crash of its worker"),
    /** Its deadline passed. */
    TIMED_OUT("its deadline"),
    /** Cancelled. */
    CANCELLED("cancelled"),
    /** No worker could be started for it. */
    NOT_STARTED("no worker to run it"),
    /** Its pool broke. */
    BROKEN("a broken pool"),
    /** Anything else. */
    WRONG("wrong");

    final String label;

    Kind(String label) {
      this.label = label;
    }
  }

  static Outcome ofValue(Order order, @Nullable Object value) {
    boolean right =
        switch (order.deed()) {
          case ECHO -> isPattern(order, value, order.payload().length);
          case PRODUCE -> isPattern(order, value, order.resultBytes());
          default -> Long.valueOf(order.token()).equals(value);
        };
    return right
        ? new Outcome(Kind.VALUE, null, Duration.ZERO, "")
        : new Outcome(Kind.WRONG, null, Duration.ZERO, "a wrong value: " + value);
  }

  private static boolean isPattern(Order order, @Nullable Object value, int length) {
    return value instanceof byte[] bytes
        && Arrays.equals(bytes, Order.pattern(order.id(), order.element(), length));
  }

  static Outcome ofFailure(Order order, Throwable failure) {
    String text = String.valueOf(failure);
    if (failure instanceof OrderedFailure) {
      boolean own = Long.toString(order.token()).equals(failure.getMessage());
      return new Outcome(own ? Kind.THREW : Kind.WRONG, null, Duration.ZERO, text);
    }
    if (failure instanceof WorkerCrashedException crash) {
      CrashReport report = crash.report();
      return new Outcome(Kind.CRASHED, report.reason(), report.ranFor(), text);
    }
    if (failure instanceof TaskTimeoutException timeout) {
      return new Outcome(Kind.TIMED_OUT, null, timeout.report().ranFor(), text);
    }
    if (failure instanceof CancellationException) {
      return new Outcome(Kind.CANCELLED, null, Duration.ZERO, text);
    }
    if (failure instanceof WorkerStartException) {
      return new Outcome(Kind.NOT_STARTED, null, Duration.ZERO, text);
    }
    if (failure instanceof BrokenProcessPoolException) {
      return new Outcome(Kind.BROKEN, null, Duration.ZERO, text);
    }
    return new Outcome(Kind.WRONG, null, Duration.ZERO, text);
  }
}

package dev.procession.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.BrokenProcessPoolException;
import dev.procession.CrashReport;
import dev.procession.ExitReason;
import dev.procession.TaskTimeoutException;
import dev.procession.WorkerCrashedException;
import dev.procession.WorkerStartException;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.AbstractThrowableAssert;

/**
 * What is to become of the future of a sabotaged task, and of its worker.
 *
 * @param kind what sort of end
 * @param type of what it fails with, or of the cause where the failure itself is given by the kind
 * @param reason in the report, null if there is none
 * @param code exit code in the report, null if none
 * @param signal in the report, null if none
 * @param words of the message
 * @param workerLost whether the worker must be replaced
 */
record Outcome(
    Kind kind,
    Class<? extends Throwable> type,
    ExitReason reason,
    Integer code,
    String signal,
    List<String> words,
    boolean workerLost) {

  /** What sort of end. */
  enum Kind {
    SUCCEEDS,
    THROWS,
    CRASHES,
    TIMES_OUT,
    NOT_STARTED,
    /** Worker after worker ends before it is ready, and with them the pool. */
    BREAKS_POOL,
    /** Succeeds or crashes: nobody can tell. */
    EITHER,
    /** There is no such case; the words say why. */
    NOT_APPLICABLE
  }

  static final Outcome SUCCESS =
      new Outcome(Kind.SUCCEEDS, null, null, null, null, List.of(), /* workerLost= */ false);

  static final Outcome TIMEOUT =
      new Outcome(
          Kind.TIMES_OUT,
          TaskTimeoutException.class,
          ExitReason.TIMED_OUT,
          null,
          null,
          List.of("overran its deadline"),
          /* workerLost= */ true);

  /** The task succeeds, but its worker is lost. */
  static Outcome successOfTheLast(ExitReason reason) {
    return new Outcome(Kind.SUCCEEDS, null, reason, null, null, List.of(), /* workerLost= */ true);
  }

  static Outcome failure(Class<? extends Throwable> type, String... words) {
    return new Outcome(
        Kind.THROWS, type, null, null, null, List.of(words), /* workerLost= */ false);
  }

  static Outcome outOfMemory(String... words) {
    return new Outcome(
        Kind.THROWS,
        OutOfMemoryError.class,
        ExitReason.OUT_OF_MEMORY,
        null,
        null,
        List.of(words),
        /* workerLost= */ true);
  }

  static Outcome crash(ExitReason reason, Integer code, String signal, String... words) {
    return new Outcome(
        Kind.CRASHES,
        WorkerCrashedException.class,
        reason,
        code,
        signal,
        List.of(words),
        /* workerLost= */ true);
  }

  static Outcome notStarted(Class<? extends Throwable> cause, String... words) {
    return new Outcome(
        Kind.NOT_STARTED,
        cause,
        ExitReason.START_FAILED,
        null,
        null,
        List.of(words),
        /* workerLost= */ true);
  }

  static Outcome brokenPool(String... words) {
    return new Outcome(
        Kind.BREAKS_POOL,
        BrokenProcessPoolException.class,
        ExitReason.START_FAILED,
        null,
        null,
        List.of(words),
        /* workerLost= */ true);
  }

  static Outcome either() {
    return new Outcome(
        Kind.EITHER,
        WorkerCrashedException.class,
        ExitReason.PROTOCOL_ERROR,
        null,
        null,
        List.of("broke the protocol"),
        /* workerLost= */ false);
  }

  static Outcome notApplicable(String why) {
    return new Outcome(
        Kind.NOT_APPLICABLE, null, null, null, null, List.of(why), /* workerLost= */ false);
  }

  /** Checks how the future ended; returns the report that came with it, if one did. */
  Optional<CrashReport> check(Optional<Throwable> failure) {
    switch (kind) {
      case SUCCEEDS -> assertThat(failure).isEmpty();
      case THROWS -> assertFailure(failure, type);
      case CRASHES -> {
        assertFailure(failure, type);
        return Optional.of(checked(((WorkerCrashedException) failure.orElseThrow()).report()));
      }
      case TIMES_OUT -> {
        assertFailure(failure, type);
        return Optional.of(checked(((TaskTimeoutException) failure.orElseThrow()).report()));
      }
      case NOT_STARTED -> {
        var thrown = assertFailure(failure, WorkerStartException.class);
        if (type != null) {
          thrown.hasCauseInstanceOf(type);
        }
        return Optional.of(checked(((WorkerStartException) failure.orElseThrow()).report()));
      }
      case BREAKS_POOL -> {
        assertFailure(failure, type);
        var broken = (BrokenProcessPoolException) failure.orElseThrow();
        return Optional.of(checked(broken.report().orElseThrow()));
      }
      case EITHER -> {
        if (failure.isPresent()) {
          assertFailure(failure, type);
          return Optional.of(checked(((WorkerCrashedException) failure.get()).report()));
        }
      }
      default -> throw new AssertionError(kind);
    }
    return Optional.empty();
  }

  private AbstractThrowableAssert<?, ?> assertFailure(
      Optional<Throwable> failure, Class<? extends Throwable> expected) {
    assertThat(failure).isPresent();
    Throwable thrown = failure.get();
    assertThat(thrown).isInstanceOf(expected);
    for (String word : words) {
      assertThat(thrown).hasMessageContaining(word);
    }
    return assertThat(thrown);
  }

  /** Checks a worker's report against what is expected of it. */
  CrashReport checked(CrashReport report) {
    assertThat(report.reason()).as("reason in %s", report).isEqualTo(reason);
    if (code != null) {
      assertThat(report.exitCode()).as("exit code in %s", report).hasValue(code);
    }
    if (signal != null) {
      assertThat(report.signal()).as("signal in %s", report).contains(signal);
    }
    return report;
  }
}

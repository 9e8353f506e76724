package dev.procession.cli.result;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.procession.CrashReport;
import dev.procession.ExitReason;
import dev.procession.TaskTimeoutException;
import dev.procession.WorkerCrashedException;
import dev.procession.cli.function.Ran;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * What became of one input: a line of the results.
 *
 * @param input the input, as it was given
 * @param reason why it failed, in lower case and one word ({@code exception}, {@code timed_out},
 *     {@code native_crash}, …), or null if it did not
 * @param value what the function returned
 * @param error what happened, for people to read; null if it did not fail
 * @param stack where an exception was thrown, innermost first
 * @param startedOrNull when it began, null where that is not known
 * @param millis how long it ran, -1 where that is not known
 * @param worker process id of the worker, -1 where there was none
 */
public record Result(
    JsonElement input,
    @Nullable String reason,
    JsonElement value,
    @Nullable String error,
    List<String> stack,
    @Nullable Instant startedOrNull,
    double millis,
    long worker) {

  /** Names of the members. */
  static final String INPUT = "input";

  static final String OUTCOME = "outcome";
  static final String OK = "ok";
  static final String FAILED = "failed";

  /** A call that ended by itself. */
  public static Result of(@Nullable Object input, Ran ran) {
    String reason =
        switch (ran.outcome()) {
          case OK -> null;
          case BAD_INPUT -> "bad_input";
          case FAILED -> "exception";
          case NOT_BEGUN -> throw new IllegalArgumentException("it has no result");
        };
    return new Result(
        Json.of(input),
        reason,
        Json.of(ran.value()),
        ran.failure(),
        ran.stack(),
        Instant.ofEpochMilli(ran.startedMillis()),
        ran.nanos() / 1e6,
        ran.pid());
  }

  /** A call that Procession ended, or whose worker ended. */
  public static Result of(@Nullable Object input, Throwable failure) {
    CrashReport report =
        failure instanceof WorkerCrashedException crashed
            ? crashed.report()
            : failure instanceof TaskTimeoutException overran ? overran.report() : null;
    String reason =
        failure instanceof TaskTimeoutException
            ? "timed_out"
            : failure instanceof OutOfMemoryError
                ? word(ExitReason.OUT_OF_MEMORY)
                : failure instanceof CancellationException
                    ? word(ExitReason.CANCELLED)
                    : report == null ? "exception" : word(report.reason());
    return new Result(
        Json.of(input),
        reason,
        Json.of(null),
        failure instanceof WorkerCrashedException || failure instanceof TaskTimeoutException
            ? failure.getMessage()
            : failure.toString(),
        List.of(),
        null,
        report == null ? -1 : report.ranFor().toNanos() / 1e6,
        report == null ? -1 : report.pid());
  }

  private static String word(Enum<?> reason) {
    return reason.name().toLowerCase(Locale.ROOT);
  }

  /** Whether it has a value. */
  public boolean isOk() {
    return reason == null;
  }

  JsonObject toJson() {
    JsonObject line = new JsonObject();
    line.add(INPUT, input);
    line.addProperty(OUTCOME, isOk() ? OK : FAILED);
    if (isOk()) {
      line.add("value", value);
    } else {
      line.addProperty("reason", reason);
      line.addProperty("error", error);
      if (!stack.isEmpty()) {
        JsonArray frames = new JsonArray();
        stack.forEach(frames::add);
        line.add("stack", frames);
      }
    }
    if (startedOrNull != null) {
      line.addProperty("started", startedOrNull.toString());
    }
    if (millis >= 0) {
      line.addProperty("millis", Math.round(millis * 1000) / 1000.0);
    }
    if (worker >= 0) {
      line.addProperty("worker", worker);
    }
    return line;
  }
}

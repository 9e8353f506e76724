package dev.procession.cli.function;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a call that ended by itself, as the worker tells it: in plain values, because the
 * parent has no class of the user's.
 *
 * @param outcome how it ended
 * @param value the result as {@link PlainValue} has it, null if there is none
 * @param failure class and message of what it threw, null if nothing
 * @param stack where it was thrown, the innermost first
 * @param startedMillis when it began, milliseconds since 1970
 * @param nanos how long it ran
 * @param pid the worker's process
 */
public record Ran(
    Outcome outcome,
    @Nullable Object value,
    @Nullable String failure,
    List<String> stack,
    long startedMillis,
    long nanos,
    long pid)
    implements Serializable {

  /** How a call ended. */
  public enum Outcome {
    /** It returned. */
    OK,
    /** It threw, or its result cannot be told. */
    FAILED,
    /** The input is not what the function takes; nothing of the user's ran. */
    BAD_INPUT,
    /** It was not called, because the run is being stopped. */
    NOT_BEGUN
  }
}

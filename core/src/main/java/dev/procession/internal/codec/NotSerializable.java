package dev.procession.internal.codec;

import dev.procession.ResultNotSerializableException;
import dev.procession.TaskNotSerializableException;
import org.jspecify.annotations.Nullable;

/** Explains why a value cannot cross a process border: where the culprit is, and what to do. */
public final class NotSerializable {
  private NotSerializable() {}

  /** Explains why a task or one of its arguments could not be serialised; never throws. */
  public static TaskNotSerializableException explainTask(
      Object task, Object[] arguments, Throwable cause) {
    return new TaskNotSerializableException(
        "the task cannot cross to a worker process: " + Descriptions.describe(cause), cause);
  }

  /** Explains why the result of a task could not be serialised; never throws. */
  public static ResultNotSerializableException explainResult(
      @Nullable Object result, Throwable cause) {
    return new ResultNotSerializableException(
        "the task's result cannot cross back from the worker process: "
            + Descriptions.describe(cause),
        cause);
  }
}

package dev.procession.internal.codec;

import dev.procession.ResultNotSerializableException;
import dev.procession.TaskNotSerializableException;
import dev.procession.internal.codec.CulpritSearch.Step;
import java.io.NotSerializableException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Explains why a value cannot cross a process border: where the culprit is, and what to do. */
public final class NotSerializable {
  private static final int MAX_CAUSES = 16;

  private NotSerializable() {}

  /** Explains why a task or one of its arguments could not be serialised; never throws. */
  public static TaskNotSerializableException explainTask(
      Object task, Object[] arguments, Throwable cause) {
    List<Step> roots = new ArrayList<>();
    roots.add(new Step(null, task, "task"));
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i] != null) {
        roots.add(new Step(null, arguments[i], "argument " + i));
      }
    }
    Explanation why = explain(roots, cause);
    return new TaskNotSerializableException(
        "The task cannot cross to a worker process: " + why.text, why.path, cause);
  }

  /** Explains why a value that is to be shared could not be serialised; never throws. */
  public static TaskNotSerializableException explainShared(
      @Nullable Object value, Throwable cause) {
    List<Step> roots = value == null ? List.of() : List.of(new Step(null, value, "shared value"));
    Explanation why = explain(roots, cause);
    return new TaskNotSerializableException(
        "The value cannot be shared with worker processes: " + why.text, why.path, cause);
  }

  /** Explains why the result of a task could not be serialised; never throws. */
  public static ResultNotSerializableException explainResult(
      @Nullable Object result, Throwable cause) {
    List<Step> roots = result == null ? List.of() : List.of(new Step(null, result, "result"));
    Explanation why = explain(roots, cause);
    return new ResultNotSerializableException(
        "The task ran, but its result cannot cross back from the worker process: " + why.text,
        why.path,
        cause);
  }

  private static Explanation explain(List<Step> roots, Throwable cause) {
    try {
      Step culprit = search(roots, cause);
      if (culprit != null) {
        String path = culprit.path();
        return new Explanation(path, path + ". " + Remedy.of(culprit));
      }
    } catch (Throwable e) {
      // An explanation that fails must not hide what it explains.
    }
    return new Explanation(
        "",
        Descriptions.describe(cause)
            + ". Pass plain data (records, collections, numbers, text) and let the task make what"
            + " it needs.");
  }

  private static @Nullable Step search(List<Step> roots, Throwable cause) {
    String refused = refusedClass(cause);
    Step step = null;
    if (refused != null) {
      step = CulpritSearch.find(roots, value -> value.getClass().getName().equals(refused));
    }
    if (step == null) {
      step = CulpritSearch.find(roots, NotSerializable::isRefusedByRule);
    }
    if (step == null && refused == null && cause instanceof NotSerializableException) {
      step = CulpritSearch.find(roots, value -> !(value instanceof Serializable));
    }
    return step;
  }

  /** The class that a serializer named as the one it refuses; JDK and Fory both begin with it. */
  private static @Nullable String refusedClass(Throwable thrown) {
    Throwable cause = thrown;
    for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
      if (cause instanceof NotSerializableException) {
        String message = Descriptions.message(cause);
        return message == null ? null : message.split(" ", 2)[0];
      }
      cause = cause.getCause();
    }
    return null;
  }

  private static boolean isRefusedByRule(Object value) {
    return CrossingRule.refusal(value.getClass()) != null;
  }

  private record Explanation(String path, String text) {}
}

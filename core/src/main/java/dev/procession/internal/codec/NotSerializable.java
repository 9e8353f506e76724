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
    String headline = "The task cannot cross to a worker process";
    Step culprit = search(roots, cause);
    return culprit == null
        ? new TaskNotSerializableException(headline + unexplained(cause), cause)
        : new TaskNotSerializableException(headline + explained(culprit), culprit.path(), cause);
  }

  /** Explains why the result of a task could not be serialised; never throws. */
  public static ResultNotSerializableException explainResult(
      @Nullable Object result, Throwable cause) {
    String headline = "The task ran, but its result cannot cross back from the worker process";
    Step culprit = result == null ? null : search(List.of(new Step(null, result, "result")), cause);
    return culprit == null
        ? new ResultNotSerializableException(headline + unexplained(cause), cause)
        : new ResultNotSerializableException(headline + explained(culprit), culprit.path(), cause);
  }

  private static @Nullable Step search(List<Step> roots, Throwable cause) {
    try {
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
    } catch (Throwable e) {
      return null; // an explanation that fails must not hide what it explains
    }
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

  private static String explained(Step culprit) {
    return ": " + culprit.path() + ". " + Remedy.of(culprit);
  }

  private static String unexplained(Throwable cause) {
    return ": "
        + Descriptions.describe(cause)
        + ". Pass plain data (records, collections, numbers, text) and let the task make what it"
        + " needs.";
  }
}

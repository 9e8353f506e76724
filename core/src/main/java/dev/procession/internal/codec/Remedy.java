package dev.procession.internal.codec;

import dev.procession.internal.codec.CulpritSearch.Step;
import java.io.Serializable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** What is the matter with an object that cannot cross, and what to write instead. */
final class Remedy {
  private Remedy() {}

  /** One or two sentences for the user about the object at the end of the way. */
  static String of(Step culprit) {
    Object value = culprit.value();
    String special = ofJdkClient(value);
    if (special == null) {
      special = ofPoolOrFuture(value);
    }
    if (special == null && LambdaSite.isLambda(value.getClass())) {
      special = ofLambda(culprit);
    }
    return (special != null ? special : ofObject(culprit)) + takenByClosure(culprit);
  }

  /** A closure of Groovy holds the object it was written in, for a script that of all variables. */
  private static String takenByClosure(Step culprit) {
    for (Step step = culprit.parent(); step != null; step = step.parent()) {
      Class<?> above = step.value().getClass().getSuperclass();
      if (above != null && above.getName().equals("groovy.lang.Closure")) {
        return " The closure takes along what it was written in, of a script all variables that are"
            + " not declared with def.";
      }
    }
    return "";
  }

  /** The wrappers in which clients of the JDK's executors submit. */
  private static @Nullable String ofJdkClient(Object value) {
    if (value instanceof FutureTask<?>) {
      return "It is the FutureTask in which ExecutorCompletionService and others wrap what they"
          + " submit, and it belongs to this JVM. Submit the task to the pool itself, and iterate"
          + " ProcessFutures.asCompleted(futures).";
    }
    if (value.getClass().getName().startsWith(CompletableFuture.class.getName() + "$")) {
      return "CompletableFuture.supplyAsync and runAsync submit an object that completes a future"
          + " of this JVM. Use pool.submit(...): its ProcessFuture is a CompletionStage,"
          + " with thenApply and all the others.";
    }
    return null;
  }

  private static @Nullable String ofPoolOrFuture(Object value) {
    if (value instanceof Executor) {
      return "An executor belongs to the JVM that made it, and a task cannot use the pool that it"
          + " runs in: submit the next task where this one's result arrives.";
    }
    if (value instanceof Future<?>) {
      return "A future belongs to the JVM that made it, and a task cannot wait for another one:"
          + " pass the future's result, or chain the tasks with future.thenCompose(...).";
    }
    return null;
  }

  private static String ofLambda(Step culprit) {
    Class<?>[] interfaces = culprit.value().getClass().getInterfaces();
    String name = interfaces.length == 0 ? "its interface" : interfaces[0].getName();
    String simple = interfaces.length == 0 ? "Runnable" : interfaces[0].getSimpleName();
    boolean isTask = culprit.parent() == null && culprit.edge().equals("task");
    String why = "It was compiled as a " + name + ", which is not Serializable. ";
    return isTask
        ? why
            + "Write the lambda directly in pool.submit(...), or keep it in a variable of type"
            + " Task, VoidTask or TaskFunction instead; or cast it: ("
            + simple
            + " & Serializable)."
        : why
            + "Declare an interface that extends "
            + simple
            + " and Serializable for it, or cast it where it is written: ("
            + simple
            + " & Serializable).";
  }

  private static String ofObject(Step culprit) {
    Class<?> type = culprit.value().getClass();
    String refusal = CrossingRule.refusal(type);
    String reason =
        refusal == null
            ? "It is not Serializable, and this pool's serializer demands that. "
            : Character.toUpperCase(refusal.charAt(0)) + refusal.substring(1) + ". ";
    return reason + advice(type) + capturedThis(culprit);
  }

  private static String advice(Class<?> type) {
    if (CrossingRule.liveKind(type) != null) {
      return "Open or make it inside the task, make the field transient, or pass the data that it"
          + " is made from instead.";
    }
    if (CrossingRule.isOfJdk(type)) {
      return "Pass the data that it holds instead, make it inside the task, or make the field"
          + " transient.";
    }
    if (Serializable.class.isAssignableFrom(type)) {
      return "Pass plain data instead.";
    }
    return "Let "
        + type.getSimpleName()
        + " implement java.io.Serializable, make the field transient, or pass the data that the"
        + " task needs instead.";
  }

  private static String capturedThis(Step culprit) {
    Step first = culprit;
    while (first.parent() != null && first.parent().parent() != null) {
      first = first.parent();
    }
    Step task = first.parent();
    LambdaSite lambda = task == null ? null : LambdaSite.of(task.value());
    if (task == null || lambda == null || !lambda.capturesThis()) {
      return "";
    }
    Object self = first.value();
    return self == lambda.captured().get(0)
        ? " The lambda uses a field or a method of "
            + self.getClass().getSimpleName()
            + " and so takes the whole object along: copy what it needs into a local variable"
            + " first."
        : "";
  }
}

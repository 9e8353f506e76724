package dev.procession.internal.codec;

import dev.procession.TaskDeserializationException;
import java.io.InvalidClassException;
import org.apache.fory.exception.ClassNotCompatibleException;
import org.jspecify.annotations.Nullable;

/** Explains why bytes that another JVM wrote could not be read in this one. */
public final class Unreadable {
  private Unreadable() {}

  /** Where its classes were looked for. */
  public enum Where {
    /** In this process. */
    HERE,
    /** In a worker, by its class path alone. */
    WORKER,
    /** In a worker, and in this process for what that lacks. */
    WORKER_AND_HERE
  }

  /**
   * Explains why a value could not be read; never throws.
   *
   * @param whatFailed to begin a sentence with: "task 17 (thumbs) could not be read"
   * @param loader the one that was asked in this process
   */
  public static TaskDeserializationException explain(
      String whatFailed, Throwable cause, Where where, ClassLoader loader) {
    return new TaskDeserializationException(
        whatFailed + ": " + reason(cause, where, loader), cause);
  }

  private static String reason(Throwable thrown, Where where, ClassLoader loader) {
    Throwable cause = thrown;
    for (int i = 0; i < CodecFailures.MAX_LAYERS && cause != null; i++) {
      String known = knownReason(cause, where, loader);
      if (known != null) {
        return known;
      }
      cause = cause.getCause();
    }
    return Descriptions.describe(thrown);
  }

  private static @Nullable String knownReason(Throwable cause, Where where, ClassLoader loader) {
    if (cause instanceof ClassNotFoundException || cause instanceof NoClassDefFoundError) {
      return "class " + className(cause) + missing(where, loader);
    }
    if (cause instanceof UnsupportedClassVersionError) {
      return Descriptions.message(cause)
          + ". The worker's Java is older than the one that compiled the class:"
          + " builder.javaHome(...) sets it.";
    }
    if (isRefusal(cause)) {
      return "a filter refused it, the pool's resultFilter, the JVM's jdk.serialFilter or Procession's"
          + " own bounds ("
          + Descriptions.message(cause)
          + ")";
    }
    if (isOtherBuild(cause)) {
      return "the class path here has another build of a class than the sender's ("
          + Descriptions.message(cause)
          + "). Give both sides the same jars: builder.classPath(...) sets the worker's.";
    }
    return null;
  }

  /** As {@code ObjectInputStream} says it. */
  private static boolean isRefusal(Throwable cause) {
    String message = Descriptions.message(cause);
    return cause instanceof InvalidClassException
        && message != null
        && message.contains("filter status");
  }

  private static String missing(Where where, ClassLoader loader) {
    return switch (where) {
      case HERE ->
          " was not found by "
              + name(loader)
              + ". Is the jar that has it on this process's class path?";
      case WORKER ->
          " is not on the worker's class path. builder.classPath(...) sets that, and"
              + " builder.remoteClassLoading(true) has workers ask this process for what they lack.";
      case WORKER_AND_HERE ->
          " was found neither on the worker's class path nor in this process by "
              + name(loader)
              + ". Is the jar that has it on this process's class path?";
    };
  }

  // The last one is what javac writes into $deserializeLambda$, for a lambda that it does not know.
  private static boolean isOtherBuild(Throwable cause) {
    return cause instanceof ClassNotCompatibleException
        || (cause instanceof InvalidClassException invalid && invalid.classname != null)
        || cause instanceof IncompatibleClassChangeError
        || (cause instanceof IllegalArgumentException
            && "Invalid lambda deserialization".equals(Descriptions.message(cause)));
  }

  private static String className(Throwable cause) {
    String message = Descriptions.message(cause);
    return message == null ? "(of unknown name)" : message.replace('/', '.');
  }

  private static String name(ClassLoader loader) {
    try {
      String name = loader.getName();
      return name == null
          ? "a class loader of " + loader.getClass()
          : "the class loader '" + name + "'";
    } catch (RuntimeException e) {
      return "a class loader of " + loader.getClass();
    }
  }
}

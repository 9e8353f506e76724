package dev.procession.internal.codec;

import java.io.InvalidObjectException;
import java.io.NotSerializableException;
import java.lang.reflect.InvocationTargetException;
import org.apache.fory.exception.ForyException;

/** What a serializer threw, turned into an exception that says what happened. */
final class CodecFailures {
  static final int MAX_LAYERS = 64;

  private CodecFailures() {}

  /**
   * The exception to throw for a value that could not be written.
   *
   * @throws OutOfMemoryError when that is the reason: a JVM without memory is its owner's affair
   */
  static Exception writing(Throwable thrown) {
    Throwable reason = reason(thrown);
    if (reason instanceof ForeignClass foreign) {
      return foreign;
    }
    if (reason instanceof Exception e) {
      return e;
    }
    NotSerializableException failure = new NotSerializableException(text(reason));
    failure.initCause(reason);
    return failure;
  }

  /**
   * The exception to throw for bytes that could not be read: {@link ClassNotFoundException} for a
   * missing class, {@link InvalidObjectException} for malformed bytes, else what the user's code
   * threw.
   *
   * @throws OutOfMemoryError when that is the reason
   */
  static Exception reading(Throwable thrown) {
    Throwable reason = reason(thrown);
    if (reason instanceof ClassNotFoundException e) {
      return e;
    }
    InvalidObjectException failure = new InvalidObjectException(text(reason));
    failure.initCause(reason);
    return failure;
  }

  /** The innermost throwable that says something: layers that only say "it failed" come off. */
  private static Throwable reason(Throwable thrown) {
    Throwable reason = thrown;
    for (int layer = 0; layer < MAX_LAYERS; layer++) {
      Throwable cause = reason.getCause();
      if (cause == null || !isWrapper(reason)) {
        break;
      }
      reason = cause;
    }
    Throwable deeper = reason;
    for (int layer = 0; layer < MAX_LAYERS && deeper != null; layer++) {
      if (deeper instanceof OutOfMemoryError e) {
        throw e;
      }
      if (deeper instanceof ClassNotFoundException) {
        return deeper;
      }
      deeper = deeper.getCause();
    }
    return reason;
  }

  private static boolean isWrapper(Throwable thrown) {
    if (thrown instanceof ForyException || thrown instanceof InvocationTargetException) {
      return true;
    }
    StackTraceElement[] frames = thrown.getStackTrace();
    return (thrown.getClass() == RuntimeException.class
            || thrown.getClass() == IllegalStateException.class)
        && frames.length > 0
        && frames[0].getClassName().startsWith("org.apache.fory.");
  }

  private static String text(Throwable reason) {
    if (reason instanceof StackOverflowError) {
      return "the objects are nested too deeply: pass a collection instead of a long chain";
    }
    return Descriptions.describe(reason);
  }
}

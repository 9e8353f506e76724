package dev.procession.internal.codec;

import java.io.Serial;
import org.apache.fory.exception.InsecureException;
import org.jspecify.annotations.Nullable;

/** Bytes bring a class that is known to be used in attacks by deserialisation. */
public final class GadgetRefused extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  GadgetRefused(Class<?> type) {
    super(type.getName() + " is known to be used in attacks");
  }

  /** Whether it was for that reason that bytes could not be read. */
  public static boolean isReason(@Nullable Throwable thrown) {
    Throwable cause = thrown;
    for (int i = 0; i < CodecFailures.MAX_LAYERS && cause != null; i++) {
      if (cause instanceof GadgetRefused || cause instanceof InsecureException) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }
}

package dev.procession.internal.parent;

import org.jspecify.annotations.Nullable;

/** How a task ended. */
sealed interface Outcome {

  /** The one cancelled outcome. */
  Cancelled CANCELLED = new Cancelled();

  /** It was cancelled. */
  record Cancelled() implements Outcome {}

  /** It returned a value. */
  record Value(@Nullable Object value) implements Outcome {}

  /** It failed. */
  record Failed(Throwable failure) implements Outcome {}

  /**
   * It ended in a worker and nobody has asked for the value yet.
   *
   * <p>Reading a value back may run user code, constructors and {@code readObject}; so it is not done
   * by the thread that reads the ring but by the first that asks, once.
   */
  final class Encoded implements Outcome {
    private final int status;
    private byte @Nullable [] bytes; // guarded by this
    private @Nullable Outcome decoded; // guarded by this

    Encoded(int status, byte[] bytes) {
      this.status = status;
      this.bytes = bytes;
    }

    int status() {
      return status;
    }

    synchronized Outcome decode(ResultDecoder decoder) {
      Outcome result = decoded;
      if (result == null) {
        result = decoder.decode(status, bytes == null ? new byte[0] : bytes);
        decoded = result;
        bytes = null;
      }
      return result;
    }
  }
}

package dev.procession.internal.parent;

import dev.procession.SharedBuffer;
import dev.procession.internal.codec.OutOfBand;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How a task ended. */
sealed interface Ending {

  /** The one cancelled outcome. */
  Cancelled CANCELLED = new Cancelled();

  /** It was cancelled. */
  record Cancelled() implements Ending {}

  /** It returned a value. */
  record Value(@Nullable Object value) implements Ending {}

  /** It failed. */
  record Failed(Throwable failure) implements Ending {}

  /**
   * It ended in a worker and nobody has asked for the value yet.
   *
   * <p>Reading a value back may run user code, constructors and {@code readObject}; so it is not
   * done by the thread that reads the ring but by the first that asks, once.
   */
  final class Encoded implements Ending {
    private final int status;
    private final long worker;
    private byte @Nullable [] bytes; // guarded by this
    private OutOfBand beside; // guarded by this
    private List<SharedBuffer> buffers; // guarded by this; they have no other owner until then
    private @Nullable ResultDecoder decoder; // guarded by this; not null while the bytes are not
    private @Nullable Ending decoded; // guarded by this

    Encoded(ElementResult result, ResultDecoder decoder) {
      this.status = result.status();
      this.worker = result.worker().origin();
      this.bytes = result.bytes();
      this.beside = result.beside();
      this.buffers = result.buffers();
      this.decoder = decoder;
    }

    int status() {
      return status;
    }

    synchronized Ending decode() {
      Ending result = decoded;
      if (result == null) {
        result =
            Objects.requireNonNull(decoder)
                .decode(status, Objects.requireNonNull(bytes), beside, worker);
        decoded = result;
        if (result instanceof Failed) {
          buffers.forEach(SharedBuffer::close); // nobody will ever have them
        }
        buffers = List.of();
        decoder = null;
        bytes = null;
        beside = OutOfBand.NONE;
      }
      return result;
    }
  }
}

package dev.procession.internal.codec;

import dev.procession.RemoteTaskException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInputFilter;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A task's failure as bytes, twice: the throwable itself by JDK serialisation, and a description of
 * it, for when the throwable cannot be written, or cannot be read where it arrives.
 *
 * <pre>
 *   0                    4                      4 + n
 *   +--------------------+----------------------+--------------------------------+
 *   | n, big endian      | description, n bytes | the object; empty when it could |
 *   |                    |                      | not be written                  |
 *   +--------------------+----------------------+--------------------------------+
 * </pre>
 *
 * <p>JDK serialisation rather than the pool's serializer: exceptions are Serializable by
 * inheritance, their classes were written with it in mind, and speed does not matter here. Neither
 * method throws, whatever the throwable's own methods do.
 */
public final class FailureCodec {
  // A failure is a message, not a way to move data; its fields are cut off beyond this.
  private static final int MAX_OBJECT_BYTES = 4 * 1_024 * 1_024;

  private FailureCodec() {}

  /** Writes a failure; the result has a bounded size. */
  public static byte[] encode(Throwable failure) {
    byte[] object = new byte[0];
    String whyNot = "";
    try {
      object = toObject(failure);
    } catch (Throwable e) {
      whyNot = "it could not be serialised: " + Descriptions.describe(e);
    }
    byte[] description = FailureDescription.write(failure, whyNot);
    return ByteBuffer.allocate(Integer.BYTES + description.length + object.length)
        .putInt(description.length)
        .put(description)
        .put(object)
        .array();
  }

  /** Writes names, texts and stack traces of a failure, and no object. */
  public static byte[] describe(Throwable failure) {
    return FailureDescription.write(failure, "");
  }

  /** Reads what {@link #describe} wrote; loads no class for it. */
  public static RemoteTaskException readDescription(byte[] bytes) {
    try {
      return FailureDescription.read(bytes, null);
    } catch (IOException | RuntimeException e) {
      return unreadable(e);
    }
  }

  /** Reads the description in what {@link #encode} wrote; loads no class for it. */
  public static RemoteTaskException readDescriptionIn(byte[] encoded) {
    ByteBuffer in = ByteBuffer.wrap(encoded);
    int size = encoded.length < Integer.BYTES ? -1 : in.getInt();
    if (size < 0 || size > in.remaining()) {
      return unreadable(new InvalidObjectException("a description of " + size + " bytes"));
    }
    byte[] description = new byte[size];
    in.get(description);
    return readDescription(description);
  }

  /**
   * Reads a failure: the one that was written, else a {@link RemoteTaskException} that stands for
   * it.
   *
   * @param loader finds the classes of the throwable
   */
  public static Throwable decode(byte[] bytes, int offset, int length, ClassLoader loader) {
    return decode(bytes, offset, length, loader, null, reason -> {});
  }

  /**
   * As the other.
   *
   * @param filter lets the throwable pass or not, if there is one
   * @param whyNot is told why the throwable itself was not read
   */
  public static Throwable decode(
      byte[] bytes,
      int offset,
      int length,
      ClassLoader loader,
      @Nullable ObjectInputFilter filter,
      Consumer<Throwable> whyNot) {
    try {
      Objects.checkFromIndexSize(offset, length, bytes.length);
      ByteBuffer in = ByteBuffer.wrap(bytes, offset, length);
      int size = length < Integer.BYTES ? -1 : in.getInt();
      if (size < 0 || size > in.remaining()) {
        return unreadable(new InvalidObjectException("a description of " + size + " bytes"));
      }
      byte[] description = Arrays.copyOfRange(bytes, in.position(), in.position() + size);
      in.position(in.position() + size);
      return objectOrStandIn(
          bytes, in.position(), in.remaining(), loader, filter, whyNot, description);
    } catch (Throwable e) {
      return unreadable(e);
    }
  }

  private static Throwable objectOrStandIn(
      byte[] bytes,
      int offset,
      int length,
      ClassLoader loader,
      @Nullable ObjectInputFilter filter,
      Consumer<Throwable> unread,
      byte[] description)
      throws IOException {
    if (length == 0) {
      return FailureDescription.read(description, null);
    }
    String whyNot;
    try {
      Object object = JdkStreams.read(bytes, offset, length, loader, filter);
      if (object instanceof Throwable failure
          && failure.getClass().getName().equals(FailureDescription.className(description))) {
        return failure;
      }
      whyNot = "it came back as " + (object == null ? "null" : "a " + object.getClass().getName());
    } catch (ClassNotFoundException e) {
      whyNot = "its class was not found here: " + Descriptions.describe(e);
    } catch (Throwable e) {
      unread.accept(e);
      whyNot = "it could not be read: " + Descriptions.describe(e);
    }
    return FailureDescription.read(description, whyNot);
  }

  private static RemoteTaskException unreadable(@Nullable Throwable reason) {
    return new RemoteTaskException(
        "the task failed, but the worker's account of the failure could not be read", reason);
  }

  private static byte[] toObject(Throwable failure) throws IOException {
    ByteArrayOutputStream bytes = new LimitedOutput();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(failure);
    }
    return bytes.toByteArray();
  }

  private static final class LimitedOutput extends ByteArrayOutputStream {
    LimitedOutput() {
      super(1_024);
    }

    @Override
    public synchronized void write(int b) {
      checkRoom(1);
      super.write(b);
    }

    @Override
    public synchronized void write(byte[] b, int off, int len) {
      checkRoom(len);
      super.write(b, off, len);
    }

    private void checkRoom(int more) {
      if (more > MAX_OBJECT_BYTES - count) {
        throw new IllegalStateException("it has more than " + MAX_OBJECT_BYTES + " bytes");
      }
    }
  }
}

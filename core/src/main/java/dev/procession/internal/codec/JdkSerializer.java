package dev.procession.internal.codec;

import dev.procession.spi.TaskSerializer;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputFilter;
import java.io.ObjectOutputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** JDK serialisation as a {@link TaskSerializer}: slower, and known to everybody. */
public final class JdkSerializer implements TaskSerializer {
  private final @Nullable ObjectInputFilter filter;

  public JdkSerializer() {
    this(null);
  }

  /** Reads what this filter lets pass. */
  public JdkSerializer(@Nullable ObjectInputFilter filter) {
    this.filter = filter;
  }

  @Override
  public byte[] serialize(@Nullable Object value) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    } catch (Throwable e) {
      if (DeepStack.mayCure(e)) {
        return DeepStack.call(() -> serialize(value));
      }
      throw CodecFailures.writing(e);
    }
    return bytes.toByteArray();
  }

  @Override
  public @Nullable Object deserialize(byte[] bytes, int offset, int length, ClassLoader loader)
      throws Exception {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    try {
      return JdkStreams.read(bytes, offset, length, loader, filter);
    } catch (Throwable e) {
      if (DeepStack.mayCure(e)) {
        return DeepStack.call(() -> deserialize(bytes, offset, length, loader));
      }
      throw CodecFailures.reading(e);
    }
  }
}

package dev.procession.internal.codec;

import dev.procession.spi.TaskSerializer;
import java.io.ByteArrayOutputStream;
import java.io.ObjectOutputStream;
import org.jspecify.annotations.Nullable;

/** JDK serialisation as a {@link TaskSerializer}: slower, and known to everybody. */
public final class JdkSerializer implements TaskSerializer {
  public JdkSerializer() {}

  @Override
  public byte[] serialize(@Nullable Object value) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    } catch (Throwable e) {
      throw CodecFailures.writing(e);
    }
    return bytes.toByteArray();
  }

  @Override
  public @Nullable Object deserialize(byte[] bytes, int offset, int length, ClassLoader loader)
      throws Exception {
    try {
      return JdkStreams.read(bytes, offset, length, loader);
    } catch (Throwable e) {
      throw CodecFailures.reading(e);
    }
  }
}

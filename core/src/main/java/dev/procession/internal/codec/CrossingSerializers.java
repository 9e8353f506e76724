package dev.procession.internal.codec;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import org.apache.fory.context.ReadContext;
import org.apache.fory.context.WriteContext;
import org.apache.fory.exception.DeserializationException;
import org.apache.fory.exception.SerializationException;
import org.apache.fory.memory.MemoryBuffer;
import org.apache.fory.resolver.TypeResolver;
import org.apache.fory.serializer.Serializer;
import org.jspecify.annotations.Nullable;

/** The Fory serializers that are ours: for classes that may not cross, and for throwables. */
final class CrossingSerializers {
  private CrossingSerializers() {}

  /**
   * Fory asks this once per class and instance, before its own serializers; null leaves it to it.
   */
  @SuppressWarnings({"rawtypes", "unchecked"})
  static @Nullable Serializer create(TypeResolver resolver, Class<?> type) {
    if (Throwable.class.isAssignableFrom(type)) {
      return new OfThrowable(resolver, type);
    }
    String refusal = CrossingRule.refusal(type);
    return refusal == null ? null : new OfRefused(resolver, type, refusal);
  }

  /**
   * Refuses the object rather than the class: Fory makes serializers for declared field types too,
   * and a field that is null harms nobody.
   */
  private static final class OfRefused extends Serializer<Object> {
    private final String refusal;

    @SuppressWarnings({"rawtypes", "unchecked"})
    OfRefused(TypeResolver resolver, Class type, String refusal) {
      super(resolver.getConfig(), type);
      this.refusal = refusal;
    }

    @Override
    public void write(WriteContext context, Object value) {
      throw new SerializationException(
          new NotSerializableException(value.getClass().getName() + " (" + refusal + ")"));
    }

    @Override
    public Object read(ReadContext context) {
      throw new DeserializationException(type.getName() + " may not cross: " + refusal);
    }
  }

  /**
   * JDK serialisation inside Fory's bytes: Fory would call a constructor with the message, which
   * may do anything, and would leave out what the class's own writeObject writes.
   */
  private static final class OfThrowable extends Serializer<Throwable> {
    private final ClassLoader loader;

    @SuppressWarnings({"rawtypes", "unchecked"})
    OfThrowable(TypeResolver resolver, Class type) {
      super(resolver.getConfig(), type);
      this.loader = resolver.getClassLoader();
    }

    @Override
    public void write(WriteContext context, Throwable value) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(1_024);
      try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
        out.writeObject(value);
      } catch (IOException e) {
        throw new SerializationException(e);
      }
      context.getBuffer().writeInt32(bytes.size());
      context.getBuffer().writeBytes(bytes.toByteArray());
    }

    @Override
    public Throwable read(ReadContext context) {
      MemoryBuffer buffer = context.getBuffer();
      int length = buffer.readInt32();
      buffer.checkReadableBytes(length);
      byte[] bytes = buffer.readBytes(length);
      try {
        Object value = JdkStreams.read(bytes, 0, length, loader);
        return type.cast(value);
      } catch (IOException | ClassNotFoundException e) {
        throw new DeserializationException("Throwable " + type.getName(), e);
      }
    }
  }
}

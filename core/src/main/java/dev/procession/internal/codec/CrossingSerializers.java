package dev.procession.internal.codec;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.lang.reflect.Field;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.fory.context.ReadContext;
import org.apache.fory.context.WriteContext;
import org.apache.fory.exception.DeserializationException;
import org.apache.fory.exception.SerializationException;
import org.apache.fory.memory.MemoryBuffer;
import org.apache.fory.resolver.TypeResolver;
import org.apache.fory.serializer.ObjectSerializer;
import org.apache.fory.serializer.ObjectStreamSerializer;
import org.apache.fory.serializer.Serializer;
import org.apache.fory.serializer.SerializerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the serializers that are ours rather than Fory's; asked once per class and Fory instance.
 *
 * <p>One of these belongs to one Fory instance, and so to one thread at a time.
 */
@SuppressWarnings({"rawtypes", "unchecked"})
final class CrossingSerializers implements SerializerFactory {
  private final Predicate<Class<?>> admitted;
  private boolean asking;

  /** Those of a Fory instance that is to meet these classes only. */
  CrossingSerializers(Predicate<Class<?>> admitted) {
    this.admitted = admitted;
  }

  @Override
  public @Nullable Serializer createSerializer(TypeResolver resolver, Class<?> type) {
    if (asking) {
      return null;
    }
    if (!admitted.test(type)) {
      throw new ForeignClass(type);
    }
    if (type == CrossingRule.ENTRY) {
      return new OfEntry(resolver, type);
    }
    if (Throwable.class.isAssignableFrom(type)) {
      return new OfJdkForm(resolver, type);
    }
    String refusal = CrossingRule.refusal(type);
    if (refusal != null) {
      return new OfRefused(resolver, type, refusal);
    }
    return type.isArray() || type.isEnum() ? null : instead(resolver, type);
  }

  private @Nullable Serializer instead(TypeResolver resolver, Class<?> type) {
    Class<?> chosen;
    asking = true;
    try {
      chosen = resolver.getSerializerClass(type);
    } finally {
      asking = false;
    }
    if (chosen == ObjectStreamSerializer.class && hasOwnStreamForm(type)) {
      return new OfJdkForm(resolver, type);
    }
    // Fory's choice would call a constructor without parameters where there is one: a service that
    // a
    // lambda drags along would be started a second time, in the worker.
    if (chosen == ObjectSerializer.class && !type.isRecord()) {
      BareInstantiator instantiator = BareInstantiator.of(type);
      return instantiator == null
          ? null
          : new ObjectSerializer(resolver, type, /* resolveParent= */ true, instantiator);
    }
    return null;
  }

  /** True for classes whose serial fields are not their fields, which Fory 1.6 cannot read back. */
  private static boolean hasOwnStreamForm(Class<?> type) {
    if (CrossingRule.isOfJdk(type)) {
      return true;
    }
    for (Class<?> c = type; c != null; c = c.getSuperclass()) {
      for (Field field : c.getDeclaredFields()) {
        if (field.getName().equals("serialPersistentFields")) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Refuses the object rather than the class: Fory makes serializers for declared field types too,
   * and a field that is null harms nobody.
   */
  private static final class OfRefused extends Serializer<Object> {
    private final String refusal;

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

  /** Keeps the entries that {@link Map#entry} makes, which are not Serializable. */
  private static final class OfEntry extends Serializer<Map.Entry> {
    OfEntry(TypeResolver resolver, Class type) {
      super(resolver.getConfig(), type);
    }

    @Override
    public void write(WriteContext context, Map.Entry value) {
      context.writeRef(value.getKey());
      context.writeRef(value.getValue());
    }

    @Override
    public Map.Entry read(ReadContext context) {
      return Map.entry(context.readRef(), context.readRef());
    }
  }

  /**
   * JDK serialisation inside Fory's bytes, for what has a form of its own there.
   *
   * <p>For throwables too: Fory would call a constructor with the message, which may do anything,
   * and would leave out what the class's own writeObject writes.
   */
  private static final class OfJdkForm extends Serializer<Object> {
    private final ClassLoader loader;

    OfJdkForm(TypeResolver resolver, Class type) {
      super(resolver.getConfig(), type);
      this.loader = resolver.getClassLoader();
    }

    @Override
    public void write(WriteContext context, Object value) {
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
    public Object read(ReadContext context) {
      MemoryBuffer buffer = context.getBuffer();
      int length = buffer.readInt32();
      buffer.checkReadableBytes(length);
      byte[] bytes = buffer.readBytes(length);
      try {
        Object value = JdkStreams.read(bytes, 0, length, loader);
        if (!type.isInstance(value)) {
          throw new DeserializationException("not a " + type.getName());
        }
        return value;
      } catch (IOException | ClassNotFoundException e) {
        throw new DeserializationException("a " + type.getName(), e);
      }
    }
  }
}

package dev.procession.internal.codec;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InvalidObjectException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectStreamClass;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.fory.resolver.DisallowedList;
import org.jspecify.annotations.Nullable;

/** JDK serialisation's reading side: classes from a given loader, untrusted bytes. */
final class JdkStreams {
  private static final int MAX_DEPTH = 100_000;

  private static final Map<String, Class<?>> PRIMITIVES =
      Stream.of(
              boolean.class,
              byte.class,
              char.class,
              short.class,
              int.class,
              long.class,
              float.class,
              double.class,
              void.class)
          .collect(Collectors.toUnmodifiableMap(Class::getName, type -> type));

  private JdkStreams() {}

  /**
   * Reads the one object that fills {@code [offset, offset + length)}.
   *
   * @throws InvalidObjectException when bytes are left over
   */
  static @Nullable Object read(byte[] bytes, int offset, int length, ClassLoader loader)
      throws IOException, ClassNotFoundException {
    return read(bytes, offset, length, loader, null);
  }

  /**
   * As the other.
   *
   * @param filter has its say as well, if there is one
   */
  static @Nullable Object read(
      byte[] bytes, int offset, int length, ClassLoader loader, @Nullable ObjectInputFilter filter)
      throws IOException, ClassNotFoundException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    InputStream source = new ByteArrayInputStream(bytes, offset, length);
    try (ObjectInputStream in = new LoaderStream(source, loader)) {
      // Replaced rather than combined by the JDK's own factory, hence the merge: the filter that
      // was set for the whole JVM (jdk.serialFilter) still has its say.
      ObjectInputFilter bounded =
          ObjectInputFilter.merge(
              new BoundedFilter(length), ObjectInputFilter.Config.getSerialFilter());
      in.setObjectInputFilter(
          filter == null ? bounded : ObjectInputFilter.merge(ResultBounds.ofApi(filter), bounded));
      Object value = in.readObject();
      int rest = source.available();
      if (rest != 0) {
        throw new InvalidObjectException(rest + " bytes follow the object");
      }
      return value;
    }
  }

  /** Resolves classes in one loader, also those of dynamic proxies. */
  private static final class LoaderStream extends ObjectInputStream {
    private final ClassLoader loader;

    LoaderStream(InputStream in, ClassLoader loader) throws IOException {
      super(in);
      this.loader = loader;
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass description)
        throws IOException, ClassNotFoundException {
      Class<?> primitive = PRIMITIVES.get(description.getName());
      return primitive != null
          ? primitive
          : Class.forName(description.getName(), /* initialize= */ false, loader);
    }

    @Override
    @SuppressWarnings(
        "deprecation") // a Proxy.newProxyInstance would need the handler, still unread
    protected Class<?> resolveProxyClass(String[] interfaces)
        throws IOException, ClassNotFoundException {
      Class<?>[] types = new Class<?>[interfaces.length];
      for (int i = 0; i < interfaces.length; i++) {
        types[i] = Class.forName(interfaces[i], /* initialize= */ false, loader);
      }
      try {
        return Proxy.getProxyClass(loader, types);
      } catch (IllegalArgumentException e) {
        throw new ClassNotFoundException("proxy of " + String.join(", ", interfaces), e);
      }
    }
  }

  /**
   * Refuses gadget classes, and arrays larger than the bytes can fill: the JDK allocates an array
   * before it reads the elements.
   *
   * <p>Every element takes at least a byte. A hash table announces up to eight times as many slots
   * as it has entries of two bytes; sixteen leaves room for both. {@code Collections.nCopies} has
   * any number for free, hence a base. The sum counts, not each array, as arrays nest.
   */
  private static final class BoundedFilter implements ObjectInputFilter {
    private static final int SLOTS_PER_BYTE = 16;
    private static final int FREE_SLOTS = 1 << 20;

    private long slotsLeft;

    BoundedFilter(int length) {
      slotsLeft = FREE_SLOTS + (long) SLOTS_PER_BYTE * length;
    }

    @Override
    public Status checkInput(FilterInfo info) {
      if (info.arrayLength() > 0) {
        slotsLeft -= info.arrayLength();
      }
      if (slotsLeft < 0 || info.depth() > MAX_DEPTH) {
        return Status.REJECTED;
      }
      Class<?> type = info.serialClass();
      if (type != null && DisallowedList.contains(elementType(type).getName())) {
        throw new GadgetRefused(elementType(type)); // the stream rejects it with this as cause
      }
      return Status.UNDECIDED;
    }

    private static Class<?> elementType(Class<?> type) {
      Class<?> element = type;
      while (element.isArray()) {
        element = element.getComponentType();
      }
      return element;
    }
  }
}

package dev.procession.internal.codec;

import dev.procession.spi.TaskSerializer;
import java.io.InvalidObjectException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A value as tagged bytes: the simplest ones are written here, the others by the serializer.
 *
 * <pre>
 *   0          1
 *   +----------+------------------------------------------------------------+
 *   | tag      | NULL, FALSE, TRUE: nothing                                 |
 *   |          | INT, LONG, DOUBLE: 4 or 8 bytes, little endian             |
 *   |          | LATIN1: a byte per char; UTF16: two per char, little endian |
 *   |          | BYTES: as they are; OBJECT: what the serializer wrote      |
 *   |          | BY: number int of a class loader, an OBJECT to be read by it |
 *   |          | PART: number int of a part that crosses out of band        |
 *   +----------+------------------------------------------------------------+
 * </pre>
 *
 * <p>Bytes to be decoded are untrusted. Any thread may call any method.
 */
public final class ValueCodec {
  private static final byte NULL = 1;
  private static final byte FALSE = 2;
  private static final byte TRUE = 3;
  private static final byte INT = 4;
  private static final byte LONG = 5;
  private static final byte DOUBLE = 6;
  private static final byte LATIN1 = 7;
  private static final byte UTF16 = 8;
  private static final byte BYTES = 9;
  private static final byte OBJECT = 10;
  private static final byte BY = 11;
  private static final byte PART = 12;

  /** Bytes of the number of a part. */
  static final int PART_SIZE = 1 + Integer.BYTES;

  private static final int BY_HEADER = 1 + Integer.BYTES;
  private static final int MOST_WIDENINGS = 100;

  static final VarHandle INT_AT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG_AT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final TaskSerializer serializer;
  private final CodeLoaders loaders;
  private volatile boolean usedSerializer;

  /**
   * @param loader finds the classes of the objects to decode
   */
  public ValueCodec(TaskSerializer serializer, ClassLoader loader) {
    this(serializer, CodeLoaders.of(loader));
  }

  /**
   * @param loaders find the classes of the objects to decode
   */
  public ValueCodec(TaskSerializer serializer, CodeLoaders loaders) {
    this.serializer = serializer;
    this.loaders = loaders;
  }

  /** Find the classes of what is decoded. */
  public CodeLoaders loaders() {
    return loaders;
  }

  /**
   * Turns a value into bytes.
   *
   * @throws Exception when the value cannot cross; {@link NotSerializable} can say why
   */
  public byte[] encode(@Nullable Object value) throws Exception {
    return encode(value, /* beside= */ null);
  }

  /**
   * As the other method.
   *
   * @param beside takes the large parts; null if there are to be none
   */
  public byte[] encode(@Nullable Object value, @Nullable OutOfBand beside) throws Exception {
    if (beside != null && isPart(value)) {
      byte[] bytes = new byte[PART_SIZE];
      putPart(beside.add(Objects.requireNonNull(value)), bytes, 0);
      return bytes;
    }
    int size = plainSize(value);
    if (size >= 0) {
      byte[] bytes = new byte[size];
      putPlain(value, size, bytes, 0);
      return bytes;
    }
    return ofObject(Objects.requireNonNull(value), /* reserved= */ 0, CodeLoaders.OWN, beside);
  }

  /** Whether a value is nothing but a large part; other serializers have their own form of it. */
  boolean isPart(@Nullable Object value) {
    return OutOfBand.isLarge(value)
        && (serializer instanceof ForySerializer
            || value instanceof String
            || value instanceof byte[]);
  }

  /** Writes the number of a part. */
  static void putPart(int number, byte[] to, int at) {
    to[at] = PART;
    INT_AT.set(to, at + 1, number);
  }

  /** Bytes that a value takes if it is one of the simplest, or -1. */
  static int plainSize(@Nullable Object value) {
    if (value == null || value instanceof Boolean) {
      return 1;
    }
    if (value instanceof Integer) {
      return 1 + Integer.BYTES;
    }
    if (value instanceof Long || value instanceof Double) {
      return 1 + Long.BYTES;
    }
    if (value instanceof String text) {
      int length =
          isLatin1(text) ? text.length() : Math.multiplyExact(text.length(), Character.BYTES);
      return Math.addExact(length, 1);
    }
    return value instanceof byte[] array ? Math.addExact(array.length, 1) : -1;
  }

  /**
   * Writes one of the simplest values.
   *
   * @param size what {@link #plainSize} says
   */
  @SuppressWarnings("deprecation") // String.getBytes to an array: the low bytes are all there are
  static void putPlain(@Nullable Object value, int size, byte[] to, int at) {
    if (value == null) {
      to[at] = NULL;
    } else if (value instanceof Integer number) {
      to[at] = INT;
      INT_AT.set(to, at + 1, (int) number);
    } else if (value instanceof Long number) {
      to[at] = LONG;
      LONG_AT.set(to, at + 1, (long) number);
    } else if (value instanceof Double number) {
      to[at] = DOUBLE;
      LONG_AT.set(to, at + 1, Double.doubleToRawLongBits(number));
    } else if (value instanceof Boolean truth) {
      to[at] = truth ? TRUE : FALSE;
    } else if (value instanceof byte[] array) {
      to[at] = BYTES;
      System.arraycopy(array, 0, to, at + 1, array.length);
    } else {
      String text = (String) value;
      if (size == 1 + text.length()) {
        to[at] = LATIN1;
        text.getBytes(0, text.length(), to, at + 1);
      } else {
        to[at] = UTF16;
        chars(to, at + 1, size - 1).put(text);
      }
    }
  }

  // Not UTF-8: an unpaired surrogate, which a String may hold, would come back as '?'.
  private static boolean isLatin1(String text) {
    if (text.length() >= OutOfBand.LEAST_BYTES) {
      return Texts.isLatin1(text);
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0xFF) {
        return false;
      }
    }
    return true;
  }

  /**
   * Turns bytes back into the value.
   *
   * @throws ClassNotFoundException when a class is missing here
   * @throws InvalidObjectException when the bytes are malformed, or a class's own code failed
   */
  public @Nullable Object decode(byte[] bytes, int offset, int length) throws Exception {
    return decode(bytes, offset, length, null, OutOfBand.NONE);
  }

  /**
   * As the other method.
   *
   * @param given the loader of what says itself no other; null for the process's own
   * @param beside the parts that the bytes refer to
   */
  public @Nullable Object decode(
      byte[] bytes, int offset, int length, @Nullable ClassLoader given, OutOfBand beside)
      throws Exception {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0) {
      throw new InvalidObjectException("a value of 0 bytes");
    }
    int body = offset + 1;
    int size = length - 1;
    byte tag = bytes[offset];
    if (tag == BY) {
      int number = loaderIn(bytes, offset, length);
      if (length <= BY_HEADER || bytes[offset + BY_HEADER] != OBJECT) {
        throw new InvalidObjectException("a value of " + length + " bytes with a loader");
      }
      ClassLoader loader = loaders.loader(number);
      return decode(bytes, offset + BY_HEADER, length - BY_HEADER, loader, beside);
    }
    if (tag == PART) {
      checkSize(tag, size);
      return beside.part((int) INT_AT.get(bytes, body));
    }
    if (tag != OBJECT) {
      return decodePlain(tag, bytes, body, size);
    }
    noteUse();
    ClassLoader loader = given == null ? loaders.own() : given;
    return serializer instanceof ForySerializer fory
        ? fory.read(bytes, body, size, loader, beside)
        : serializer.deserialize(bytes, body, size, loader);
  }

  /**
   * Turns what a buffer holds from its position to its limit back into the value, as the other
   * method does, without a copy of an object's bytes where the serializer can do without.
   */
  public @Nullable Object decode(ByteBuffer buffer) throws Exception {
    ByteBuffer bytes = buffer.slice().order(ByteOrder.LITTLE_ENDIAN);
    ClassLoader loader = null;
    if (bytes.remaining() > BY_HEADER && bytes.get(0) == BY) {
      loader = loaders.loader(bytes.getInt(1));
      bytes = bytes.position(BY_HEADER).slice();
    }
    if (bytes.remaining() > 0 && bytes.get(0) == OBJECT) {
      noteUse();
      return serializer.deserialize(
          bytes.position(1).slice(), loader == null ? loaders.own() : loader);
    }
    byte[] plain = new byte[bytes.remaining()];
    bytes.get(plain);
    return decode(plain, 0, plain.length);
  }

  /** True when {@link #decode} of these bytes runs no code but its own, and so ends at once. */
  public static boolean isPlain(byte[] bytes, int offset, int length) {
    return length > 0 && bytes[offset] != OBJECT && bytes[offset] != BY;
  }

  /** The length of the byte array that these bytes are, or -1 if they are another value. */
  public static int arrayLength(byte[] bytes, int offset, int length) {
    return length > 0 && bytes[offset] == BYTES ? length - 1 : -1;
  }

  /** Whether these bytes are nothing but the number of a part. */
  public static boolean isPart(byte[] bytes, int offset, int length) {
    return length == PART_SIZE && bytes[offset] == PART;
  }

  private static @Nullable Object decodePlain(byte tag, byte[] bytes, int body, int size)
      throws InvalidObjectException {
    checkSize(tag, size);
    return switch (tag) {
      case NULL -> null;
      case FALSE -> false;
      case TRUE -> true;
      case INT -> (Object) (int) INT_AT.get(bytes, body);
      case LONG -> (long) LONG_AT.get(bytes, body);
      case DOUBLE -> Double.longBitsToDouble((long) LONG_AT.get(bytes, body));
      case LATIN1 -> new String(bytes, body, size, StandardCharsets.ISO_8859_1);
      case UTF16 -> chars(bytes, body, size).toString();
      case BYTES -> Arrays.copyOfRange(bytes, body, body + size);
      default -> throw new InvalidObjectException("a value with the unknown tag " + tag);
    };
  }

  private static void checkSize(byte tag, int size) throws InvalidObjectException {
    int expected =
        switch (tag) {
          case NULL, FALSE, TRUE -> 0;
          case INT, PART -> Integer.BYTES;
          case LONG, DOUBLE -> Long.BYTES;
          case UTF16 -> size & ~1; // even
          default -> size;
        };
    if (size != expected) {
      throw new InvalidObjectException("a value with tag " + tag + " has " + size + " bytes");
    }
  }

  /**
   * What the serializer wrote, under the tag OBJECT, behind so many bytes of the caller's.
   *
   * @param code the number of the loader of the code that is to have it
   * @param beside takes the large parts; null if there are to be none
   */
  byte[] ofObject(Object value, int reserved, int code, @Nullable OutOfBand beside)
      throws Exception {
    noteUse();
    CodeLoaders.Route route = loaders.route(value, code);
    for (int i = 0; ; i++) {
      try {
        return ofObject(value, reserved, route, beside);
      } catch (ForeignClass e) {
        if (i == MOST_WIDENINGS) {
          throw new ClassNotFoundException(e.type().getName(), e);
        }
        route = loaders.widened(route, e.type());
      }
    }
  }

  private byte[] ofObject(
      Object value, int reserved, CodeLoaders.Route route, @Nullable OutOfBand beside)
      throws Exception {
    int header = reserved + (route.number() == CodeLoaders.OWN ? 0 : BY_HEADER);
    byte[] bytes;
    if (serializer instanceof ForySerializer fory) {
      bytes =
          loaders.areChecked()
              ? fory.write(value, header + 1, route, beside)
              : fory.write(value, header + 1, beside); // saves a copy
    } else {
      byte[] body = serializer.serialize(value);
      bytes = new byte[Math.addExact(body.length, header + 1)];
      System.arraycopy(body, 0, bytes, header + 1, body.length);
    }
    bytes[header] = OBJECT;
    if (header > reserved) {
      bytes[reserved] = BY;
      INT_AT.set(bytes, reserved + 1, route.number());
    }
    return bytes;
  }

  /** The number of the loader that a value is to be read by, if it says one. */
  static int loaderIn(byte[] bytes, int offset, int length) {
    return length >= BY_HEADER && bytes[offset] == BY
        ? (int) INT_AT.get(bytes, offset + 1)
        : CodeLoaders.OWN;
  }

  /** Reads first: a volatile write costs each object more than all the rest of this class. */
  private void noteUse() {
    if (!usedSerializer) {
      usedSerializer = true;
    }
  }

  /** Whether the serializer, and not only this class, has written or read a value. */
  public boolean hasUsedSerializer() {
    return usedSerializer;
  }

  private static CharBuffer chars(byte[] bytes, int offset, int size) {
    return ByteBuffer.wrap(bytes, offset, size).order(ByteOrder.LITTLE_ENDIAN).asCharBuffer();
  }
}

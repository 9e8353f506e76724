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

  private static final VarHandle INT_AT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG_AT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final TaskSerializer serializer;
  private final ClassLoader loader;

  /**
   * @param loader finds the classes of the objects to decode
   */
  public ValueCodec(TaskSerializer serializer, ClassLoader loader) {
    this.serializer = serializer;
    this.loader = loader;
  }

  /**
   * Turns a value into bytes.
   *
   * @throws Exception when the value cannot cross; {@link NotSerializable} can say why
   */
  public byte[] encode(@Nullable Object value) throws Exception {
    if (value == null) {
      return new byte[] {NULL};
    }
    Class<?> type = value.getClass();
    if (type == Integer.class) {
      byte[] bytes = tagged(INT, Integer.BYTES);
      INT_AT.set(bytes, 1, (int) (Integer) value);
      return bytes;
    }
    if (type == Long.class) {
      return ofLong(LONG, (Long) value);
    }
    if (type == Double.class) {
      return ofLong(DOUBLE, Double.doubleToRawLongBits((Double) value));
    }
    if (type == Boolean.class) {
      return new byte[] {(Boolean) value ? TRUE : FALSE};
    }
    if (type == String.class) {
      return ofString((String) value);
    }
    if (type == byte[].class) {
      return withTag(BYTES, (byte[]) value);
    }
    return ofObject(value);
  }

  /**
   * Turns bytes back into the value.
   *
   * @throws ClassNotFoundException when a class is missing here
   * @throws InvalidObjectException when the bytes are malformed, or a class's own code failed
   */
  public @Nullable Object decode(byte[] bytes, int offset, int length) throws Exception {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0) {
      throw new InvalidObjectException("a value of 0 bytes");
    }
    int body = offset + 1;
    int size = length - 1;
    byte tag = bytes[offset];
    return tag == OBJECT
        ? serializer.deserialize(bytes, body, size, loader)
        : decodePlain(tag, bytes, body, size);
  }

  /** True when {@link #decode} of these bytes runs no code but its own, and so ends at once. */
  public static boolean isPlain(byte[] bytes, int offset, int length) {
    return length > 0 && bytes[offset] != OBJECT;
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
          case INT -> Integer.BYTES;
          case LONG, DOUBLE -> Long.BYTES;
          case UTF16 -> size & ~1; // even
          default -> size;
        };
    if (size != expected) {
      throw new InvalidObjectException("a value with tag " + tag + " has " + size + " bytes");
    }
  }

  private byte[] ofObject(Object value) throws Exception {
    if (serializer instanceof ForySerializer fory) {
      byte[] bytes = fory.write(value, /* reserved= */ 1); // saves a copy
      bytes[0] = OBJECT;
      return bytes;
    }
    return withTag(OBJECT, serializer.serialize(value));
  }

  private static byte[] ofLong(byte tag, long value) {
    byte[] bytes = tagged(tag, Long.BYTES);
    LONG_AT.set(bytes, 1, value);
    return bytes;
  }

  // Not UTF-8: an unpaired surrogate, which a String may hold, would come back as '?'.
  private static byte[] ofString(String text) {
    int length = text.length();
    for (int i = 0; i < length; i++) {
      if (text.charAt(i) > 0xFF) {
        byte[] bytes = tagged(UTF16, Math.multiplyExact(length, Character.BYTES));
        chars(bytes, 1, bytes.length - 1).put(text);
        return bytes;
      }
    }
    return withTag(LATIN1, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static CharBuffer chars(byte[] bytes, int offset, int size) {
    return ByteBuffer.wrap(bytes, offset, size).order(ByteOrder.LITTLE_ENDIAN).asCharBuffer();
  }

  private static byte[] withTag(byte tag, byte[] body) {
    byte[] bytes = tagged(tag, body.length);
    System.arraycopy(body, 0, bytes, 1, body.length);
    return bytes;
  }

  private static byte[] tagged(byte tag, int size) {
    byte[] bytes = new byte[Math.addExact(size, 1)];
    bytes[0] = tag;
    return bytes;
  }
}

package dev.procession.internal.codec;

import java.io.InvalidObjectException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.fory.serializer.StringSerializer;

/**
 * What a long string has inside, without a copy: the JDK has no public way to it, Fory has.
 *
 * <p>A class of its own, so that who has no such strings does not load what it takes.
 */
final class Texts {
  private static final byte LATIN1 = 0; // java.lang.String.LATIN1
  private static final byte UTF16 = 1;

  /** Whether this JVM has one byte for each char where that is enough; the other may differ. */
  private static final boolean COMPACT;

  static {
    COMPACT = QuietUnsafe.call(() -> isLatin1("a"));
  }

  private Texts() {}

  /** Whether each char takes one byte. */
  static boolean isLatin1(String text) {
    return StringSerializer.getStringCoder(text) == LATIN1;
  }

  /** One byte for each char, or two in the machine's order; not to be written to. */
  static byte[] bytes(String text) {
    return StringSerializer.getStringBytes(text);
  }

  /** The text that has these bytes, which nobody may write to any more. */
  static String of(byte[] bytes, boolean latin1) throws InvalidObjectException {
    if (latin1) {
      return COMPACT
          ? StringSerializer.newBytesStringZeroCopy(LATIN1, bytes)
          : new String(bytes, StandardCharsets.ISO_8859_1);
    }
    if (bytes.length % Character.BYTES != 0) {
      throw new InvalidObjectException("a text of " + bytes.length + " bytes");
    }
    CharBuffer chars = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).asCharBuffer();
    return COMPACT && !needsTwo(chars)
        ? chars.toString()
        : StringSerializer.newBytesStringZeroCopy(UTF16, bytes);
  }

  /** Whether one of the chars needs two bytes; most texts that do have one at their beginning. */
  private static boolean needsTwo(CharBuffer chars) {
    for (int i = 0; i < chars.length(); i++) {
      if (chars.get(i) > 0xFF) {
        return true;
      }
    }
    return false;
  }
}

package dev.procession.internal.codec;

import java.io.InvalidObjectException;
import org.apache.fory.serializer.StringSerializer;

/**
 * What a long string has inside, without a copy: the JDK has no public way to it, Fory has.
 *
 * <p>A class of its own, so that who has no such strings does not load what it takes.
 */
final class Texts {
  private static final byte LATIN1 = 0; // java.lang.String.LATIN1
  private static final byte UTF16 = 1;

  static {
    QuietUnsafe.call(StringSerializer::isBytesBackedString);
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
    if (!latin1 && bytes.length % Character.BYTES != 0) {
      throw new InvalidObjectException("a text of " + bytes.length + " bytes");
    }
    return StringSerializer.newBytesStringZeroCopy(latin1 ? LATIN1 : UTF16, bytes);
  }
}

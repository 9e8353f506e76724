package dev.procession.internal.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What stands before the payload of a result with {@link Frames#BUFFERS}: the names of the files
 * that are the parent's from now on.
 *
 * <pre>
 *   | count int | length byte, name | ... | payload
 * </pre>
 *
 * @param names of the files
 * @param payload what follows
 */
public record BufferNames(List<String> names, byte[] payload) {
  /** The bytes; names are short and ASCII. */
  public byte[] toBytes() {
    int size = Math.addExact(Integer.BYTES, payload.length);
    for (String name : names) {
      size = Math.addExact(size, 1 + name.length());
    }
    ByteBuffer bytes = ByteBuffer.allocate(size).putInt(names.size());
    for (String name : names) {
      bytes.put((byte) name.length()).put(name.getBytes(StandardCharsets.US_ASCII));
    }
    return bytes.put(payload).array();
  }

  /**
   * Reads bytes that are not trusted.
   *
   * @throws WireException if they are not what {@link #toBytes} writes
   */
  public static BufferNames of(byte[] from) throws WireException {
    ByteBuffer bytes = ByteBuffer.wrap(from);
    int count = bytes.remaining() < Integer.BYTES ? -1 : bytes.getInt();
    List<String> names = new ArrayList<>();
    while (names.size() < count && bytes.hasRemaining()) {
      int length = bytes.get();
      if (length < 0 || length > bytes.remaining()) {
        break;
      }
      byte[] name = new byte[length];
      bytes.get(name);
      names.add(new String(name, StandardCharsets.US_ASCII));
    }
    if (names.size() != count) {
      throw new WireException(names.size() + " names of buffers, not " + count);
    }
    byte[] payload = new byte[bytes.remaining()];
    bytes.get(payload);
    return new BufferNames(names, payload);
  }
}

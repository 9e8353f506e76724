package dev.procession.internal.codec;

import java.io.InvalidObjectException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * The payload of a chunk: one encoded function and any number of encoded arguments.
 *
 * <pre>
 *   | length int | function ... | length int | argument 0 ... | length int | argument 1 ... | ...
 * </pre>
 *
 * Arguments are encoded one by one, so that a chunk can be cut in two without decoding it.
 */
public final class ChunkCodec {
  private final byte[] bytes;
  private int at;

  /** Slice boundaries of the piece that was read last. */
  private int offset;

  private int length;

  /** Reads the pieces of a payload in turn; for one thread. */
  public ChunkCodec(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Puts a payload together.
   *
   * @throws IllegalArgumentException if it would be 2 GiB or more
   */
  public static byte[] join(byte[] function, List<byte[]> arguments) {
    long size = Integer.BYTES + (long) function.length;
    for (byte[] argument : arguments) {
      size += Integer.BYTES + (long) argument.length;
    }
    if (size > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "a chunk of " + size + " bytes; give map a smaller chunkSize");
    }
    ByteBuffer out = ByteBuffer.allocate((int) size);
    out.putInt(function.length).put(function);
    for (byte[] argument : arguments) {
      out.putInt(argument.length).put(argument);
    }
    return out.array();
  }

  /**
   * Moves to the next piece: the function first, then each argument.
   *
   * @throws InvalidObjectException if the payload ends before it does
   */
  public void next() throws InvalidObjectException {
    if (bytes.length - at < Integer.BYTES) {
      throw new InvalidObjectException("chunk ends at " + at);
    }
    int size = ByteBuffer.wrap(bytes).getInt(at);
    if (size < 0 || size > bytes.length - at - Integer.BYTES) {
      throw new InvalidObjectException("piece of " + size + " bytes at " + at);
    }
    offset = at + Integer.BYTES;
    length = size;
    at = offset + size;
  }

  /** The whole payload. */
  public byte[] bytes() {
    return bytes;
  }

  /** Where the piece begins. */
  public int offset() {
    return offset;
  }

  /** Its bytes. */
  public int length() {
    return length;
  }

  /** A copy of the piece. */
  public byte[] piece() {
    return Arrays.copyOfRange(bytes, offset, offset + length);
  }
}

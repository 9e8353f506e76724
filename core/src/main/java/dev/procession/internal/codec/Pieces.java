package dev.procession.internal.codec;

import java.io.InvalidObjectException;
import java.util.Arrays;

/**
 * What a chunk is made of, encoded one behind another: its function and then each argument. Read in
 * turn by one thread.
 *
 * <pre>
 *   | length | piece 0 ... | length | piece 1 ... | ...      length: 7 bits a byte, lowest first,
 *                                                            the top bit set in all but the last
 * </pre>
 *
 * Each was encoded on its own, so that a chunk can be cut in two without decoding it. The bytes are
 * untrusted.
 */
public final class Pieces {
  private final byte[] bytes;
  private int at;
  private int offset;
  private int length;

  /** Reads from the beginning. */
  public Pieces(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * The first piece, and of those that follow it some, as pieces of their own.
   *
   * @param bytes pieces that were written here or looked through when they came
   * @param from the first to be copied, 0 for the one behind the first piece of all
   * @param to the first that is not
   */
  public static byte[] some(byte[] bytes, int from, int to) {
    try {
      Pieces pieces = new Pieces(bytes);
      pieces.next();
      int head = pieces.end();
      pieces.skip(from);
      int begin = pieces.end();
      pieces.skip(to - from);
      byte[] some = Arrays.copyOf(bytes, head + pieces.end() - begin);
      System.arraycopy(bytes, begin, some, head, pieces.end() - begin);
      return some;
    } catch (InvalidObjectException e) {
      throw new AssertionError("pieces " + from + " to " + to, e);
    }
  }

  /**
   * Moves to the next piece.
   *
   * @throws InvalidObjectException if the bytes end before it does
   */
  public void next() throws InvalidObjectException {
    int size = 0;
    int shift = 0;
    byte part;
    do {
      if (at >= bytes.length || shift > 28) {
        throw new InvalidObjectException("no piece at " + at + " of " + bytes.length + " bytes");
      }
      part = bytes[at++];
      size |= (part & 0x7F) << shift;
      shift += 7;
    } while (part < 0);
    if (size < 0 || size > bytes.length - at) {
      throw new InvalidObjectException("piece of " + size + " bytes at " + at);
    }
    offset = at;
    length = size;
    at += size;
  }

  /** Moves past so many pieces. */
  public void skip(int pieces) throws InvalidObjectException {
    for (int i = 0; i < pieces; i++) {
      next();
    }
  }

  /** What the pieces lie in. */
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

  /** Where the piece ends and the next one's length begins. */
  public int end() {
    return at;
  }

  /** A copy of the piece. */
  public byte[] piece() {
    return Arrays.copyOfRange(bytes, offset, offset + length);
  }
}

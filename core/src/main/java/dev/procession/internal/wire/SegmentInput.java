package dev.procession.internal.wire;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;

/**
 * A payload beside the ring, read once from beginning to end; for one thread.
 *
 * <p>Large parts of it go from here to where they are wanted without a copy of the whole between.
 * To close it gives the segment back to its writer.
 */
public abstract class SegmentInput implements Closeable {
  private int remaining;

  SegmentInput(int length) {
    this.remaining = length;
  }

  /** Bytes that were not read yet. */
  public final int remaining() {
    return remaining;
  }

  /**
   * Reads exactly so many bytes.
   *
   * @throws EOFException if so many are not left
   * @throws IOException if the file cannot be read
   */
  public final void read(byte[] to, int offset, int length) throws IOException {
    if (length > remaining) {
      throw new EOFException(length + " bytes of a payload with " + remaining + " left");
    }
    readExactly(to, offset, length);
    remaining -= length;
  }

  /**
   * Reads all that is left.
   *
   * @throws IOException if the file cannot be read
   */
  public final byte[] rest() throws IOException {
    byte[] rest = new byte[remaining];
    read(rest, 0, rest.length);
    return rest;
  }

  abstract void readExactly(byte[] to, int offset, int length) throws IOException;
}

package dev.procession.internal.wire;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

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
   * The next bytes without a copy of them, if that is possible: at least one.
   *
   * @param most as many at most, and a multiple of 8 unless these are all
   * @return a buffer in the machine's order, to be read before the next call
   * @throws EOFException if nothing is left
   * @throws IOException if the file cannot be read
   */
  public final ByteBuffer next(int most) throws IOException {
    if (most > remaining || most <= 0) {
      throw new EOFException(most + " bytes of a payload with " + remaining + " left");
    }
    ByteBuffer next = nextOf(most).order(ByteOrder.nativeOrder());
    remaining -= next.remaining();
    return next;
  }

  /**
   * Passes over bytes.
   *
   * @throws EOFException if so many are not left
   * @throws IOException if the file cannot be read
   */
  public final void skip(int length) throws IOException {
    for (int left = length; left > 0; ) {
      left -= next(left).remaining();
    }
  }

  /**
   * Reads all that is left.
   *
   * @throws IOException if the file cannot be read
   */
  public final byte[] rest() throws IOException {
    return read(remaining);
  }

  /**
   * Reads exactly so many bytes.
   *
   * @throws EOFException if so many are not left
   * @throws IOException if the file cannot be read
   */
  public final byte[] read(int length) throws IOException {
    byte[] bytes = new byte[length];
    read(bytes, 0, length);
    return bytes;
  }

  abstract ByteBuffer nextOf(int most) throws IOException;

  abstract void readExactly(byte[] to, int offset, int length) throws IOException;
}

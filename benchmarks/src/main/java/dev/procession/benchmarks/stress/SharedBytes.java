package dev.procession.benchmarks.stress;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Zeroed pieces of one direct buffer, for jcstress makes millions of states: a piece is given out
 * again after {@link #PIECES} others, which is more than are in use at a time.
 */
final class SharedBytes {
  static final int LINE = 64;

  /** Bytes of a piece. */
  static final int SIZE = 8 * LINE;

  private static final int PIECES = 1 << 17;

  static final ByteBuffer BUFFER =
      ByteBuffer.allocateDirect(SIZE * PIECES + LINE)
          .alignedSlice(LINE)
          .order(ByteOrder.nativeOrder());

  private static final AtomicInteger NEXT = new AtomicInteger();

  private SharedBytes() {}

  /** Offset of a zeroed piece, a multiple of 64. */
  static int take() {
    int at = (NEXT.getAndIncrement() & (PIECES - 1)) * SIZE;
    for (int i = 0; i < SIZE; i += Long.BYTES) {
      BUFFER.putLong(at + i, 0);
    }
    return at;
  }
}

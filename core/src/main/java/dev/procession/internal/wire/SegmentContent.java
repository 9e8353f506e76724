package dev.procession.internal.wire;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A payload that is written beside the ring, from wherever its bytes are. */
public interface SegmentContent {
  /** Bytes of it. */
  int length();

  /**
   * Copies a part of it.
   *
   * @param from where the part begins, a multiple of 8
   * @param to is filled to its limit; its order is the machine's
   */
  void copy(int from, ByteBuffer to);

  /**
   * Writes all of it into a file.
   *
   * @throws IOException if there is no room
   */
  default void write(RandomAccessFile file) throws IOException {
    byte[] bytes = new byte[Math.min(length(), MappedFiles.PIECE)];
    int piece;
    for (int at = 0; at < length(); at += piece) {
      piece = Math.min(bytes.length, length() - at);
      copy(at, ByteBuffer.wrap(bytes, 0, piece).order(ByteOrder.nativeOrder()));
      file.write(bytes, 0, piece);
    }
  }

  /** These bytes. */
  static SegmentContent of(byte[] bytes) {
    return new SegmentContent() {
      @Override
      public int length() {
        return bytes.length;
      }

      @Override
      public void copy(int from, ByteBuffer to) {
        to.put(bytes, from, to.remaining());
      }

      @Override
      public void write(RandomAccessFile file) throws IOException {
        MappedFiles.write(file, bytes);
      }
    };
  }
}

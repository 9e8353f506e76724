package dev.procession.internal.wire;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;

/**
 * Makes and maps the files that two processes share.
 *
 * <p>A sparse file that cannot grow is a SIGBUS on first touch and not an exception; so room is
 * reserved by writing before anything is mapped. Callers may be interrupted user threads, and an
 * interrupt closes a {@code FileChannel}: writing goes through {@code RandomAccessFile}, and mapping
 * is done again with the interrupt put aside.
 */
final class MappedFiles {
  private static final int PIECE = 1 << 20;

  private MappedFiles() {}

  /** Fills the file with zeros up to {@code size} and maps it. */
  static ByteBuffer create(Path file, int size) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      byte[] zeros = new byte[Math.min(size, PIECE)];
      for (int written = 0; written < size; ) {
        int piece = Math.min(zeros.length, size - written);
        access.write(zeros, 0, piece);
        written += piece;
      }
    }
    return open(file, size);
  }

  static ByteBuffer open(Path file, int size) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
          ByteBuffer buffer = access.getChannel().map(MapMode.READ_WRITE, 0, size);
          return buffer.order(ByteOrder.nativeOrder());
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}

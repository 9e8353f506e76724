package dev.procession.internal.wire;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes and maps the files that two processes share.
 *
 * <p>A sparse file that cannot grow is a SIGBUS on first touch and not an exception; so room is
 * reserved by writing before anything is mapped. Callers may be interrupted user threads, and an
 * interrupt closes a {@code FileChannel}: writing goes through {@code RandomAccessFile}, and
 * mapping is done again with the interrupt put aside.
 */
public final class MappedFiles {
  /** Bytes written or read at a time: the JDK has them copied once more, which a cache can hold. */
  static final int PIECE = 256 << 10;

  private MappedFiles() {}

  /** Fills the file with zeros up to {@code size} and maps it. */
  public static ByteBuffer create(Path file, int size) throws IOException {
    return create(file, size, size, SegmentContent.of(new byte[0]));
  }

  /** Fills the file with zeros up to {@code size}, but for that content, and maps it. */
  static ByteBuffer create(Path file, int size, int at, SegmentContent content) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      writeZeros(access, at);
      content.write(access);
      writeZeros(access, size - at - content.length());
    }
    return open(file, size);
  }

  /** Fills the file with so many zeros. */
  static void reserve(Path file, long size) throws IOException {
    Path directory = Objects.requireNonNull(file.toAbsolutePath().getParent());
    long free = directory.toFile().getUsableSpace();
    if (free < size) { // asked first: to fill it to the last byte would harm others
      throw new IOException("there are " + free + " bytes free in " + directory);
    }
    Files.createFile(file); // not what somebody has put there
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      writeZeros(access, size);
    }
  }

  private static void writeZeros(RandomAccessFile access, long count) throws IOException {
    byte[] zeros = new byte[(int) Math.min(count, PIECE)];
    for (long left = count; left > 0; left -= zeros.length) {
      access.write(zeros, 0, (int) Math.min(zeros.length, left));
    }
  }

  /** Writes the bytes, and has the JDK copy no more of them at a time than pays. */
  static void write(RandomAccessFile access, byte[] bytes) throws IOException {
    for (int written = 0; written < bytes.length; ) {
      int piece = Math.min(PIECE, bytes.length - written);
      access.write(bytes, written, piece);
      written += piece;
    }
  }

  /** Reads exactly so many bytes, in such pieces as well. */
  static void read(RandomAccessFile access, byte[] to, int offset, int length) throws IOException {
    for (int read = 0; read < length; ) {
      int piece = Math.min(PIECE, length - read);
      access.readFully(to, offset + read, piece);
      read += piece;
    }
  }

  public static ByteBuffer open(Path file, int size) throws IOException {
    ByteBuffer mapped =
        map(file, "rw", channel -> LastingMapping.of(channel, MapMode.READ_WRITE, size));
    return mapped.order(ByteOrder.nativeOrder());
  }

  /** Maps a file that others may have mapped as well, to read it. */
  static ByteBuffer openToRead(Path file, long size) throws IOException {
    return map(
        file,
        "r",
        channel -> {
          checkSize(channel, size);
          return LastingMapping.of(channel, MapMode.READ_ONLY, size);
        });
  }

  /** Of what others have made. */
  private static void checkSize(FileChannel channel, long size) throws IOException {
    if (channel.size() != size) {
      throw new WireException(channel.size() + " bytes where there should be " + size);
    }
  }

  /** Maps a file that is open; it may be done more than once. */
  @FunctionalInterface
  interface Mapper<T> {
    T map(FileChannel channel) throws IOException;
  }

  /** Maps a file of that size, and no link to one, to read and write. */
  static <T> T mapNoLink(Path file, long size, Mapper<T> mapper) throws IOException {
    return map(
        file,
        null,
        channel -> {
          checkSize(channel, size);
          return mapper.map(channel);
        });
  }

  /**
   * Maps a file, whatever interrupts the thread meanwhile.
   *
   * @param mode of {@code java.io}, of which a worker that starts has loaded what it needs; null to
   *     read and write what is no link
   */
  private static <T> T map(Path file, @Nullable String mode, Mapper<T> mapper) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try (FileChannel channel =
            mode == null
                ? openNoLink(file)
                : new RandomAccessFile(file.toFile(), mode).getChannel()) { // closes both
          return mapper.map(channel);
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

  private static FileChannel openNoLink(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
  }
}

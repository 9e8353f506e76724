package dev.procession.internal.wire;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A file that one process writes once and others map to read. */
public final class SharedFile {
  private SharedFile() {}

  /**
   * Writes the file, so that no page of it can be missing later.
   *
   * @throws IOException if there is no room for it
   */
  public static Path write(Path file, byte[] bytes) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      MappedFiles.write(access, bytes);
    }
    return file;
  }

  /**
   * Maps the file to read it; it stays mapped until the buffer is collected.
   *
   * @throws IOException if it is not there, or has another size
   */
  public static ByteBuffer map(Path file, long size) throws IOException {
    return MappedFiles.openToRead(file, size);
  }
}

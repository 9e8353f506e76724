package dev.procession.internal.wire;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads what a {@link SegmentWriter} of the other side wrote, and deletes each file as soon as it
 * is mapped or read.
 *
 * <p>Believes nothing of a reference before it has compared it with the file. Safe for use by
 * several threads.
 */
public final class SegmentReader {
  /** More mapped segments than this no honest writer makes. */
  private static final int MOST = SegmentWriter.RETAINED / (128 << 10) + 1;

  private final SharedDirectory directory;
  private final String prefix;
  private final Map<Integer, ByteBuffer> mapped = new HashMap<>(); // guarded by this

  /**
   * Reads files of that directory.
   *
   * @param prefix the writer's
   */
  public SegmentReader(SharedDirectory directory, String prefix) {
    this.directory = directory;
    this.prefix = prefix;
  }

  /**
   * Copies the payload out and gives the segment back to its writer.
   *
   * @throws WireException if there is no such payload
   * @throws IOException if the file cannot be read
   */
  public byte[] read(SegmentRef ref) throws IOException {
    if (ref.length() < 0 || ref.capacity() < 0) {
      throw new WireException("segment " + ref);
    }
    return ref.isMapped() ? readMapped(ref) : readOnce(ref);
  }

  private byte[] readMapped(SegmentRef ref) throws IOException {
    ByteBuffer buffer = map(ref);
    if (ref.length() > buffer.capacity() - SegmentWriter.PAYLOAD_AT) {
      throw new WireException("segment too short for " + ref);
    }
    byte[] payload = new byte[ref.length()];
    buffer.get(SegmentWriter.PAYLOAD_AT, payload, 0, payload.length);
    SegmentWriter.INT.setRelease(buffer, 0, 0);
    return payload;
  }

  private synchronized ByteBuffer map(SegmentRef ref) throws IOException {
    ByteBuffer buffer = mapped.get(ref.id());
    if (buffer == null) {
      Path file = existing(ref);
      int size = SegmentWriter.PAYLOAD_AT + ref.capacity();
      if (mapped.size() >= MOST || size < 0 || Files.size(file) != size) {
        throw new WireException("no segment like " + ref);
      }
      buffer = MappedFiles.open(file, size);
      Files.deleteIfExists(file);
      mapped.put(ref.id(), buffer);
    }
    return buffer;
  }

  private byte[] readOnce(SegmentRef ref) throws IOException {
    Path file = existing(ref);
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "r")) {
      if (access.length() != ref.length()) {
        throw new WireException(access.length() + " bytes where there should be " + ref.length());
      }
      byte[] payload = new byte[ref.length()];
      // In pieces, because the JDK reads into a native buffer of the same size first.
      for (int read = 0; read < payload.length; read += SegmentWriter.PIECE) {
        access.readFully(payload, read, Math.min(SegmentWriter.PIECE, payload.length - read));
      }
      return payload;
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private Path existing(SegmentRef ref) throws WireException {
    Path file = directory.find(SegmentWriter.fileName(prefix, ref.id()));
    if (file == null) {
      throw new WireException("no file for " + ref);
    }
    return file;
  }
}

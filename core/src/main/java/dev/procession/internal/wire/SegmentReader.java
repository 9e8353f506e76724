package dev.procession.internal.wire;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a {@link SegmentWriter} of the other side wrote; what is read once is given back, and
 * its file deleted as soon as it is mapped or read.
 *
 * <p>Believes nothing of a reference before it has compared it with the file. Safe for use by
 * several threads.
 */
public final class SegmentReader {
  /** More mapped segments than this no honest writer makes. */
  private static final int MOST = SegmentWriter.MOST_RETAINED / SegmentWriter.SMALLEST + 1;

  private final SharedDirectory directory;
  private final String prefix;
  private final boolean readsOnce;
  private final Map<Integer, ByteBuffer> mapped = new HashMap<>(); // guarded by this

  /**
   * Reads files of that directory.
   *
   * @param prefix the writer's
   */
  public SegmentReader(SharedDirectory directory, String prefix) {
    this(directory, prefix, /* readsOnce= */ true);
  }

  private SegmentReader(SharedDirectory directory, String prefix, boolean readsOnce) {
    this.directory = directory;
    this.prefix = prefix;
    this.readsOnce = readsOnce;
  }

  /** Reads what others may read as well, and leaves it to the writer to take it back. */
  public static SegmentReader ofMany(SharedDirectory directory, String prefix) {
    return new SegmentReader(directory, prefix, /* readsOnce= */ false);
  }

  /** Reads a payload that this process has mapped itself, see {@link SegmentWriter#view}. */
  public static SegmentInput of(ByteBuffer payload) {
    return new MappedInput(payload, 0, payload.capacity(), /* givesBack= */ false);
  }

  /**
   * Copies the payload out and gives the segment back to its writer.
   *
   * @throws WireException if there is no such payload
   * @throws IOException if the file cannot be read
   */
  public byte[] read(SegmentRef ref) throws IOException {
    try (SegmentInput in = open(ref)) {
      return in.rest();
    }
  }

  /**
   * Begins to read the payload.
   *
   * @throws WireException if there is no such payload
   * @throws IOException if the file cannot be read
   */
  public SegmentInput open(SegmentRef ref) throws IOException {
    if (ref.length() < 0 || ref.capacity() < 0) {
      throw new WireException("segment " + ref);
    }
    return ref.isMapped() ? openMapped(ref) : openFile(ref);
  }

  private SegmentInput openMapped(SegmentRef ref) throws IOException {
    ByteBuffer buffer = map(ref);
    if (ref.length() > buffer.capacity() - SegmentWriter.PAYLOAD_AT) {
      throw new WireException("segment too short for " + ref);
    }
    return new MappedInput(buffer, SegmentWriter.PAYLOAD_AT, ref.length(), readsOnce);
  }

  private synchronized ByteBuffer map(SegmentRef ref) throws IOException {
    ByteBuffer buffer = mapped.get(ref.id());
    if (buffer == null) {
      Path file = existing(ref);
      int size = SegmentWriter.PAYLOAD_AT + ref.capacity();
      if (mapped.size() >= MOST || size < 0 || Files.size(file) != size) {
        throw new WireException("no segment like " + ref);
      }
      if (readsOnce) {
        buffer = MappedFiles.open(file, size);
        Files.deleteIfExists(file);
      } else {
        buffer = MappedFiles.openToRead(file, size);
      }
      mapped.put(ref.id(), buffer);
    }
    return buffer;
  }

  private SegmentInput openFile(SegmentRef ref) throws IOException {
    Path file = existing(ref);
    RandomAccessFile access;
    try {
      access = new RandomAccessFile(file.toFile(), "r");
    } finally {
      if (readsOnce) {
        Files.deleteIfExists(file);
      }
    }
    SegmentInput in = new FileInput(access, ref.length());
    long length = access.length();
    if (length != ref.length()) {
      in.close();
      throw new WireException(length + " bytes where there should be " + ref.length());
    }
    return in;
  }

  private Path existing(SegmentRef ref) throws WireException {
    Path file = directory.find(SegmentWriter.fileName(prefix, ref.id()));
    if (file == null) {
      throw new WireException("no file for " + ref);
    }
    return file;
  }

  private static final class MappedInput extends SegmentInput {
    private final ByteBuffer buffer;
    private final boolean givesBack;
    private int at;

    MappedInput(ByteBuffer buffer, int at, int length, boolean givesBack) {
      super(length);
      this.buffer = buffer;
      this.at = at;
      this.givesBack = givesBack;
    }

    @Override
    void readExactly(byte[] to, int offset, int length) {
      buffer.get(at, to, offset, length);
      at += length;
    }

    @Override
    ByteBuffer nextOf(int most) {
      ByteBuffer next = buffer.slice(at, most);
      at += most;
      return next;
    }

    @Override
    public void close() {
      if (givesBack) {
        SegmentWriter.INT.setRelease(buffer, 0, 0);
      }
    }
  }

  private static final class FileInput extends SegmentInput {
    private final RandomAccessFile file;
    private byte @Nullable [] piece;

    FileInput(RandomAccessFile file, int length) {
      super(length);
      this.file = file;
    }

    @Override
    void readExactly(byte[] to, int offset, int length) throws IOException {
      MappedFiles.read(file, to, offset, length);
    }

    @Override
    ByteBuffer nextOf(int most) throws IOException {
      byte[] into = piece;
      if (into == null) {
        into = new byte[MappedFiles.PIECE];
        piece = into;
      }
      int length = Math.min(most, into.length);
      MappedFiles.read(file, into, 0, length);
      return ByteBuffer.wrap(into, 0, length);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}

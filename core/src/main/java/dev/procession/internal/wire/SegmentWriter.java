package dev.procession.internal.wire;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One direction's large payloads: writes them into shared segments beside the ring.
 *
 * <p>A segment is mapped by both sides and used again: its first word says whether the reader still
 * needs it. What would take more than {@link #RETAINED} bytes of such memory goes through a plain
 * file that is read once and deleted. Safe for use by several threads.
 */
public final class SegmentWriter {
  /*
   * A mapped segment:   0  in use   int, 1 from the write until the reader has copied the payload
   *                    64  payload
   */
  static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  static final int PAYLOAD_AT = 64;

  /** Bytes of mapped segments kept for a worker and direction. */
  static final int RETAINED = 32 << 20;

  private static final int SMALLEST = 128 << 10;

  /** Bytes of a file that are written or read at a time. */
  static final int PIECE = 1 << 20;

  private final SharedDirectory directory;
  private final String prefix;
  private final List<Mapped> kept = new ArrayList<>(); // guarded by this
  private int keptBytes; // guarded by this
  private int nextId; // guarded by this

  private record Mapped(int id, int capacity, ByteBuffer buffer) {}

  /**
   * Writes into files of that directory.
   *
   * @param prefix start of their names, unique for worker and direction
   */
  public SegmentWriter(SharedDirectory directory, String prefix) {
    this.directory = directory;
    this.prefix = prefix;
  }

  static String fileName(String prefix, int id) {
    return prefix + id;
  }

  /**
   * Copies the payload to where the other side can read it.
   *
   * @throws IOException if there is no room in any directory
   */
  public SegmentRef write(byte[] payload) throws IOException {
    Mapped segment = acquire(payload.length);
    if (segment == null) {
      return writeOnce(payload);
    }
    segment.buffer.put(PAYLOAD_AT, payload, 0, payload.length);
    return new SegmentRef(segment.id, segment.capacity, payload.length);
  }

  /** Takes back a payload that the other side never read. */
  public synchronized void reclaim(SegmentRef ref) {
    for (Mapped segment : kept) {
      if (segment.id == ref.id()) {
        INT.setRelease(segment.buffer, 0, 0);
        return;
      }
    }
    deleteUnread(ref.id());
  }

  private void deleteUnread(int id) {
    Path file = directory.find(fileName(prefix, id));
    if (file != null) {
      file.toFile().delete();
    }
  }

  /** A segment that is free, or a new one; null if there may be no more of them. */
  private @Nullable Mapped acquire(int length) throws IOException {
    int capacity = Math.max(SMALLEST, Integer.highestOneBit(Math.max(length - 1, 1)) << 1);
    int id;
    synchronized (this) {
      for (Mapped segment : kept) {
        if (segment.capacity >= length && (int) INT.getAcquire(segment.buffer, 0) == 0) {
          INT.setRelease(segment.buffer, 0, 1);
          return segment;
        }
      }
      if (length > RETAINED || capacity > RETAINED - keptBytes) {
        return null;
      }
      id = nextId++;
      keptBytes += capacity;
    }
    return create(id, capacity);
  }

  /** Not under the monitor: to fill a file takes long, and reclaim must not. */
  private Mapped create(int id, int capacity) throws IOException {
    boolean made = false;
    try {
      ByteBuffer buffer =
          directory.make(
              fileName(prefix, id), file -> MappedFiles.create(file, PAYLOAD_AT + capacity));
      INT.setRelease(buffer, 0, 1);
      Mapped segment = new Mapped(id, capacity, buffer);
      synchronized (this) {
        kept.add(segment);
      }
      made = true;
      return segment;
    } finally {
      if (!made) {
        synchronized (this) {
          keptBytes -= capacity;
        }
      }
    }
  }

  private SegmentRef writeOnce(byte[] payload) throws IOException {
    int id;
    synchronized (this) {
      id = nextId++;
    }
    directory.make(
        fileName(prefix, id),
        file -> {
          try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            for (int written = 0; written < payload.length; ) {
              int piece = Math.min(PIECE, payload.length - written);
              access.write(payload, written, piece);
              written += piece;
            }
          }
          return file;
        });
    return new SegmentRef(id, 0, payload.length);
  }
}

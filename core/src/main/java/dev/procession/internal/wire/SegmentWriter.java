package dev.procession.internal.wire;

import java.io.Closeable;
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
 * needs it, and to use it again is six times faster than to have the kernel find the memory for a
 * new one. What would take more of such memory than may be kept goes through a plain file that is
 * read once and deleted. Safe for use by several threads.
 */
public final class SegmentWriter implements Closeable {
  /*
   * A mapped segment:   0  in use   int, 1 from the write until the reader has copied the payload
   *                    64  payload
   */
  static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  static final int PAYLOAD_AT = 64;

  /** Bytes of segments kept for a worker and direction, at least and at most. */
  static final int LEAST_RETAINED = 32 << 20;

  static final int MOST_RETAINED = 256 << 20;

  /** The part of the memory that is free for shared files that a pool's workers may keep. */
  private static final int SHARE = 8;

  static final int SMALLEST = 128 << 10;

  /**
   * A segment that is more times as large is left to what needs it, where payloads stay for long,
   * if another can be made.
   */
  private static final int FITTING = 4;

  /** Memory is short if less than this many times as much is free. */
  private static final int ROOM = 2;

  /** Segments above the least are multiples of this, others powers of two. */
  private static final int STEP = 8 << 20;

  private final SharedDirectory directory;
  private final String prefix;
  private final int retained;
  private final List<Mapped> kept = new ArrayList<>(); // guarded by this
  private int keptBytes; // guarded by this
  private int nextId; // guarded by this
  private boolean closed; // guarded by this

  private record Mapped(int id, int capacity, ByteBuffer buffer) {
    SegmentRef ref(int length) {
      return new SegmentRef(id, capacity, length);
    }
  }

  /**
   * Writes into files of that directory.
   *
   * @param prefix start of their names, unique for worker and direction
   * @param retained bytes of them that may be kept, see {@link #retained}
   */
  public SegmentWriter(SharedDirectory directory, String prefix, int retained) {
    this.directory = directory;
    this.prefix = prefix;
    this.retained = retained;
  }

  /** How much a worker and a direction may keep in a pool of so many workers. */
  public static int retained(SharedDirectory directory, int workers) {
    long share = directory.freeMemory() / SHARE / (2L * workers);
    return (int) Math.max(LEAST_RETAINED, Math.min(share, MOST_RETAINED));
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
    return write(SegmentContent.of(payload));
  }

  /** As {@link #write(byte[])}, of a payload that is in more than one place. */
  public SegmentRef write(SegmentContent payload) throws IOException {
    SegmentRef ref = reuse(payload, Integer.MAX_VALUE);
    if (ref == null) {
      ref = grow(payload);
    }
    return ref == null ? writeOnce(payload) : ref;
  }

  /**
   * As {@link #write(SegmentContent)}, for a payload that may stay for long; takes no memory that
   * others may want, but returns null if it is short.
   */
  public @Nullable SegmentRef writeIfRoom(SegmentContent payload) throws IOException {
    SegmentRef ref = reuse(payload, FITTING);
    if (ref == null && directory.freeSpace() / ROOM > capacityFor(payload.length())) {
      ref = grow(payload);
    }
    if (ref == null) {
      ref = reuse(payload, Integer.MAX_VALUE);
    }
    if (ref == null && directory.freeMemory() / ROOM > payload.length()) {
      ref = writeOnce(payload);
    }
    return ref;
  }

  /** Uses a segment that is free and at most so many times as large. */
  private @Nullable SegmentRef reuse(SegmentContent payload, int times) {
    int length = payload.length();
    Mapped segment = free(length, (long) times * Math.max(length, SMALLEST));
    if (segment == null) {
      return null;
    }
    boolean copied = false;
    try {
      payload.copy(0, segment.buffer.slice(PAYLOAD_AT, length).order(ByteOrder.nativeOrder()));
      copied = true;
      return segment.ref(length);
    } finally {
      if (!copied) {
        INT.setRelease(segment.buffer, 0, 0);
      }
    }
  }

  /**
   * A payload that was written and not taken back, to be read here.
   *
   * @throws IOException if its file is not there
   */
  public ByteBuffer view(SegmentRef ref) throws IOException {
    synchronized (this) {
      for (Mapped segment : kept) {
        if (segment.id == ref.id()) {
          return segment.buffer.slice(PAYLOAD_AT, ref.length());
        }
      }
    }
    Path file = directory.find(fileName(prefix, ref.id()));
    if (file == null) {
      throw new IOException("no file for " + ref);
    }
    return MappedFiles.openToRead(file, ref.length());
  }

  /** Takes back a payload that the other side never read. */
  public void reclaim(SegmentRef ref) {
    synchronized (this) {
      for (Mapped segment : kept) {
        if (segment.id == ref.id()) {
          INT.setRelease(segment.buffer, 0, 0);
          return;
        }
      }
    }
    deleteUnread(ref.id()); // takes long for a large one
  }

  private void deleteUnread(int id) {
    Path file = directory.find(fileName(prefix, id));
    if (file != null) {
      file.toFile().delete();
    }
  }

  /** The smallest that will do. */
  private synchronized @Nullable Mapped free(int length, long most) {
    Mapped best = null;
    for (Mapped segment : kept) {
      if (segment.capacity >= length
          && segment.capacity <= most
          && (best == null || segment.capacity < best.capacity)
          && (int) INT.getAcquire(segment.buffer, 0) == 0) {
        best = segment;
      }
    }
    if (best != null) {
      INT.setRelease(best.buffer, 0, 1);
    }
    return best;
  }

  /** A new segment that holds the payload; null if there may be no more of them. */
  private @Nullable SegmentRef grow(SegmentContent payload) throws IOException {
    int capacity = capacityFor(payload.length());
    int id;
    synchronized (this) {
      if (capacity > retained - keptBytes) {
        return null;
      }
      id = nextId++;
      keptBytes += capacity;
    }
    return create(id, capacity, payload).ref(payload.length());
  }

  private static int capacityFor(int length) {
    return length > LEAST_RETAINED
        ? (int) Math.min(Integer.MAX_VALUE - STEP, (length + (STEP - 1L)) / STEP * STEP)
        : Math.max(SMALLEST, Integer.highestOneBit(Math.max(length - 1, 1)) << 1);
  }

  /** Not under the monitor: to fill a file takes long, and reclaim must not. */
  private Mapped create(int id, int capacity, SegmentContent payload) throws IOException {
    boolean made = false;
    try {
      ByteBuffer buffer =
          directory.make(
              fileName(prefix, id),
              file -> MappedFiles.create(file, PAYLOAD_AT + capacity, PAYLOAD_AT, payload));
      INT.setRelease(buffer, 0, 1);
      Mapped segment = new Mapped(id, capacity, buffer);
      synchronized (this) {
        if (!closed) {
          kept.add(segment);
        }
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

  private SegmentRef writeOnce(SegmentContent payload) throws IOException {
    int id;
    synchronized (this) {
      id = nextId++;
    }
    directory.make(
        fileName(prefix, id),
        file -> {
          try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            payload.write(access);
          }
          return file;
        });
    return new SegmentRef(id, 0, payload.length());
  }

  /** Keeps no segment any more; what it has mapped is unmapped when it is collected. */
  @Override
  public synchronized void close() {
    closed = true;
    kept.clear();
  }
}

package dev.procession.internal.wire;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file whose memory several processes read and write, as one of them has it: mapped when it is
 * first asked for. Any thread may call it.
 */
public final class MappedMemory implements Closeable {
  /** As in the JDK: some JVMs make no larger array, and a buffer may have to become one. */
  public static final int LONGEST_BUFFER = Integer.MAX_VALUE - 8;

  private final Path file;
  private final long size;
  private @Nullable Mapping mapping; // guarded by this
  private boolean closed; // guarded by this

  /** The memory of a file of that size. */
  public MappedMemory(Path file, long size) {
    this.file = file;
    this.size = size;
  }

  /**
   * Makes such a file, of zeros, so that no page of it can be missing later.
   *
   * @throws IOException if there is no room for it
   */
  public static Path reserve(SharedDirectory directory, String name, long size) throws IOException {
    Unmapping.makeRoom(directory, size);
    return directory.make(name, file -> reserve(file, size));
  }

  static Path reserve(Path file, long size) throws IOException {
    MappedFiles.reserve(file, size);
    return file;
  }

  /** The file. */
  public Path file() {
    return file;
  }

  /** Its bytes. */
  public long size() {
    return size;
  }

  /**
   * A part of it.
   *
   * @throws IllegalArgumentException if it is too long for a buffer
   * @throws IllegalStateException if it was closed
   * @throws java.io.UncheckedIOException if the file is not there or cannot be mapped
   */
  public ByteBuffer buffer(long offset, int length) {
    Objects.checkFromIndexSize(offset, /* size= */ length, /* length= */ size);
    if (length > LONGEST_BUFFER) {
      throw new IllegalArgumentException(length + " bytes are too many for a buffer");
    }
    return mapping().buffer(offset, length);
  }

  /**
   * All of it as one object of a class of a later JDK.
   *
   * @throws UnsupportedOperationException if there is no such thing on this one
   * @throws IllegalStateException if it was closed
   * @throws java.io.UncheckedIOException if the file is not there or cannot be mapped
   */
  public <V> V as(Class<V> type) {
    return mapping().as(type);
  }

  /** Maps it now, for the file may be gone later. */
  public void map() {
    Mapping unused = mapping();
  }

  private synchronized Mapping mapping() {
    if (closed) {
      throw new IllegalStateException("it was closed");
    }
    Mapping known = mapping;
    if (known == null) {
      try {
        known = Mapping.of(file, size);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      mapping = known;
    }
    return known;
  }

  /** Whether it was closed. */
  public synchronized boolean isClosed() {
    return closed;
  }

  /** Unmaps it, or has the next garbage collection do so. */
  @Override
  public void close() {
    boolean unused = closeNow();
  }

  /**
   * As {@link #close}.
   *
   * @return whether a garbage collection is needed for it
   */
  public synchronized boolean closeNow() {
    closed = true;
    Mapping known = mapping;
    mapping = null;
    return known != null && !known.close();
  }
}

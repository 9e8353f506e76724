package dev.procession.internal.wire;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The memory of a whole file, mapped to read and write; from JDK 22 on.
 *
 * <p>Here it is a segment of any size that is unmapped when it is closed: whoever uses a view of it
 * afterwards gets an {@code IllegalStateException}.
 */
final class Mapping {
  /** Those that an I/O operation used when they were to be closed. */
  private static final Queue<Arena> IN_USE = new ConcurrentLinkedQueue<>();

  private final Arena arena;
  private final MemorySegment segment;

  private Mapping(Arena arena, MemorySegment segment) {
    this.arena = arena;
    this.segment = segment;
  }

  static Mapping of(Path file, long size) throws IOException {
    return MappedFiles.mapNoLink(file, size, channel -> of(channel, size));
  }

  private static Mapping of(FileChannel channel, long size) throws IOException {
    Arena arena = Arena.ofShared();
    try {
      return new Mapping(arena, channel.map(MapMode.READ_WRITE, 0, size, arena));
    } catch (IOException | RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /** A part of it. */
  ByteBuffer buffer(long offset, int length) {
    return segment.asSlice(offset, length).asByteBuffer().order(ByteOrder.nativeOrder());
  }

  /** All of it as something that this JDK has and 17 has not. */
  <V> V as(Class<V> type) {
    if (type.isInstance(segment)) {
      return type.cast(segment);
    }
    throw new UnsupportedOperationException("no " + type.getName() + " of a SharedBuffer");
  }

  /**
   * It is in use no more.
   *
   * @return whether it is unmapped by that; else the next call tries again
   */
  boolean close() {
    for (int i = IN_USE.size(); i > 0; i--) {
      Arena before = IN_USE.poll();
      if (before != null) {
        boolean unused = close(before);
      }
    }
    return close(arena);
  }

  private static boolean close(Arena arena) {
    try {
      arena.close();
    } catch (IllegalStateException e) {
      IN_USE.add(arena);
    }
    return true;
  }
}

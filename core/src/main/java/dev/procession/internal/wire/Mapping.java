package dev.procession.internal.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;

/**
 * The memory of a whole file, mapped to read and write. On JDK 22 and later another class of this
 * name is in its place, in the same jar.
 *
 * <p>Here it is buffers, of which none can hold more than 2 GiB and which only a garbage collection
 * unmaps.
 */
final class Mapping {
  /** Buffers begin this far from each other and each reaches almost twice as far. */
  private static final long STEP = 1L << 30;

  private volatile ByteBuffer[] buffers;

  private Mapping(ByteBuffer[] buffers) {
    this.buffers = buffers;
  }

  static Mapping of(Path file, long size) throws IOException {
    int count = Math.toIntExact(Math.max(1, (size - 1) / STEP + 1));
    return MappedFiles.mapNoLink(
        file,
        size,
        channel -> {
          ByteBuffer[] buffers = new ByteBuffer[count];
          for (int i = 0; i < count; i++) {
            long from = i * STEP;
            buffers[i] =
                channel.map(MapMode.READ_WRITE, from, Math.min(size - from, Integer.MAX_VALUE));
          }
          return new Mapping(buffers);
        });
  }

  /** A part of it. */
  ByteBuffer buffer(long offset, int length) {
    ByteBuffer[] mapped = buffers;
    if (mapped.length == 0) {
      throw new IllegalStateException("it was closed");
    }
    int index = (int) Math.min(offset / STEP, mapped.length - 1); // an empty part at the very end
    int from = (int) (offset - index * STEP);
    ByteBuffer buffer = mapped[index];
    if (length > buffer.capacity() - from) {
      throw new IllegalArgumentException(
          "this part of " + length + " bytes is too long for a buffer; ask for 1 GiB at most");
    }
    return buffer.slice(from, length).order(ByteOrder.nativeOrder());
  }

  /** All of it as something that this JDK has and 17 has not. */
  @SuppressWarnings("DoNotCallSuggester") // the other class of this name has more to say
  <V> V as(Class<V> type) {
    throw new UnsupportedOperationException(
        "no " + type.getName() + " of a SharedBuffer on JDK " + Runtime.version().feature());
  }

  /**
   * It is in use no more.
   *
   * @return whether it is unmapped by that; else the next garbage collection unmaps it
   */
  boolean close() {
    buffers = new ByteBuffer[0];
    return false;
  }
}

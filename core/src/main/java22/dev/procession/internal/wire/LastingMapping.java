package dev.procession.internal.wire;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;

/**
 * The memory of a file as a buffer, mapped for as long as anything refers to that; from JDK 22 on.
 *
 * <p>Here it is a view of a segment: the JDK's other way makes its first buffer by reflection,
 * which takes a start 20 ms more.
 */
final class LastingMapping {
  private LastingMapping() {}

  static ByteBuffer of(FileChannel channel, MapMode mode, long size) throws IOException {
    return channel.map(mode, 0, size, Arena.ofAuto()).asByteBuffer();
  }
}

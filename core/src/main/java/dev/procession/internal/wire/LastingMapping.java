package dev.procession.internal.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;

/**
 * The memory of a file as a buffer, mapped for as long as anything refers to that. On JDK 22 and
 * later another class of this name is in its place, in the same jar.
 */
final class LastingMapping {
  private LastingMapping() {}

  static ByteBuffer of(FileChannel channel, MapMode mode, long size) throws IOException {
    return channel.map(mode, 0, size);
  }
}

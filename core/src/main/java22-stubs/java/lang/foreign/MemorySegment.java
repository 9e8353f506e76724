package java.lang.foreign;

import java.nio.ByteBuffer;

/** What {@code src/main/java22} needs of the JDK's own, so that JDK 17 can compile it. */
public interface MemorySegment {
  MemorySegment asSlice(long offset, long newSize);

  ByteBuffer asByteBuffer();
}

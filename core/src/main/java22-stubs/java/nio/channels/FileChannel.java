package java.nio.channels;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What {@code src/main/java22} needs of the JDK's own, so that JDK 17 can compile it. */
public abstract class FileChannel {
  /** The modes. */
  public static class MapMode {
    public static final MapMode READ_WRITE = new MapMode();
  }

  public abstract MemorySegment map(MapMode mode, long offset, long size, Arena arena)
      throws IOException;
}

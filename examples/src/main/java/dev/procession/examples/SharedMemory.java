package dev.procession.examples;

import dev.procession.ProcessPoolExecutor;
import dev.procession.SharedBuffer;
import dev.procession.VoidTask;
import java.nio.ByteBuffer;

/** Large data that does not cross: both sides read and write the same memory. */
public class SharedMemory {
  private static final int PIXELS = 16 << 20;

  /** Inverts a part of an image. */
  private static void invert(ByteBuffer pixels) {
    for (int i = 0; i < pixels.capacity(); i += Long.BYTES) {
      pixels.putLong(i, ~pixels.getLong(i));
    }
  }

  // @start region=made
  private static SharedBuffer render(int colour) {
    SharedBuffer page = SharedBuffer.allocate(PIXELS); // this task's own
    ByteBuffer pixels = page.buffer();
    while (pixels.hasRemaining()) {
      pixels.put((byte) colour);
    }
    return page; // the parent's from now on
  }

  // @end

  /** Runs the example. */
  public static void main(String... args) throws Exception {
    try (var pool = ProcessPoolExecutor.create(2)) {
      // @start region=lent
      try (SharedBuffer image = pool.allocate(PIXELS)) {
        int half = PIXELS / 2;
        VoidTask upper = () -> invert(image.buffer(0, half));
        VoidTask lower = () -> invert(image.buffer(half, half));
        var done = pool.submit(upper);
        pool.submit(lower).result();
        done.result();
        System.out.println(
            "first " + image.buffer().get(0) + ", last " + image.buffer().get(PIXELS - 1));
      }
      try (SharedBuffer page = pool.submit(SharedMemory::render, 7).result()) {
        System.out.println("page of " + page.size() + " bytes, colour " + page.buffer().get(99));
      }
      // @end
    }
  }
}

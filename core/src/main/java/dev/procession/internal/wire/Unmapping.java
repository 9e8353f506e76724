package dev.procession.internal.wire;

/**
 * Has the garbage collector unmap what is closed, where nothing else does: before JDK 22, and for
 * shared values. One thread at a time, which collects at once, then once a second at most unless
 * much has been closed. Any thread may call it.
 */
public final class Unmapping {
  private static final long PAUSE_MILLIS = 1_000;
  private static final long MUCH = 64L << 20;
  private static final int LOOKS = 20;
  private static final long LOOK_MILLIS = 10;

  private static final Object LOCK = new Object();
  private static long closed; // bytes since the last collection began; guarded by LOCK
  private static boolean running; // guarded by LOCK

  private Unmapping() {}

  /** So many bytes are mapped that nobody uses any more. */
  public static void soon(long bytes) {
    closed(bytes, 1);
  }

  /** The same, but if it is little it can wait until there is more: for a large heap. */
  public static void whenMuch(long bytes) {
    closed(bytes, 4 * MUCH);
  }

  private static void closed(long bytes, long enough) {
    synchronized (LOCK) {
      closed += Math.max(1, bytes);
      if (running || closed < enough) {
        LOCK.notifyAll(); // the one that runs may have to go on at once
        return;
      }
      running = true;
    }
    try {
      Thread collector = new Thread(Unmapping::collect, "procession-unmapping");
      collector.setDaemon(true);
      collector.start();
    } catch (OutOfMemoryError e) { // no thread can be had: a later close tries again
      synchronized (LOCK) {
        running = false;
      }
    }
  }

  private static void collect() {
    while (true) {
      synchronized (LOCK) {
        if (closed == 0) {
          running = false;
          return;
        }
        closed = 0;
      }
      System.gc();
      synchronized (LOCK) {
        long until = System.nanoTime() + PAUSE_MILLIS * 1_000_000;
        long left;
        while (closed < MUCH && (left = (until - System.nanoTime()) / 1_000_000) > 0) {
          try {
            LOCK.wait(left);
          } catch (InterruptedException e) {
            running = false;
            return; // nobody interrupts it but a JVM that ends
          }
        }
      }
    }
  }

  /** Collects now if that may make room for so many bytes in the best of the directories. */
  static void makeRoom(SharedDirectory directory, long size) {
    synchronized (LOCK) {
      if (closed == 0 && !running) {
        return;
      }
    }
    try {
      for (int i = 0; i < LOOKS && directory.first().toFile().getUsableSpace() < size; i++) {
        if (i == 0) {
          System.gc();
        }
        Thread.sleep(LOOK_MILLIS); // what is unreachable is unmapped by another thread
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

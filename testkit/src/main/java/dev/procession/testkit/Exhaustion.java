package dev.procession.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;

/** Ways to use up what a JVM has of something; each has a bound, for the sake of the machine. */
final class Exhaustion {
  private static final int MEGABYTE = 1 << 20;
  private static final int MOST_CLASSES = 200_000;
  private static final int MOST_DIRECT_MEGABYTES = 2048;
  private static final int LEAK_STEP = 16 * MEGABYTE;
  private static final long HOLD_NANOS = 10_000_000_000L;

  /** More address space than a process can have. */
  private static final long STACK_BYTES = 1L << 47;

  private static final String LINE = "x".repeat(99);

  private Exhaustion() {}

  static void heap() {
    long most = Runtime.getRuntime().maxMemory();
    int piece = (int) Math.max(MEGABYTE / 8, Math.min(most / 16, 512L * MEGABYTE));
    Object[] kept = {};
    while (true) {
      kept = new Object[] {kept, new byte[piece]};
    }
  }

  static void metaspace() {
    List<Class<?>> kept = new ArrayList<>();
    byte[] bytes = bytesOf(Exhaustion.class);
    try {
      while (kept.size() < MOST_CLASSES) {
        kept.add(MethodHandles.lookup().defineHiddenClass(bytes, false).lookupClass());
      }
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
    throw new IllegalStateException(
        kept.size() + " classes fit: set -XX:MaxMetaspaceSize in jvmArgs");
  }

  private static byte[] bytesOf(Class<?> type) {
    String name = type.getSimpleName() + ".class";
    try (InputStream in = Objects.requireNonNull(type.getResourceAsStream(name), name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void directMemory() {
    List<ByteBuffer> kept = new ArrayList<>();
    while (kept.size() < MOST_DIRECT_MEGABYTES) {
      kept.add(ByteBuffer.allocateDirect(MEGABYTE));
    }
    throw new IllegalStateException(
        kept.size() + " MB fit: set -XX:MaxDirectMemorySize in jvmArgs, or maxHeap");
  }

  static void threads() {
    new Thread(null, () -> {}, "saboteur", STACK_BYTES).start();
    throw new IllegalStateException("a thread with a stack of " + STACK_BYTES + " bytes started");
  }

  @SuppressWarnings("InfiniteRecursion")
  static int stack(int depth) {
    return stack(depth + 1) + depth;
  }

  /** Leaks, and then stays for a while, so that who watches the memory can see it. */
  static void nativeMemory(long bytes) {
    for (long leaked = 0; leaked < bytes; leaked += LEAK_STEP) {
      RawMemory.leak(Math.min(LEAK_STEP, bytes - leaked));
    }
    long until = System.nanoTime() + HOLD_NANOS;
    while (System.nanoTime() - until < 0 && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(until - System.nanoTime());
    }
  }

  /** Half of it in short lines, half in a single one of arbitrary bytes. */
  static void output(long bytes) {
    for (long printed = 0; printed < bytes / 2; printed += LINE.length() + 1) {
      System.out.println(LINE);
    }
    byte[] block = new byte[64 << 10];
    for (int i = 0; i < block.length; i++) {
      byte any = (byte) (i * 31 + (i >> 8));
      block[i] = any == '\n' ? (byte) ' ' : any;
    }
    for (long printed = 0; printed < bytes / 2; printed += block.length) {
      System.out.write(block, 0, block.length);
    }
    System.out.write("\n".getBytes(StandardCharsets.UTF_8), 0, 1);
    System.out.flush();
  }
}

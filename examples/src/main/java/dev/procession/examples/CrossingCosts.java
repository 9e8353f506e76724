package dev.procession.examples;

import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.Shared;
import dev.procession.SharedBuffer;
import dev.procession.TaskStory;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What it costs to have things cross, as a table: the time of a task that does nothing with them.
 */
public class CrossingCosts {
  private static final int MIB = 1 << 20;
  private static final int MOST = 1_000_000;
  private static final int WARM_UP = 5; // times as long

  /** Submits a task and waits for it. */
  private interface Crossing {
    ProcessFuture<?> go() throws Exception;
  }

  private record Order(int id, String customer, Map<String, Integer> items) {}

  private record Matrix(int rows, double[] cells) {}

  private static void measure(String what, long millis, Crossing crossing) throws Exception {
    long[] nanos = new long[MOST];
    run(crossing, nanos, WARM_UP * millis); // the JIT compiler's share
    int count = run(crossing, nanos, millis);
    Arrays.sort(nanos, 0, count);
    ProcessFuture<?> last = crossing.go();
    Object unused = last.result();
    TaskStory story = last.info();
    System.out.printf(
        Locale.ROOT,
        "| %-56s | %,11d | %,11d | %,10.1f |%n",
        what,
        story.bytesIn(),
        story.bytesOut(),
        nanos[count / 2] / 1e3);
  }

  private static int run(Crossing crossing, long[] nanos, long millis) throws Exception {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    int count = 0;
    while (count < nanos.length && (count < 3 || System.nanoTime() - until < 0)) {
      long began = System.nanoTime();
      Object unused = crossing.go().result();
      nanos[count++] = System.nanoTime() - began;
    }
    return count;
  }

  /**
   * Prints the table.
   *
   * @param args milliseconds to measure each row (100)
   */
  public static void main(String... args) throws Exception {
    long millis = args.length > 0 ? Long.parseLong(args[0]) : 100;
    Order order = new Order(1, "somebody", Map.of("bolts", 100, "nuts", 200));
    byte[] bytes = new byte[MIB];
    int[] numbers = new int[MIB / Integer.BYTES];
    Matrix matrix = new Matrix(1, new double[MIB / Double.BYTES]);
    String text = "x".repeat(MIB);
    Order letter = new Order(2, text, Map.of());
    byte[] many = new byte[64 * MIB];
    int one = args.length + 1;
    System.out.printf(
        "| %-56s | %11s | %11s | %10s |%n", "what crosses", "bytes in", "bytes out", "µs");
    System.out.println("|---|---:|---:|---:|");
    try (var pool = ProcessPoolExecutor.create(1)) {
      measure("a lambda with an int", millis, () -> pool.submit(() -> one));
      measure("a record with a map, there and back", millis, () -> pool.submit(o -> o, order));
      measure(
          "a `byte[]` of 1 MiB as an argument", millis, () -> pool.submit(b -> b.length, bytes));
      measure("a `byte[]` of 1 MiB as a result", millis, () -> pool.submit(() -> new byte[MIB]));
      measure(
          "an `int[]` of 1 MiB as an argument", millis, () -> pool.submit(n -> n.length, numbers));
      measure(
          "a record with a `double[]` of 1 MiB", millis, () -> pool.submit(m -> m.rows(), matrix));
      measure("an `int[]` of 1 MiB as a result", millis, () -> pool.submit(() -> new int[MIB / 4]));
      measure(
          "a record with a `double[]` of 1 MiB, there and back",
          millis,
          () -> pool.submit(m -> m, matrix));
      measure(
          "a `String` of 1 MiB as an argument", millis, () -> pool.submit(t -> t.length(), text));
      measure("a `String` of 1 MiB, there and back", millis, () -> pool.submit(t -> t, text));
      measure("a record with a `String` of 1 MiB", millis, () -> pool.submit(m -> m.id(), letter));
      measure("a `byte[]` of 64 MiB, there and back", millis, () -> pool.submit(b -> b, many));
      try (Shared<byte[]> shared = pool.share(new byte[64 * MIB])) {
        measure("a `Shared` of 64 MiB", millis, () -> pool.submit(() -> shared.get().length));
      }
      try (SharedBuffer buffer = pool.allocate(256L * MIB)) {
        measure(
            "a `SharedBuffer` of 256 MiB", millis, () -> pool.submit(() -> buffer.buffer().get(9)));
      }
      measure(
          "a `SharedBuffer` of 1 MiB, made there and closed here",
          millis,
          () -> {
            ProcessFuture<SharedBuffer> made = pool.submit(() -> SharedBuffer.allocate(MIB));
            made.result().close();
            return made;
          });
    }
  }
}

package dev.procession.examples.arrow;

import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.SharedBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A large table in shared memory, written and filtered by all workers without ever being
 * serialised.
 */
public final class ArrowTable {
  private static final int BYTES_A_ROW = 20;

  /** Workers write bitmaps side by side, and Arrow reads and writes them by the byte. */
  private static final int ROWS_A_TASK = 1 << 20;

  private ArrowTable() {}

  /**
   * What a filter has found.
   *
   * @param rows how many
   * @param price the sum of their prices
   */
  record Found(long rows, double price) {
    private Found plus(Found other) {
      return new Found(rows + other.rows, price + other.price);
    }
  }

  /** Some of the rows, written: each seventh has no quantity. */
  private static void write(SharedTable table, int from, int to) {
    try (SharedTable.Columns columns = table.open()) {
      for (int row = from; row < to; row++) {
        columns.id().set(row, row);
        columns.price().set(row, row % 1_000);
        if (row % 7 == 0) {
          columns.quantity().setNull(row);
        } else {
          columns.quantity().set(row, row % 100);
        }
      }
    }
  }

  /** Those of some rows with a quantity above 90. */
  private static Found filter(SharedTable table, int from, int to) {
    try (SharedTable.Columns columns = table.open()) {
      long rows = 0;
      double price = 0;
      for (int row = from; row < to; row++) {
        if (!columns.quantity().isNull(row) && columns.quantity().get(row) > 90) {
          rows++;
          price += columns.price().get(row);
        }
      }
      return new Found(rows, price);
    }
  }

  /** Writes and filters a table, and prints how long that took. */
  static Found run(int rows, int workers) throws InterruptedException {
    var builder = ProcessPoolExecutor.builder().workers(workers).minWorkers(workers);
    if (Runtime.version().feature() >= 24) {
      builder.jvmArgs( // Arrow uses it, and later JDKs warn of that
          "--add-opens=java.base/java.nio=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");
    } else {
      builder.jvmArgs("--add-opens=java.base/java.nio=ALL-UNNAMED");
    }
    // @start region=table
    try (var pool = builder.build();
        SharedBuffer memory = pool.allocate(SharedTable.size(rows))) {
      SharedTable table = new SharedTable(memory, rows);
      List<ProcessFuture<?>> written = new ArrayList<>();
      for (int from = 0; from < rows; from += ROWS_A_TASK) {
        int first = from;
        int end = Math.min(rows, from + ROWS_A_TASK);
        written.add(pool.submit(() -> write(table, first, end)));
      }
      for (ProcessFuture<?> part : written) {
        part.result();
      }
      long began = System.nanoTime();
      List<ProcessFuture<Found>> parts = new ArrayList<>();
      for (int from = 0; from < rows; from += ROWS_A_TASK) {
        int first = from;
        int end = Math.min(rows, from + ROWS_A_TASK);
        parts.add(pool.submit(() -> filter(table, first, end)));
      }
      Found found = new Found(0, 0);
      for (ProcessFuture<Found> part : parts) {
        found = found.plus(part.result());
      }
      // @end
      System.out.printf(
          "%,d of %,d rows found in %,d bytes, in %,d ms%n",
          found.rows(), rows, memory.size(), (System.nanoTime() - began) / 1_000_000);
      System.out.printf("%,d bytes crossed with each task%n", parts.get(0).info().bytesIn());
      return found;
    }
  }

  /**
   * Runs the example.
   *
   * @param args size of the table in MiB (64) and number of workers (2)
   */
  public static void main(String... args) throws Exception {
    long mebibytes = args.length > 0 ? Long.parseLong(args[0]) : 64;
    int workers = args.length > 1 ? Integer.parseInt(args[1]) : 2;
    Found found = run((int) ((mebibytes << 20) / BYTES_A_ROW), workers);
    System.out.printf("together they cost %,.0f%n", found.price());
  }
}

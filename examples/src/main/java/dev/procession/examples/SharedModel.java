package dev.procession.examples;

import dev.procession.ProcessPoolExecutor;
import dev.procession.Shared;
import java.io.File;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** One model for all workers: serialised once, in memory once. */
public class SharedModel {
  private static final int MIB = 1 << 20;

  /** A model of many numbers. */
  private record Model(List<long[]> weights) {
    static Model of(int mebibytes) {
      return new Model(IntStream.range(0, mebibytes).mapToObj(Model::row).toList());
    }

    private static long[] row(int index) {
      long[] row = new long[MIB / Long.BYTES];
      Arrays.fill(row, index);
      return row;
    }

    long score(int input) {
      return weights.get(input % weights.size())[input % 1_000] + input;
    }
  }

  /**
   * Runs the example.
   *
   * @param args size of the model in MiB (8) and number of workers (2)
   */
  public static void main(String... args) throws Exception {
    int mebibytes = args.length > 0 ? Integer.parseInt(args[0]) : 8;
    int workers = args.length > 1 ? Integer.parseInt(args[1]) : 2;
    Model loaded = Model.of(mebibytes);
    long heap = 2L * mebibytes + 64;
    try (var pool =
        ProcessPoolExecutor.builder()
            .workers(workers)
            .minWorkers(workers)
            .maxHeap(heap + "m")
            .build()) {
      pool.submit(() -> "workers are starting").result();
      List<Integer> inputs = IntStream.range(0, 40 * workers).boxed().toList();
      long free = freeMemory();
      // @start region=share
      try (Shared<Model> model = pool.share(loaded);
          var scores = pool.map(input -> model.get().score(input), inputs)) {
        System.out.println("sum " + scores.stream().mapToLong(Long::longValue).sum());
        System.out.printf("%,d bytes, for all workers together%n", model.size());
        System.out.printf("%,d bytes of shared memory used%n", free - freeMemory());
      }
      // @end
    }
  }

  private static long freeMemory() {
    return new File("/dev/shm").getUsableSpace();
  }
}

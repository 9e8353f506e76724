package dev.procession.benchmarks.peers.runner;

import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.WhenFull;
import dev.procession.benchmarks.peers.runner.Runner.Settings;

/** What pools cost that do nothing, and what tasks cost that wait. */
final class Resting {
  private static final int SETTLE_MILLIS = 3_000;
  private static final int REST_MILLIS = 40_000; // a worker trims its native heap each 30 s
  private static final int BOUND = 1_000;
  private static final int BLOCKED_MILLIS = 600_000;

  private Resting() {}

  /** Milliseconds of processor time that an idle pool of two workers takes, in both processes. */
  static void idle(String engine, Settings settings) throws Exception {
    Starts.warmArchive();
    try (Engine pool = Engine.open(engine, 2)) {
      for (int i = 0; i < 10_000; i++) {
        pool.submit(i).get();
      }
      Thread.sleep(SETTLE_MILLIS);
      long before = cpuNanos();
      Thread.sleep((long) (settings.seconds() * 1e3));
      Figures.put("median", (cpuNanos() - before) / 1e6);
    }
  }

  private static long cpuNanos() throws Exception {
    long sum = Proc.cpuNanosOfThreads("procession-");
    for (long child : Proc.children()) {
      sum += Proc.cpuNanos(child);
    }
    return sum;
  }

  /** Resident megabytes of a worker that has run tasks and waits for the next one. */
  static void memory(String engine, Settings settings) throws Exception {
    if (engine.equals("procession")) {
      Starts.warmArchive();
    }
    try (Engine pool = Engine.open(engine, 1)) {
      for (int i = 0; i < 100; i++) {
        pool.submit(i).get();
      }
      Thread.sleep(engine.equals("procession") ? REST_MILLIS : SETTLE_MILLIS);
      Figures.put("median", Proc.rssBytes(Proc.children().get(0)) / 1048576.0);
    }
  }

  /**
   * Nanoseconds a task through a bounded queue, for a thousand and for many, and the heap's growth.
   */
  static void bounded(String engine, Settings settings) throws Exception {
    try (ProcessPoolExecutor pool =
        ProcessPoolExecutor.builder()
            .workers(1)
            .maxPending(BOUND)
            .whenFull(WhenFull.BLOCK)
            .build()) {
      through(pool, 400_000);
      double[] few = new double[101];
      for (int i = 0; i < few.length; i++) {
        few[i] = through(pool, 1_000);
      }
      long heapBefore = usedHeap();
      double many = through(pool, settings.size());
      Figures.put("median", many / Figures.median(few));
      Figures.put("few", Figures.median(few));
      Figures.put("many", many);
      Figures.put("heapMegabytes", (usedHeap() - heapBefore) / 1048576.0);
    }
  }

  private static double through(ProcessPoolExecutor pool, long tasks) throws Exception {
    long began = System.nanoTime();
    ProcessFuture<Integer> last = pool.submit(() -> 0);
    for (long i = 1; i < tasks; i++) {
      int k = (int) i;
      last = pool.submit(() -> k);
    }
    last.get();
    return (System.nanoTime() - began) / (double) tasks;
  }

  /** Bytes of heap for each of many tasks that wait for a worker. */
  static void pending(String engine, Settings settings) throws Exception {
    int count = Math.toIntExact(settings.size());
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(1)) {
      ProcessFuture<?> blocker =
          pool.submit(
              () -> {
                Thread.sleep(BLOCKED_MILLIS);
                return 0;
              });
      while (!blocker.isRunning()) {
        Thread.sleep(1);
      }
      ProcessFuture<?>[] futures = new ProcessFuture<?>[count];
      long before = usedHeap();
      for (int i = 0; i < count; i++) {
        int k = i;
        futures[i] = pool.submit(() -> k);
      }
      long after = usedHeap();
      Figures.put("median", (after - before) / (double) count);
      if (futures[count - 1].isDone()) {
        throw new AssertionError();
      }
      pool.shutdownNow();
    }
  }

  private static long usedHeap() throws InterruptedException {
    Runtime runtime = Runtime.getRuntime();
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      Thread.sleep(50);
      used = Math.min(used, runtime.totalMemory() - runtime.freeMemory());
    }
    return used;
  }
}

package dev.procession.benchmarks.peers.runner;

import dev.procession.PoolSnapshot;
import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.WorkerSnapshot;
import dev.procession.WorkerState;
import dev.procession.benchmarks.peers.runner.Runner.Settings;
import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** What it takes to have a worker, the first one or another one. */
final class Starts {
  private static final int SAMPLES = 9;
  private static final int WORKERS = 8;
  private static final long ARCHIVE_SECONDS = 60;

  private Starts() {}

  /**
   * Milliseconds from making a pool of one worker to its first result, where others were before.
   */
  static void first(String engine, Settings settings) throws Exception {
    warmArchive();
    List<Long> samples = new ArrayList<>();
    for (int i = 0; i < SAMPLES + 3; i++) {
      long began = System.nanoTime();
      try (Engine pool = Engine.open(engine, 1)) {
        pool.submit(i).get();
        if (i >= 3) {
          samples.add(System.nanoTime() - began);
        }
      }
    }
    Figures.putDistribution(samples.stream().mapToLong(Long::longValue).toArray(), 1e6);
  }

  /** The same for the first pool of this process. */
  static void firstFresh(String engine, Settings settings) throws Exception {
    long began = System.nanoTime();
    try (Engine pool = Engine.open(engine, 1)) {
      pool.submit(1).get();
      Figures.put("median", (System.nanoTime() - began) / 1e6);
    }
  }

  /** Eight workers at once: milliseconds until all are ready, and the processor time they took. */
  static void ready(String engine, Settings settings) throws Exception {
    warmArchive();
    double[] walls = new double[SAMPLES];
    double[] cpus = new double[SAMPLES];
    double[] ratios = new double[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      long began = System.nanoTime();
      try (ProcessPoolExecutor pool =
          ProcessPoolExecutor.builder().workers(WORKERS).minWorkers(WORKERS).build()) {
        await(pool, snapshot -> idle(snapshot) == WORKERS);
        walls[i] = (System.nanoTime() - began) / 1e6;
        for (WorkerSnapshot worker : pool.snapshot().workers()) {
          cpus[i] += Proc.cpuNanos(worker.pid()) / 1e6;
        }
        ratios[i] = walls[i] / (cpus[i] / Tasks.processors());
      }
    }
    Figures.put("median", Figures.median(ratios));
    Figures.put("wall", Figures.median(walls));
    Figures.put("cpu", Figures.median(cpus));
  }

  private static long idle(PoolSnapshot snapshot) {
    return snapshot.workers().stream().filter(worker -> worker.state() == WorkerState.IDLE).count();
  }

  /** Milliseconds from stopping a task that never ends to the beginning of the next one. */
  static void stop(Settings settings, int spares) throws Exception {
    warmArchive();
    double[] samples = new double[SAMPLES];
    try (ProcessPoolExecutor pool =
        ProcessPoolExecutor.builder().workers(1).spareWorkers(spares).build()) {
      for (int i = 0; i < SAMPLES; i++) {
        ProcessFuture<?> runaway = pool.submit(Starts::runAway);
        await(pool, snapshot -> runaway.isRunning() && idle(snapshot) >= spares);
        Thread.sleep(200); // what the start of the spare has left to do is not what is measured
        long began = System.nanoTime();
        runaway.cancel(/* mayInterruptIfRunning= */ true);
        long next = pool.submit(() -> System.nanoTime()).get();
        samples[i] = (next - began) / 1e6;
      }
    }
    Figures.put("median", Figures.median(samples));
  }

  /** The same with a pool of its own for the next task: what a start takes beside a stop. */
  static void firstBeside(String engine, Settings settings) throws Exception {
    warmArchive();
    double[] samples = new double[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      try (ProcessPoolExecutor stopping = ProcessPoolExecutor.create(1)) {
        ProcessFuture<?> runaway = stopping.submit(Starts::runAway);
        await(stopping, snapshot -> runaway.isRunning());
        Thread.sleep(200);
        long began = System.nanoTime();
        runaway.cancel(/* mayInterruptIfRunning= */ true);
        try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(1)) {
          long next = pool.submit(() -> System.nanoTime()).get();
          samples[i] = (next - began) / 1e6;
        }
      }
    }
    Figures.put("median", Figures.median(samples));
  }

  private static void runAway() {
    while (true) {
      Thread.onSpinWait();
    }
  }

  private static void await(ProcessPoolExecutor pool, Predicate<PoolSnapshot> condition)
      throws InterruptedException {
    while (!condition.test(pool.snapshot())) {
      Thread.sleep(1);
    }
  }

  /** Has the class archive made, which the first pool of a version does in the background. */
  static void warmArchive() throws Exception {
    File cache = new File(System.getProperty("procession.cacheDirectory", ""));
    long until = System.nanoTime() + ARCHIVE_SECONDS * 1_000_000_000;
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(1)) {
      pool.submit(() -> 1).get();
      while (!hasArchive(cache)) {
        if (System.nanoTime() > until) {
          throw new IllegalStateException("no class archive was made in " + cache);
        }
        Thread.sleep(50);
      }
    }
  }

  private static boolean hasArchive(File cache) {
    String[] archives = cache.list((folder, name) -> name.endsWith(".jsa"));
    return archives != null && archives.length > 0;
  }
}

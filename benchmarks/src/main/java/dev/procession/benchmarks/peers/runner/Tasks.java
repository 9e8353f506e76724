package dev.procession.benchmarks.peers.runner;

import dev.procession.benchmarks.peers.runner.Runner.Settings;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;

/** What tasks cost, one by one and many at a time. */
final class Tasks {
  private static final int MOST_SAMPLES = 2_000_000;
  private static final int BATCH = 20_000;
  private static final int WARM_UP_BATCHES = 100;
  private static final long WARM_UP_NANOS = 2_000_000_000;

  private Tasks() {}

  static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  static void roundTrip(String engine, Settings settings) throws Exception {
    try (Engine pool = Engine.open(engine, 1)) {
      warmUp(pool);
      roundTrips(pool, settings.nanos());
      Figures.putDistribution(roundTrips(pool, settings.nanos()), 1e3);
    }
  }

  /** Until the code is compiled: as many tasks as that takes, or as fit into some seconds. */
  static void warmUp(Engine pool) throws Exception {
    long until = System.nanoTime() + WARM_UP_NANOS;
    for (int i = 0; i < WARM_UP_BATCHES && System.nanoTime() < until; i++) {
      batch(pool, BATCH / 10);
      for (int k = 0; k < BATCH / 10 && System.nanoTime() < until; k++) {
        pool.submit(k).get();
      }
    }
  }

  private static long[] roundTrips(Engine pool, long nanos) throws Exception {
    long[] samples = new long[MOST_SAMPLES];
    int count = 0;
    long until = System.nanoTime() + nanos;
    for (long now = System.nanoTime(); now < until && count < MOST_SAMPLES; ) {
      int result = pool.submit(count).get();
      long after = System.nanoTime();
      if (result != count) {
        throw new AssertionError(result + " came back for " + count);
      }
      samples[count++] = after - now;
      now = after;
    }
    return Arrays.copyOf(samples, count);
  }

  /** Tasks a second when each thread submits a batch and then takes the results. */
  static void pipelined(String engine, Settings settings, int submitters, int workers)
      throws Exception {
    try (Engine pool = Engine.open(engine, workers)) {
      pool.settle();
      warmUp(pool);
      batches(pool, settings.nanos(), submitters);
      double[] rates = batches(pool, settings.nanos(), submitters);
      Figures.put("median", Figures.median(rates));
    }
  }

  private static double[] batches(Engine pool, long nanos, int submitters) throws Exception {
    List<Double> rates = new ArrayList<>();
    long until = System.nanoTime() + nanos;
    do {
      Throwable[] failure = new Throwable[1];
      Thread[] threads = new Thread[submitters];
      long began = System.nanoTime();
      for (int i = 0; i < submitters; i++) {
        threads[i] =
            new Thread(
                () -> {
                  try {
                    batch(pool, BATCH / submitters);
                  } catch (Exception | Error e) {
                    failure[0] = e;
                  }
                });
        threads[i].start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      if (failure[0] != null) {
        throw new IllegalStateException(failure[0]);
      }
      rates.add(BATCH / ((System.nanoTime() - began) / 1e9));
    } while (System.nanoTime() < until);
    return rates.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static void batch(Engine pool, int size) throws Exception {
    List<Future<Integer>> futures = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      futures.add(pool.submit(i));
    }
    for (int i = 0; i < size; i++) {
      if (futures.get(i).get() != i) {
        throw new AssertionError("a wrong result");
      }
    }
  }

  /** Seconds for so many numbers, with what the pool does on its own. */
  static void map(String engine, Settings settings) throws Exception {
    int bound = Math.toIntExact(settings.size());
    try (Engine pool = Engine.open(engine, processors())) {
      pool.map(Math.min(bound, 1_000_000));
      long began = System.nanoTime();
      long sum = pool.map(bound);
      double seconds = (System.nanoTime() - began) / 1e9;
      if (sum != (long) bound * (bound + 1) / 2) {
        throw new AssertionError("a wrong sum: " + sum);
      }
      Figures.put("median", seconds);
    }
  }

  static void echo(String engine, Settings settings) throws Exception {
    byte[] bytes = new byte[Math.toIntExact(settings.size())];
    ThreadLocalRandom.current().nextBytes(bytes);
    try (Engine pool = Engine.open(engine, 1)) {
      echoes(pool, bytes, settings.nanos());
      Figures.putDistribution(echoes(pool, bytes, settings.nanos()), 1e6);
    }
  }

  private static long[] echoes(Engine pool, byte[] bytes, long nanos) throws Exception {
    List<Long> samples = new ArrayList<>();
    long until = System.nanoTime() + nanos;
    do {
      long began = System.nanoTime();
      byte[] back = pool.echo(bytes).get();
      samples.add(System.nanoTime() - began);
      if (back.length != bytes.length || back[back.length - 1] != bytes[bytes.length - 1]) {
        throw new AssertionError("other bytes came back");
      }
    } while (System.nanoTime() < until || samples.size() < 3);
    return samples.stream().mapToLong(Long::longValue).toArray();
  }

  /** Tasks of a millisecond of processor time, as many at a time as there are processors. */
  static void millisecond(String engine, Settings settings) throws Exception {
    int rounds = Load.roundsPerMilli();
    try (Engine pool = Engine.open(engine, processors())) {
      pool.settle();
      warmUp(pool);
      spins(pool, rounds, settings.nanos());
      Figures.put("median", spins(pool, rounds, settings.nanos()));
    }
  }

  /** Tasks a second. */
  static double spins(Engine pool, int rounds, long nanos)
      throws ExecutionException, InterruptedException {
    Deque<Future<Long>> waiting = new ArrayDeque<>();
    long began = System.nanoTime();
    long until = began + nanos;
    int done = 0;
    while (System.nanoTime() < until || !waiting.isEmpty()) {
      while (System.nanoTime() < until && waiting.size() < 8 * processors()) {
        waiting.add(pool.spin(rounds));
      }
      waiting.remove().get();
      done++;
    }
    return done / ((System.nanoTime() - began) / 1e9);
  }
}

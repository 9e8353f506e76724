package dev.procession.benchmarks;

import dev.procession.MapResults;
import dev.procession.ProcessPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** {@code map} of a tiny function over a million ints, two workers; elements per second. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class MapInts {
  private static final int ELEMENTS = 1_000_000;
  private static final long SUM = (long) ELEMENTS * (ELEMENTS + 1) / 2;

  private ProcessPoolExecutor pool;

  @Setup
  public void open() {
    pool = ProcessPoolExecutor.builder().workers(2).minWorkers(2).build();
  }

  @TearDown
  public void close() {
    pool.close();
  }

  /** Ordered, chunks sized by the pool. */
  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  public long map() {
    long sum = 0;
    Iterable<Integer> inputs = () -> IntStream.range(0, ELEMENTS).iterator();
    try (MapResults<Integer> results = pool.map(i -> i + 1, inputs)) {
      for (int result : results) {
        sum += result;
      }
    }
    if (sum != SUM) {
      throw new AssertionError("sum " + sum);
    }
    return sum;
  }
}

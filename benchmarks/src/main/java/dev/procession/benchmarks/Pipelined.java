package dev.procession.benchmarks;

import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One submitter that waits for nothing until it has submitted them all; tasks per second. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class Pipelined {
  private static final int TASKS = 100_000;

  /** Worker processes. */
  @Param({"1", "2"})
  public int workers;

  private ProcessPoolExecutor pool;

  @Setup
  public void open() {
    pool = ProcessPoolExecutor.builder().workers(workers).minWorkers(workers).build();
  }

  @TearDown
  public void close() {
    pool.close();
  }

  /** No-op lambdas. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void noOps() throws ExecutionException, InterruptedException {
    List<ProcessFuture<Object>> futures = new ArrayList<>(TASKS);
    for (int i = 0; i < TASKS; i++) {
      futures.add(pool.submit(() -> null));
    }
    for (ProcessFuture<Object> future : futures) {
      future.get();
    }
  }
}

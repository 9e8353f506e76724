package dev.procession.benchmarks;

import dev.procession.ProcessPoolExecutor;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One caller, one worker, one small task at a time: submit and wait for the result. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class RoundTrip {
  private ProcessPoolExecutor pool;
  private int next;

  @Setup
  public void open() {
    pool = ProcessPoolExecutor.create(1);
  }

  @TearDown
  public void close() {
    pool.close();
  }

  /** A lambda that captures an int and returns it. */
  @Benchmark
  public int lambda() throws ExecutionException, InterruptedException {
    int k = next++;
    return pool.submit(() -> k).get();
  }

  /** The same over and over: the Java floor of any task that crosses the border. */
  @Benchmark
  public Object noOp() throws ExecutionException, InterruptedException {
    return pool.submit(() -> null).get();
  }
}

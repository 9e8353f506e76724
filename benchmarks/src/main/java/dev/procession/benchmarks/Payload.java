package dev.procession.benchmarks;

import dev.procession.ProcessPoolExecutor;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A byte array to a worker and back, one caller. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class Payload {
  /** Its length in bytes. */
  @Param({"1048576"})
  public int bytes;

  private ProcessPoolExecutor pool;
  private byte[] payload;

  @Setup
  public void open() {
    pool = ProcessPoolExecutor.create(1);
    payload = new byte[bytes];
    ThreadLocalRandom.current().nextBytes(payload);
  }

  @TearDown
  public void close() {
    pool.close();
  }

  /** The worker returns what it was sent. */
  @Benchmark
  public byte[] echo() throws ExecutionException, InterruptedException {
    return pool.submit(Payload::same, payload).get();
  }

  static byte[] same(byte[] bytes) {
    return bytes;
  }
}

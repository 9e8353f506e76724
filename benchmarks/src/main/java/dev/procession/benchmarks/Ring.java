package dev.procession.benchmarks;

import dev.procession.internal.wire.SpscRing;
import dev.procession.internal.wire.WireException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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

/** A record of 64 bytes there and back through two rings, both threads spinning: the floor. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class Ring {
  private static final int RECORD = 64;
  private static final int CAPACITY = 64 << 10;
  private static final int CONTROL = 256;
  private static final int STOP = 2;

  private ByteBuffer thereBytes;
  private ByteBuffer backBytes;
  private SpscRing there;
  private SpscRing back;
  private final byte[] record = new byte[RECORD];
  private Thread echo;
  private volatile WireException failure;

  @Setup
  public void start() throws WireException {
    thereBytes = bytes();
    backBytes = bytes();
    there = ring(thereBytes);
    back = ring(backBytes);
    SpscRing in = ring(thereBytes);
    SpscRing out = ring(backBytes);
    echo = new Thread(() -> echo(in, out));
    echo.start();
  }

  private static ByteBuffer bytes() {
    return ByteBuffer.allocateDirect(CONTROL + CAPACITY + 64)
        .alignedSlice(64)
        .order(ByteOrder.nativeOrder());
  }

  private static SpscRing ring(ByteBuffer bytes) throws WireException {
    return new SpscRing(bytes, CONTROL, CAPACITY, /* tailAt= */ 0, /* headAt= */ 128);
  }

  private void echo(SpscRing in, SpscRing out) {
    byte[] copy = new byte[RECORD];
    try {
      while (true) {
        int at = take(in);
        int type = in.type();
        thereBytes.get(at, copy);
        in.release();
        if (type == STOP) {
          return;
        }
        put(out, backBytes, type, copy);
      }
    } catch (WireException e) {
      failure = e;
    }
  }

  private static int take(SpscRing ring) throws WireException {
    int at;
    while ((at = ring.poll()) < 0) {
      Thread.onSpinWait();
    }
    return at;
  }

  private static void put(SpscRing ring, ByteBuffer bytes, int type, byte[] payload)
      throws WireException {
    int at;
    while ((at = ring.claim(payload.length)) < 0) {
      Thread.onSpinWait();
    }
    bytes.put(at, payload);
    ring.publish(type);
  }

  @TearDown
  public void stop() throws WireException, InterruptedException {
    put(there, thereBytes, STOP, record);
    echo.join();
    if (failure != null) {
      throw failure;
    }
  }

  /** There and back. */
  @Benchmark
  public byte[] pingPong() throws WireException {
    put(there, thereBytes, 1, record);
    backBytes.get(take(back), record);
    back.release();
    return record;
  }
}

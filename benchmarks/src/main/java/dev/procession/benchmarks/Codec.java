package dev.procession.benchmarks;

import dev.procession.Task;
import dev.procession.internal.codec.CallCodec;
import dev.procession.internal.codec.LambdaTable;
import dev.procession.internal.codec.ValueCodec;
import dev.procession.spi.TaskSerializer;
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
import org.openjdk.jmh.annotations.Warmup;

/** Serialisation alone, in one JVM: what is left of a round trip when nothing crosses a border. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class Codec {
  /** The task serializer. */
  @Param({"fory", "jdk"})
  public String serializer;

  private CallCodec codec;
  private int next;
  private byte[] encoded;

  @Setup
  public void prepare() throws Exception {
    TaskSerializer chosen = serializer.equals("jdk") ? TaskSerializer.jdk() : TaskSerializer.fory();
    ClassLoader loader = Codec.class.getClassLoader();
    codec = new CallCodec(chosen, new ValueCodec(chosen, loader), LambdaTable::definition);
    chosen.warmUp();
    encoded = encodeLambda();
  }

  /** A lambda that captures an int, to bytes. */
  @Benchmark
  public byte[] encodeLambda() throws Exception {
    int k = next++;
    Task<Integer> task = () -> k;
    return codec.encode(task);
  }

  /** The bytes back to a lambda. */
  @Benchmark
  public Object decodeLambda() throws Exception {
    return codec.decode(encoded, 0, encoded.length);
  }
}

package dev.procession.benchmarks.fuzz;

import dev.procession.TaskFunction;
import dev.procession.internal.codec.ValueCodec;
import dev.procession.spi.TaskSerializer;
import java.io.Serializable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** A parent reads a task's value, or a worker a task. */
final class ValuesTarget implements Target {
  private final String name;
  private final ValueCodec codec;
  private final List<byte[]> valid = new ArrayList<>();

  /** Something with a bit of everything. */
  record Leaf(int id, String name, List<Double> values) implements Serializable {}

  ValuesTarget(TaskSerializer serializer) throws Exception {
    boolean jdk = serializer.getClass().getSimpleName().startsWith("Jdk");
    name = jdk ? "value, JDK" : "value, Fory";
    codec = new ValueCodec(serializer, ValuesTarget.class.getClassLoader());
    int captured = 7;
    TaskFunction<Integer, Integer> lambda = x -> x + captured;
    List<Object> values =
        Arrays.asList(
            null,
            1,
            2L,
            3.0,
            true,
            "text",
            "\u20ac\ud83d",
            new byte[100],
            new int[] {1, 2, 3},
            new Leaf(1, "leaf", List.of(1.0, 2.0)),
            new Object[] {lambda, 5},
            new HashMap<>(Map.of("a", new Leaf(2, "two", List.of()), "b", 3)),
            new TreeMap<>(Map.of(1, TimeUnit.DAYS)),
            Instant.EPOCH,
            new ArrayList<>(List.of(1, "x", new long[] {4})));
    for (Object value : values) {
      valid.add(codec.encode(value));
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long allocationLimit() {
    return 64 << 20;
  }

  @Override
  public void feed(SplittableRandom random, Tally tally) {
    byte[] bytes = Mutator.mutate(valid.get(random.nextInt(valid.size())), random);
    tally.reading();
    try {
      Object unused = codec.decode(bytes, 0, bytes.length);
      tally.accepted();
    } catch (Exception e) {
      tally.rejected();
    }
  }
}

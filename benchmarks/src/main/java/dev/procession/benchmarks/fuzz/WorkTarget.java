package dev.procession.benchmarks.fuzz;

import dev.procession.Task;
import dev.procession.TaskFunction;
import dev.procession.internal.codec.CallCodec;
import dev.procession.internal.codec.LambdaTable;
import dev.procession.internal.codec.ValueCodec;
import dev.procession.spi.TaskSerializer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A worker reads the work of a call, and what a lambda's number stands for. */
final class WorkTarget implements Target {
  private final ClassLoader loader = WorkTarget.class.getClassLoader();
  private final TaskSerializer serializer = TaskSerializer.fory();
  private final ValueCodec values = new ValueCodec(serializer, loader);
  private final List<byte[]> valid = new ArrayList<>();

  WorkTarget() throws Exception {
    CallCodec codec = new CallCodec(serializer, values, LambdaTable::definition);
    int number = 7;
    String text = "text";
    List<Integer> list = List.of(1, 2);
    Task<Integer> nothing = () -> 1;
    Task<Object> simple = () -> text + number;
    Task<Object> graph = () -> list;
    TaskFunction<Object, Object> function = x -> text + x;
    List<Object> all =
        List.of(
            nothing,
            simple,
            graph,
            new Object[] {function, 5},
            new Object[] {function, new byte[50]},
            new Object[] {function, list});
    for (Object work : all) {
      valid.add(codec.encode(work));
      valid.add(codec.encodeStandalone(work));
    }
  }

  @Override
  public String name() {
    return "a call's work";
  }

  @Override
  public long allocationLimit() {
    return 64 << 20;
  }

  /** A codec is only used once, as it believes what it is told of a number. */
  @Override
  public void feed(SplittableRandom random, Tally tally) {
    CallCodec codec = new CallCodec(serializer, values, LambdaTable::definition);
    byte[] bytes = valid.get(random.nextInt(valid.size()));
    byte[] definition = LambdaTable.definition(CallCodec.lambdaIn(bytes));
    boolean misdefined = definition != null && random.nextInt(4) == 0;
    byte[] mutated = misdefined ? bytes : Mutator.mutate(bytes, random);
    tally.reading();
    try {
      if (misdefined) {
        codec.define(CallCodec.lambdaIn(bytes), Mutator.mutate(definition, random));
      }
      Object unused = codec.decode(mutated, 0, mutated.length);
      tally.accepted();
    } catch (Exception e) {
      tally.rejected();
    }
  }
}

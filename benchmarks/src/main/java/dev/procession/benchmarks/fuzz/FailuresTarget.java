package dev.procession.benchmarks.fuzz;

import dev.procession.internal.codec.FailureCodec;
import java.util.List;
import java.util.SplittableRandom;

/** A parent reads what a task threw. */
final class FailuresTarget implements Target {
  private static final List<byte[]> VALID =
      List.of(
          FailureCodec.encode(new IllegalStateException("plain")),
          FailureCodec.encode(rich()),
          FailureCodec.encode(new StackOverflowError()),
          FailureCodec.encode(new Uncrossable()));

  private static Exception rich() {
    Exception rich = new Exception("rich", new IllegalStateException("its cause"));
    rich.addSuppressed(new RuntimeException("suppressed", new Uncrossable()));
    return rich;
  }

  private static final class Uncrossable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings({"serial", "UnusedVariable"})
    private final Object live = new Object();
  }

  @Override
  public String name() {
    return "failure";
  }

  /** JDK serialisation may announce a million slots for nothing. */
  @Override
  public long allocationLimit() {
    return 64 << 20;
  }

  @Override
  public void feed(SplittableRandom random, Tally tally) {
    byte[] bytes = Mutator.mutate(VALID.get(random.nextInt(VALID.size())), random);
    int offset = random.nextInt(10) == 0 ? Mutator.someInt(random) : 0;
    int length = random.nextInt(10) == 0 ? Mutator.someInt(random) : bytes.length;
    tally.reading();
    Throwable read =
        FailureCodec.decode(bytes, offset, length, FailuresTarget.class.getClassLoader());
    if (read == null) {
      throw new AssertionError("read as null");
    }
    boolean isStandIn = read.getClass().getName().endsWith("RemoteTaskException");
    if (isStandIn) {
      tally.rejected();
    } else {
      tally.accepted();
    }
  }
}

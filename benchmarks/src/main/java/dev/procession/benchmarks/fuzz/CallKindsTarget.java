package dev.procession.benchmarks.fuzz;

import dev.procession.internal.codec.CallKind;
import java.util.SplittableRandom;

/** A worker reads what kind of call a record holds. */
final class CallKindsTarget implements Target {
  @Override
  public String name() {
    return "call kind";
  }

  @Override
  public long allocationLimit() {
    return 8 << 10;
  }

  @Override
  public void feed(SplittableRandom random, Tally tally) {
    int type = random.nextBoolean() ? random.nextInt(12) - 2 : Mutator.someInt(random);
    tally.reading();
    try {
      CallKind kind = CallKind.ofRecordType(type);
      if (kind.recordType() != type) {
        throw new AssertionError(type + " became " + kind);
      }
      tally.accepted();
    } catch (IllegalArgumentException e) {
      tally.rejected();
    }
  }
}

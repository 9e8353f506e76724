package dev.procession.internal.wire;

import dev.procession.benchmarks.fuzz.Mutator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/** A region in memory, with the means to damage it as the other side might. */
public final class HostileRegion {
  private final ByteBuffer bytes =
      ByteBuffer.allocateDirect(RegionLayout.SIZE).order(ByteOrder.nativeOrder());

  /** Everything as it is made, in so far as the first calls and results touch it. */
  public void reset() {
    for (int at = RegionLayout.CALL_TAIL_AT; at < RegionLayout.STATES_AT + 256; at += 8) {
      bytes.putLong(at, 0);
    }
  }

  /**
   * The region as one side sees it, whose own positions nobody can overwrite.
   *
   * @throws WireException if it is damaged so that it is none
   */
  public Region side() throws WireException {
    return Region.over(bytes);
  }

  /** Overwrites a word that the worker may write at any time. */
  public void damageAsWorker(SplittableRandom random) {
    switch (random.nextInt(8)) {
      case 0 -> bytes.putLong(RegionLayout.RESULT_TAIL_AT, Mutator.someLong(random));
      case 1 -> bytes.putLong(RegionLayout.RESULT_HEAD_AT, Mutator.someLong(random));
      case 2 -> bytes.putLong(RegionLayout.CALL_HEAD_AT, Mutator.someLong(random));
      case 3 -> bytes.putLong(RegionLayout.PASSED_AT, Mutator.someLong(random));
      case 4 -> bytes.putLong(RegionLayout.BEGUN_AT, Mutator.someLong(random));
      case 5 -> bytes.putInt(RegionLayout.ELEMENT_AT, Mutator.someInt(random));
      case 6 ->
          bytes.putLong(
              RegionLayout.STATES_AT + 8 * random.nextInt(8),
              random.nextInt(64) << 2 | random.nextInt(4));
      default ->
          bytes.putInt(
              RegionLayout.RESULT_RING_AT + 4 * random.nextInt(64), Mutator.someInt(random));
    }
  }

  /** Overwrites a word that the parent may write at any time. */
  public void damageAsParent(SplittableRandom random) {
    switch (random.nextInt(4)) {
      case 0 -> bytes.putLong(RegionLayout.CALL_TAIL_AT, Mutator.someLong(random));
      case 1 -> bytes.putLong(RegionLayout.CALL_HEAD_AT, Mutator.someLong(random));
      case 2 ->
          bytes.putLong(
              RegionLayout.STATES_AT + 8 * random.nextInt(8),
              random.nextInt(64) << 2 | random.nextInt(4));
      default ->
          bytes.putInt(RegionLayout.CALL_RING_AT + 4 * random.nextInt(64), Mutator.someInt(random));
    }
  }

  /** Whoever looks at either ring from the worker's side is told that it is no ring. */
  public void breakBothRings() {
    bytes.putLong(RegionLayout.CALL_TAIL_AT, 1L << 62);
    bytes.putLong(RegionLayout.RESULT_HEAD_AT, 1L << 62);
  }
}

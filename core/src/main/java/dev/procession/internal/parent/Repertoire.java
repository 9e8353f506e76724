package dev.procession.internal.parent;

import java.util.ArrayDeque;
import java.util.BitSet;

/**
 * The lambdas that a pool's tasks are made of, so that a worker can get to know them before it has
 * to run one. Those that come first go first when there are too many. Guarded by the scheduler's
 * lock.
 */
final class Repertoire {
  /** More than most pools ever see; what a spare loads for nothing is not to take long. */
  private static final int MOST = 64;

  private final ArrayDeque<Integer> lambdas = new ArrayDeque<>();
  private final BitSet known = new BitSet(); // asked for each task

  /** Takes a lambda in, by its number; returns whether it was not there. */
  boolean add(int lambda) {
    if (known.get(lambda)) {
      return false;
    }
    if (lambdas.size() == MOST) {
      known.clear(lambdas.remove());
    }
    lambdas.add(lambda);
    known.set(lambda);
    return true;
  }

  /** Their numbers, not a copy. */
  Iterable<Integer> lambdas() {
    return lambdas;
  }
}

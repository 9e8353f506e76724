package dev.procession.benchmarks.peers.runner;

/** Work for a processor, the same in whatever process and thread it runs. */
final class Load {
  // With headers and references about a kilobyte a branch.
  private static final int LEAVES = 16;
  private static final int LEAF = 5;

  private Load() {}

  /** Computes for a time that depends on the number of rounds only. */
  static long spin(int rounds) {
    long x = rounds;
    for (int i = 0; i < rounds; i++) {
      x ^= x << 13;
      x ^= x >>> 7;
      x ^= x << 17;
    }
    return x;
  }

  /** How many rounds take a millisecond here, once compiled. */
  static int roundsPerMilli() {
    int rounds = 100_000;
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 200; i++) {
      long began = System.nanoTime();
      blackHole ^= spin(rounds);
      best = Math.min(best, System.nanoTime() - began);
    }
    return (int) (rounds * 1_000_000L / best);
  }

  /** Builds a structure of small objects of so many megabytes, as a parser does, and drops it. */
  static int litter(int megabytes) {
    Object[] tree = new Object[megabytes << 10];
    for (int i = 0; i < tree.length; i++) {
      Object[] branch = new Object[LEAVES];
      for (int leaf = 0; leaf < LEAVES; leaf++) {
        branch[leaf] = new long[LEAF];
      }
      tree[i] = branch;
    }
    return tree.length;
  }

  /** Keeps the compiler from leaving the work out. */
  private static volatile long blackHole;
}

package dev.procession.internal.parent;

/** Arithmetic with readings of {@code nanoTime}. */
final class Nanos {
  /** A point in time that never comes. */
  static final long NEVER = Long.MAX_VALUE;

  private Nanos() {}

  /** A point in time some nanoseconds later, or {@link #NEVER} if that is too far. */
  static long later(long nanoTime, long nanos) {
    long sum = nanoTime + nanos;
    return nanos > 0 && sum < nanoTime ? NEVER : sum;
  }
}

package dev.procession.internal.parent;

import java.time.Instant;

/** Turns readings of {@code nanoTime} into instants, so that a pool's instants never run backwards. */
final class PoolClock {
  private final Instant epoch = Instant.now();
  private final long epochNanos = System.nanoTime();

  long nanoTime() {
    return System.nanoTime();
  }

  Instant instant(long nanoTime) {
    return epoch.plusNanos(nanoTime - epochNanos);
  }
}

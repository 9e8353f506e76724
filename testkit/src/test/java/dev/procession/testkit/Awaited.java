package dev.procession.testkit;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;

/** What the matrix asks of the core and the core is still to learn. */
enum Awaited {
  /** The worker's threads in the report of a task that was stopped. */
  THREAD_DUMP,
  /** {@code memoryLimit}, and {@code MEMORY_LIMIT} as the reason. */
  MEMORY_LIMIT,
  /** The end of processes that a task started, those included that are nobody's child any more. */
  GRANDCHILDREN,
  /** That a worker that was stopped by a signal while it idled is noticed. */
  STOPPED_WORKER,
  /** That a pool whose workers are all ruined before their first task breaks in the end. */
  RESTART_STORM;

  /** Take out what the core has learnt. */
  private static final Set<Awaited> AWAITED = EnumSet.noneOf(Awaited.class);

  boolean isHere() {
    return !AWAITED.contains(this);
  }

  /** Skips the cell as long as this is not here. */
  void orSkip() {
    Assumptions.assumeTrue(isHere(), () -> "awaited: " + this);
  }
}

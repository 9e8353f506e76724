package dev.procession.internal.parent;

import dev.procession.ProcessFuture;

/** For tests: what waits for a future. */
public final class Registrations {
  private Registrations() {}

  /** Whether nothing is registered on it. */
  public static boolean none(ProcessFuture<?> future) {
    return TaskFuture.of(future).hasNoWaiters();
  }
}

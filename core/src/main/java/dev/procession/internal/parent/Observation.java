package dev.procession.internal.parent;

/** What is remembered of a pool while somebody looks at it. */
final class Observation {
  private final FailureLog failures = new FailureLog();
  private final OutputLog output = new OutputLog();
  private final ActivityLog activity;

  Observation(PoolClock clock) {
    this.activity = new ActivityLog(clock, failures);
  }

  /** What workers did. */
  ActivityLog activity() {
    return activity;
  }

  /** What tasks failed with. */
  FailureLog failures() {
    return failures;
  }

  /** What workers printed. */
  OutputLog output() {
    return output;
  }
}

package dev.procession.internal.wire;

/** Exit codes by which a worker says, beyond its channel, why it ended of its own accord. */
public final class WorkerExit {
  /** In good order, as the parent asked. */
  public static final int RETIRED = 0;

  /** The parent is gone. */
  public static final int PARENT_LOST = 81;

  /** What came from the parent is not the protocol, or the worker's own code failed. */
  public static final int BROKEN = 82;

  /** Start-up or the initializer failed; the parent was told why. */
  public static final int START_FAILED = 83;

  /** The worker itself, not its task, had no memory left to go on. */
  public static final int OUT_OF_MEMORY = 84;

  private WorkerExit() {}

  /** What a failure of the worker's own code comes to. */
  public static int of(Throwable failure) {
    return failure instanceof OutOfMemoryError ? OUT_OF_MEMORY : BROKEN;
  }
}

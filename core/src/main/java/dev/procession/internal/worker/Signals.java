package dev.procession.internal.worker;

import dev.procession.internal.wire.WorkerExit;

/**
 * What a worker, or another process beside its parent, does with signals, by {@code
 * sun.misc.Signal} where the JDK has it.
 *
 * <p>Only method bodies name that class: of an import the Javadoc tool would warn as well.
 */
public final class Signals {
  private Signals() {}

  /**
   * Makes Ctrl-C the parent's business: a terminal sends it to the whole process group, and the
   * parent decides what becomes of the tasks. A handler that does nothing is used rather than
   * "ignore", which processes that a task starts would inherit.
   */
  public static void leaveInterruptsToParent() {
    try {
      // Not a lambda: the first one costs a start ten milliseconds.
      sun.misc.SignalHandler nothing =
          new sun.misc.SignalHandler() {
            @Override
            public void handle(sun.misc.Signal signal) {
              // That is all.
            }
          };
      sun.misc.Signal.handle(new sun.misc.Signal("INT"), nothing);
    } catch (LinkageError | IllegalArgumentException e) {
      // A JDK without that class: the worker then dies of Ctrl-C beside its parent.
    }
  }

  /** Kills this very process: no hook runs and no safepoint is waited for. */
  static void killSelf() {
    try {
      sun.misc.Signal.raise(new sun.misc.Signal("KILL"));
    } catch (LinkageError | IllegalArgumentException e) {
      // No such signal on this system: halt is what is left.
    }
    Runtime.getRuntime().halt(WorkerExit.PARENT_LOST);
  }
}

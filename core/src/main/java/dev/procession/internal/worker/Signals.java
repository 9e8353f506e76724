package dev.procession.internal.worker;

import dev.procession.internal.wire.WorkerExit;
import java.lang.reflect.Proxy;

/**
 * What a worker does with signals, by {@code sun.misc.Signal} where the JDK has it.
 *
 * <p>By reflection, because the compiler has no way to be told that this use is meant.
 */
final class Signals {
  private Signals() {}

  /**
   * Makes Ctrl-C the parent's business: a terminal sends it to the whole process group, and the
   * parent decides what becomes of the tasks. A handler that does nothing is used rather than
   * "ignore", which processes that a task starts would inherit.
   */
  static void leaveInterruptsToParent() {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object nothing =
          Proxy.newProxyInstance(
              handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, args) -> null);
      Object interrupt = signal.getConstructor(String.class).newInstance("INT");
      signal.getMethod("handle", signal, handler).invoke(null, interrupt, nothing);
    } catch (ReflectiveOperationException | LinkageError e) {
      // A JDK without that class: the worker then dies of Ctrl-C beside its parent.
    }
  }

  /** Kills this very process: no hook runs and no safepoint is waited for. */
  static void killSelf() {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Object kill = signal.getConstructor(String.class).newInstance("KILL");
      signal.getMethod("raise", signal).invoke(null, kill);
    } catch (ReflectiveOperationException | LinkageError e) {
      // No such signal on this system: halt is what is left.
    }
    Runtime.getRuntime().halt(WorkerExit.PARENT_LOST);
  }
}

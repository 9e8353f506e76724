package dev.procession.benchmarks.chaos;

import java.lang.reflect.Proxy;

/**
 * Ctrl-C as a wish and not as an exit: on exit a pool kills its workers and leaves its futures
 * alone, and nothing could be judged any more.
 */
final class CtrlC {
  private CtrlC() {}

  /** Has the action run at each Ctrl-C. By reflection, as the compiler warns of the class. */
  static void handle(Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object ours =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> {
                action.run();
                return null;
              });
      Object interrupt = signal.getConstructor(String.class).newInstance("INT");
      signal.getMethod("handle", signal, handler).invoke(null, interrupt, ours);
    } catch (ReflectiveOperationException | LinkageError e) {
      // Then it exits at once.
    }
  }
}

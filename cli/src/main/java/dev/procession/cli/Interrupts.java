package dev.procession.cli;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Ctrl-C and SIGTERM, as a run wants them: once is a request, twice an order. Where the JVM has no
 * such signals to give, they end the process, and the pool with it.
 */
final class Interrupts implements AutoCloseable {
  private static final List<String> SIGNALS = List.of("INT", "TERM");

  private final Map<Signal, SignalHandler> before = new ConcurrentHashMap<>();
  private final Runnable first;
  private final Runnable later;
  private boolean seen; // guarded by this

  private Interrupts(Runnable first, Runnable later) {
    this.first = first;
    this.later = later;
  }

  /** What to do at the first, and at the second and any later one. */
  static Interrupts handledBy(Runnable first, Runnable later) {
    Interrupts interrupts = new Interrupts(first, later);
    for (String name : SIGNALS) {
      try {
        Signal signal = new Signal(name);
        interrupts.before.put(signal, Signal.handle(signal, unused -> interrupts.come()));
      } catch (IllegalArgumentException e) {
        // Started by nohup, say, to which Ctrl-C means nothing.
      }
    }
    return interrupts;
  }

  private void come() {
    boolean again;
    synchronized (this) {
      again = seen;
      seen = true;
    }
    (again ? later : first).run(); // which may block: nobody is to wait for that with a third one
  }

  @Override
  public void close() {
    before.forEach(Signal::handle);
  }
}

package dev.procession.spi;

import java.util.Map;

/**
 * Something that belongs to a thread and is to go along with the tasks that it submits: a trace, a
 * tenant, a request's id. Taken when a task is submitted, and there again while the task runs in a
 * worker; for a {@code map}, taken once and there for each element.
 *
 * <p>SLF4J's MDC and OpenTelemetry's context and baggage have carriers already. One of your own is
 * a service: a public class with a public constructor without parameters, named in {@code
 * META-INF/services/dev.procession.spi.ContextCarrier} or provided by a module, on the class path
 * of the parent and of the workers. Its methods may be called by several threads at once.
 *
 * <p>What a carrier throws is logged and does no harm to the task.
 */
public interface ContextCarrier {

  /** Tells it from others; the same on both sides, and short. */
  String name();

  /**
   * What the calling thread has; empty if it has nothing. 8 KiB for all carriers together cross.
   */
  Map<String, String> capture();

  /**
   * Gives it to the calling thread, on which a task is to run.
   *
   * @return takes it away again
   */
  Scope restore(Map<String, String> captured);

  /** How long a thread has what it was given. */
  @FunctionalInterface
  interface Scope extends AutoCloseable {
    /** Gives the thread back what it had before. */
    @Override
    void close();
  }
}

package dev.procession.kit;

import dev.procession.AbstractProcessExecutor;
import dev.procession.ProcessPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** The pools that the kit's tests are about: of the backend that this run is about. */
final class Kit {
  /** Names the backend: a class with a constructor without parameters. */
  private static final String PROPERTY = "procession.kit.backend";

  private static final KitBackend BACKEND = chosen();
  private static final AtomicInteger MADE = new AtomicInteger();

  private Kit() {}

  private static KitBackend chosen() {
    String name = System.getProperty(PROPERTY, KitBackend.Local.class.getName());
    try {
      return (KitBackend) Class.forName(name).getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(PROPERTY + " is " + name, e);
    }
  }

  /** The process id of whoever asks, to be submitted as a task. */
  static long pid() {
    return ProcessHandle.current().pid();
  }

  static KitBackend backend() {
    return BACKEND;
  }

  /** A pool of that many workers. */
  static AbstractProcessExecutor pool(int workers) {
    return pool(workers, options -> options);
  }

  /** A pool of that many workers, with options of the test's own. */
  static AbstractProcessExecutor pool(
      int workers, UnaryOperator<ProcessPoolExecutor.Builder> options) {
    ProcessPoolExecutor.Builder builder =
        ProcessPoolExecutor.builder().name("t" + MADE.incrementAndGet()).workers(workers);
    return BACKEND.build(options.apply(builder), workers);
  }
}

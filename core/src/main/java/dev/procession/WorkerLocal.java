package dev.procession;

import dev.procession.internal.worker.WorkerLocals;
import java.io.Serializable;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A value of which each worker has its own: a connection, a parser, a native handle. It is made by
 * the first task of a worker that asks for it and closed when that worker ends.
 *
 * <pre>{@code
 * static final WorkerLocal<Parser> PARSER = WorkerLocal.of(Parser::open);
 *
 * pool.map(file -> PARSER.get().parse(file), files);
 * }</pre>
 *
 * <p>It is best kept in a static field, as above. A task may also capture one: it crosses as its
 * identity and its supplier, never with the value, so that all tasks of a worker which were given
 * the same one share a value.
 *
 * <p>Values are closed, the last made first, when a worker ends in good order: because it was idle,
 * had run its tasks, or its pool was closed. They have 5 seconds for it. A worker that is killed or
 * crashes closes nothing; the operating system closes its files and sockets. In a process that is
 * no worker, such as a unit test, there is one value a process, which nobody closes.
 *
 * @param <T> type of the value
 */
public final class WorkerLocal<T extends @Nullable Object> implements Serializable {
  private static final long serialVersionUID = 1L;

  private final WorkerLocals.Id id = WorkerLocals.newId();
  private final Task<? extends T> supplier;
  private final @Nullable Closer<? super T> closer;

  private WorkerLocal(Task<? extends T> supplier, @Nullable Closer<? super T> closer) {
    this.supplier = Objects.requireNonNull(supplier, "supplier");
    this.closer = closer;
  }

  /** How a value is closed. */
  @FunctionalInterface
  public interface Closer<T extends @Nullable Object> extends Serializable {
    /** Closes the value; what it throws is printed to the worker's standard error. */
    void close(T value) throws Exception;
  }

  /** A value that {@code supplier} makes; closed at the worker's end if it can be closed. */
  public static <T extends @Nullable Object> WorkerLocal<T> of(Task<? extends T> supplier) {
    return new WorkerLocal<>(supplier, null);
  }

  /** A value that {@code supplier} makes and {@code closer} closes at the worker's end. */
  public static <T extends @Nullable Object> WorkerLocal<T> of(
      Task<? extends T> supplier, Closer<? super T> closer) {
    return new WorkerLocal<>(supplier, Objects.requireNonNull(closer, "closer"));
  }

  /**
   * This worker's value, made now if it was not yet; other threads that ask meanwhile wait. If the
   * supplier fails, so does this, and the next to ask has it try again.
   *
   * @throws RuntimeException what the supplier throws, if unchecked; an {@link Error} likewise
   * @throws TaskFailedException if the supplier threw a checked exception, which is the cause
   * @throws IllegalStateException if the supplier asks for the value that it is to make, or the
   *     worker is ending and the value was closed
   */
  public T get() {
    return WorkerLocals.get(id, supplier, closer);
  }
}

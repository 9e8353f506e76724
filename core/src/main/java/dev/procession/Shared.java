package dev.procession;

import org.jspecify.annotations.Nullable;

/**
 * A value that all workers of a pool have without each task carrying it: a model, a dictionary, a
 * configuration.
 *
 * <pre>{@code
 * try (Shared<Model> model = pool.share(Model.load(file))) {
 *   pool.map(text -> model.get().classify(text), texts);
 * }
 * }</pre>
 *
 * <p>It is serialised once, when it is shared, into memory that all workers map; tasks carry only
 * its name. A worker reads it when the first of its tasks asks for it, or before that after {@link
 * #preload}, and once only: all tasks of a worker get the same object. So they must not change it,
 * or only in ways that are meant for the tasks of that worker; and what the parent changes after
 * sharing reaches nobody.
 *
 * <p>The memory is freed by {@link #close} and at the pool's end, also if the parent is killed. Any
 * thread may call any method.
 *
 * @param <T> type of the value
 */
public interface Shared<T extends @Nullable Object> extends AutoCloseable {

  /**
   * The value: in the process that shared it the object itself, in a worker the one that was read
   * there, now if it was not yet.
   *
   * @throws IllegalStateException if it was closed, or its pool has ended
   * @throws TaskDeserializationException if it cannot be read in this worker: a class is missing,
   *     for example
   */
  T get();

  /**
   * Has each worker of the pool, now and later, read the value before it is asked for, beside what
   * it is doing.
   *
   * @return this
   * @throws IllegalStateException if it was closed, or this is not the process that shared it
   */
  Shared<T> preload();

  /** Bytes that it takes in shared memory. */
  long size();

  /**
   * Frees it here and in the workers; again does nothing. Who asks for it afterwards is told so. A
   * task that holds the value goes on with it.
   *
   * @throws IllegalStateException if this is not the process that shared it
   */
  @Override
  void close();
}

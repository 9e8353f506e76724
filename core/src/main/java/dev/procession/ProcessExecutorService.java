package dev.procession;

import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * An executor whose tasks run in worker processes: every way to submit, on one machine or many.
 *
 * <p>What is submitted is serialised in {@code submit}, in the caller's thread: a later change to
 * an argument is never seen by the task, and what cannot be serialised fails there with {@link
 * TaskNotSerializableException}. Every method may be called from any thread, callbacks included.
 *
 * <p>All {@code submit} methods throw {@link java.util.concurrent.RejectedExecutionException} after
 * shutdown, when a bounded queue refuses, and when called inside a worker process; {@link
 * BrokenProcessPoolException} when the pool can start no worker any more; and {@link
 * NullPointerException} when a task is null.
 */
public interface ProcessExecutorService extends ExecutorService, AutoCloseable {

  /** Submits a task that returns a value. */
  <T extends @Nullable Object> ProcessFuture<T> submit(Task<T> task);

  /** Submits a task that returns nothing. */
  ProcessFuture<@Nullable Void> submit(VoidTask task);

  /** Submits a function with its argument, each serialised. */
  <A extends @Nullable Object, R extends @Nullable Object> ProcessFuture<R> submit(
      TaskFunction<A, R> function, A argument);

  /** Submits a function with its two arguments. */
  <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object>
      ProcessFuture<R> submit(TaskFunction2<A, B, R> function, A first, B second);

  /** Submits a function with its three arguments. */
  <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          R extends @Nullable Object>
      ProcessFuture<R> submit(TaskFunction3<A, B, C, R> function, A first, B second, C third);

  /**
   * Submits a task unless the pool is full by {@code maxPending} or {@code maxPendingBytes}: never
   * waits.
   *
   * @return the future, or empty if the pool is full now
   */
  <T extends @Nullable Object> Optional<ProcessFuture<T>> trySubmit(Task<T> task);

  /** Submits a task that returns nothing, unless the pool is full. */
  Optional<ProcessFuture<@Nullable Void>> trySubmit(VoidTask task);

  /** Submits a function with its argument, unless the pool is full. */
  <A extends @Nullable Object, R extends @Nullable Object> Optional<ProcessFuture<R>> trySubmit(
      TaskFunction<A, R> function, A argument);

  /** Submits a function with its two arguments, unless the pool is full. */
  <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object>
      Optional<ProcessFuture<R>> trySubmit(TaskFunction2<A, B, R> function, A first, B second);

  /** Submits a function with its three arguments, unless the pool is full. */
  <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          R extends @Nullable Object>
      Optional<ProcessFuture<R>> trySubmit(
          TaskFunction3<A, B, C, R> function, A first, B second, C third);

  /** Submits a task that must be serialisable although its type does not say so. */
  @Override
  <T extends @Nullable Object> ProcessFuture<T> submit(Callable<T> task);

  /** Submits a task that must be serialisable although its type does not say so. */
  @Override
  ProcessFuture<?> submit(Runnable task);

  /** Submits a task and returns {@code result}, this very object, when it is done. */
  @Override
  <T extends @Nullable Object> ProcessFuture<T> submit(Runnable task, T result);

  /**
   * Applies a function to each input in the workers: lazily, in order, in chunks whose size is
   * chosen by measuring.
   *
   * @see MapOptions
   */
  <A extends @Nullable Object, R extends @Nullable Object> MapResults<R> map(
      TaskFunction<A, R> function, Iterable<? extends A> inputs);

  /** Applies a function to each input in the workers, as {@code options} say. */
  <A extends @Nullable Object, R extends @Nullable Object> MapResults<R> map(
      MapOptions options, TaskFunction<A, R> function, Iterable<? extends A> inputs);

  /**
   * Does with a task everything but run it: serialises it, reads it back in this process, and says
   * how large it is, what it carries, and what in it will surprise. For unit tests:
   *
   * <pre>{@code
   * assertThat(pool.verify(() -> report.render(page)).warnings()).isEmpty();
   * }</pre>
   *
   * @throws TaskNotSerializableException if it cannot cross a process border
   * @throws TaskDeserializationException if it cannot be read back
   */
  <T extends @Nullable Object> TaskCheck verify(Task<T> task);

  /** Verifies a task that returns nothing. */
  TaskCheck verify(VoidTask task);

  /** Verifies a function with its argument. */
  <A extends @Nullable Object, R extends @Nullable Object> TaskCheck verify(
      TaskFunction<A, R> function, A argument);

  /**
   * Gives all workers a value without each task carrying it.
   *
   * @throws TaskNotSerializableException if it cannot cross a process border
   * @throws java.io.UncheckedIOException if there is no room for it in shared memory nor in the
   *     temporary directory
   * @see Shared
   */
  <T extends @Nullable Object> Shared<T> share(T value);

  /**
   * Memory, of zeros, that this process and the workers read and write together; to be closed. A
   * task makes its own by {@link SharedBuffer#allocate}.
   *
   * @param size in bytes, above 0
   * @throws IllegalArgumentException if the size is not above 0
   * @throws java.io.UncheckedIOException if there is no room for it in shared memory nor in the
   *     temporary directory
   * @throws java.util.concurrent.RejectedExecutionException after shutdown, or if called in a
   *     worker
   */
  SharedBuffer allocate(long size);

  /** A view of this executor that submits with {@code options}; it shares everything else. */
  ProcessExecutorService with(TaskOptions options);

  /**
   * Shuts down and waits for the end: what was submitted still runs. If the waiting thread is
   * interrupted, running tasks are stopped ({@link #shutdownNow}), the wait goes on and the thread
   * is left interrupted.
   */
  @Override
  void close();

  /**
   * Shuts down as {@code options} say and waits for the end, or until their deadline has passed and
   * the workers are killed.
   *
   * @return whether everything that was submitted and not cancelled by this call ran to its end
   * @throws InterruptedException if the waiting thread was interrupted; the shutdown goes on
   */
  boolean shutdown(ShutdownOptions options) throws InterruptedException;
}

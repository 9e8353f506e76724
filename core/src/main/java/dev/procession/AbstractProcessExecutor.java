package dev.procession;

import dev.procession.internal.codec.CallKind;
import dev.procession.internal.parent.Pool;
import dev.procession.internal.parent.PoolConfig;
import dev.procession.observe.PoolView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A pool, wherever its workers are, with every way to submit to it: what Procession's executors
 * have in common. Not to be extended by others.
 */
public abstract class AbstractProcessExecutor implements ProcessExecutorService {
  final Pool pool;
  private final TaskOptions options;

  /**
   * For Procession's own modules.
   *
   * @param pool what is behind it
   * @param options of all that is submitted through it
   */
  @SuppressWarnings("exports") // which is what keeps others from extending this
  protected AbstractProcessExecutor(Pool pool, TaskOptions options) {
    this.pool = pool;
    this.options = options;
  }

  /** What a builder has collected, for Procession's own modules. */
  @SuppressWarnings("exports") // as above
  protected static PoolConfig configOf(ProcessPoolExecutor.Builder builder) {
    return builder.config();
  }

  /** The same pool with other options. */
  private static final class View extends AbstractProcessExecutor {
    View(Pool pool, TaskOptions options) {
      super(pool, options);
    }
  }

  /* ---- Looking ---- */

  /** The pool's name. */
  public String name() {
    return pool.name();
  }

  /**
   * The pool at this instant: an immutable copy. A pool on a cluster asks its nodes about their
   * workers; those of a node that does not answer within a second are left out.
   */
  public PoolSnapshot snapshot() {
    return pool.snapshot();
  }

  /**
   * The pool as one sees it from outside, with what an operator can do to it. A view does not keep
   * the pool from ending by itself when nobody refers to it any more.
   *
   * @throws IllegalStateException inside a worker, where a pool does nothing
   */
  public PoolView view() {
    return pool.view();
  }

  /**
   * Has {@code listener} hear what happens from now on, beside the builder's; twice if added twice.
   * As long as the pool is not closed it does not end by itself when nobody refers to it but its
   * listeners.
   */
  public void addListener(PoolListener listener) {
    pool.addListener(Objects.requireNonNull(listener, "listener"));
  }

  /**
   * Has {@code listener} hear no more, except of what is being told already; nothing happens if it
   * was not added.
   */
  public void removeListener(PoolListener listener) {
    pool.removeListener(Objects.requireNonNull(listener, "listener"));
  }

  /* ---- Submitting ---- */

  private <T extends @Nullable Object> ProcessFuture<T> submit(
      CallKind kind, Object root, Object named, @Nullable Object fixedResult) {
    return pool.submit(kind, root, named, options, fixedResult);
  }

  @Override
  public <T extends @Nullable Object> ProcessFuture<T> submit(Task<T> task) {
    Objects.requireNonNull(task, "task");
    return submit(CallKind.CALLABLE, task, task, null);
  }

  @Override
  public ProcessFuture<@Nullable Void> submit(VoidTask task) {
    Objects.requireNonNull(task, "task");
    return submit(CallKind.RUNNABLE, task, task, null);
  }

  @Override
  public <A extends @Nullable Object, R extends @Nullable Object> ProcessFuture<R> submit(
      TaskFunction<A, R> function, A argument) {
    Objects.requireNonNull(function, "function");
    return submit(CallKind.FUNCTION, new @Nullable Object[] {function, argument}, function, null);
  }

  @Override
  public <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object>
      ProcessFuture<R> submit(TaskFunction2<A, B, R> function, A first, B second) {
    Objects.requireNonNull(function, "function");
    return submit(
        CallKind.FUNCTION2, new @Nullable Object[] {function, first, second}, function, null);
  }

  @Override
  public <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          R extends @Nullable Object>
      ProcessFuture<R> submit(TaskFunction3<A, B, C, R> function, A first, B second, C third) {
    Objects.requireNonNull(function, "function");
    return submit(
        CallKind.FUNCTION3,
        new @Nullable Object[] {function, first, second, third},
        function,
        null);
  }

  private <T extends @Nullable Object> Optional<ProcessFuture<T>> trySubmit(
      CallKind kind, Object root, Object named) {
    return Optional.ofNullable(pool.<T>trySubmit(kind, root, named, options));
  }

  @Override
  public <T extends @Nullable Object> Optional<ProcessFuture<T>> trySubmit(Task<T> task) {
    Objects.requireNonNull(task, "task");
    return trySubmit(CallKind.CALLABLE, task, task);
  }

  @Override
  public Optional<ProcessFuture<@Nullable Void>> trySubmit(VoidTask task) {
    Objects.requireNonNull(task, "task");
    return trySubmit(CallKind.RUNNABLE, task, task);
  }

  @Override
  public <A extends @Nullable Object, R extends @Nullable Object>
      Optional<ProcessFuture<R>> trySubmit(TaskFunction<A, R> function, A argument) {
    Objects.requireNonNull(function, "function");
    return trySubmit(CallKind.FUNCTION, new @Nullable Object[] {function, argument}, function);
  }

  @Override
  public <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object>
      Optional<ProcessFuture<R>> trySubmit(TaskFunction2<A, B, R> function, A first, B second) {
    Objects.requireNonNull(function, "function");
    return trySubmit(
        CallKind.FUNCTION2, new @Nullable Object[] {function, first, second}, function);
  }

  @Override
  public <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          R extends @Nullable Object>
      Optional<ProcessFuture<R>> trySubmit(
          TaskFunction3<A, B, C, R> function, A first, B second, C third) {
    Objects.requireNonNull(function, "function");
    return trySubmit(
        CallKind.FUNCTION3, new @Nullable Object[] {function, first, second, third}, function);
  }

  @Override
  public <T extends @Nullable Object> ProcessFuture<T> submit(Callable<T> task) {
    Objects.requireNonNull(task, "task");
    return submit(CallKind.CALLABLE, task, task, null);
  }

  @Override
  public ProcessFuture<?> submit(Runnable task) {
    Objects.requireNonNull(task, "task");
    return submit(CallKind.RUNNABLE, task, task, null);
  }

  @Override
  public <T extends @Nullable Object> ProcessFuture<T> submit(Runnable task, T result) {
    Objects.requireNonNull(task, "task");
    return submit(CallKind.RUNNABLE, task, task, result);
  }

  @Override
  public void execute(Runnable task) {
    var unused = submit(task);
  }

  @Override
  public <A extends @Nullable Object, R extends @Nullable Object> MapResults<R> map(
      TaskFunction<A, R> function, Iterable<? extends A> inputs) {
    return map(MapOptions.DEFAULT, function, inputs);
  }

  @Override
  public <A extends @Nullable Object, R extends @Nullable Object> MapResults<R> map(
      MapOptions mapOptions, TaskFunction<A, R> function, Iterable<? extends A> inputs) {
    Objects.requireNonNull(mapOptions, "options");
    Objects.requireNonNull(function, "function");
    Objects.requireNonNull(inputs, "inputs");
    return pool.map(mapOptions, options, function, inputs);
  }

  @Override
  public <T extends @Nullable Object> TaskCheck verify(Task<T> task) {
    Objects.requireNonNull(task, "task");
    return pool.verify(task, task);
  }

  @Override
  public TaskCheck verify(VoidTask task) {
    Objects.requireNonNull(task, "task");
    return pool.verify(task, task);
  }

  @Override
  public <A extends @Nullable Object, R extends @Nullable Object> TaskCheck verify(
      TaskFunction<A, R> function, A argument) {
    Objects.requireNonNull(function, "function");
    return pool.verify(new @Nullable Object[] {function, argument}, function);
  }

  @Override
  public <T extends @Nullable Object> Shared<T> share(T value) {
    return pool.share(value);
  }

  @Override
  public SharedBuffer allocate(long size) {
    return pool.allocate(size);
  }

  @Override
  public ProcessExecutorService with(TaskOptions options) {
    return new View(pool, Objects.requireNonNull(options, "options"));
  }

  /* ---- Many at once ---- */

  private <T extends @Nullable Object> List<ProcessFuture<T>> submitAll(
      Collection<? extends Callable<T>> tasks) {
    List<ProcessFuture<T>> futures = new ArrayList<>(tasks.size());
    try {
      for (Callable<T> task : tasks) {
        futures.add(submit(task));
      }
      return futures;
    } catch (RuntimeException | Error e) {
      cancelAll(futures);
      throw e;
    }
  }

  private static void cancelAll(Collection<? extends Future<?>> futures) {
    futures.forEach(future -> future.cancel(/* mayInterruptIfRunning= */ true));
  }

  private static <T extends @Nullable Object> List<Future<T>> asFutures(
      List<ProcessFuture<T>> futures) {
    return new ArrayList<>(futures);
  }

  @Override
  public <T extends @Nullable Object> List<Future<T>> invokeAll(
      Collection<? extends Callable<T>> tasks) throws InterruptedException {
    List<ProcessFuture<T>> futures = submitAll(tasks);
    try {
      var unused = ProcessFutures.await(futures, ReturnWhen.ALL_COMPLETED);
    } catch (InterruptedException e) {
      cancelAll(futures);
      throw e;
    }
    return asFutures(futures);
  }

  @Override
  public <T extends @Nullable Object> List<Future<T>> invokeAll(
      Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit)
      throws InterruptedException {
    long deadline = System.nanoTime() + unit.toNanos(timeout);
    List<ProcessFuture<T>> futures = submitAll(tasks);
    try {
      var split =
          ProcessFutures.await(
              futures, Duration.ofNanos(deadline - System.nanoTime()), ReturnWhen.ALL_COMPLETED);
      cancelAll(split.notDone());
    } catch (InterruptedException e) {
      cancelAll(futures);
      throw e;
    }
    return asFutures(futures);
  }

  @Override
  public <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> tasks)
      throws InterruptedException, ExecutionException {
    List<ProcessFuture<T>> futures = submitAny(tasks);
    try (Completions<T> completed = ProcessFutures.asCompleted(futures)) {
      return firstValue(completed);
    } finally {
      cancelAll(futures);
    }
  }

  @Override
  public <T extends @Nullable Object> T invokeAny(
      Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    long deadline = System.nanoTime() + unit.toNanos(timeout);
    List<ProcessFuture<T>> futures = submitAny(tasks);
    var left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
    try (Completions<T> completed = ProcessFutures.asCompleted(futures, left)) {
      return firstValue(completed);
    } catch (WaitTimeoutException e) {
      TimeoutException timedOut = new TimeoutException("invokeAny: " + e.getMessage());
      timedOut.initCause(e);
      throw timedOut;
    } finally {
      cancelAll(futures);
    }
  }

  private <T extends @Nullable Object> List<ProcessFuture<T>> submitAny(
      Collection<? extends Callable<T>> tasks) {
    if (tasks.isEmpty()) {
      throw new IllegalArgumentException("invokeAny needs at least one task");
    }
    return submitAll(tasks);
  }

  private static <T extends @Nullable Object> T firstValue(Completions<T> completed)
      throws InterruptedException, ExecutionException {
    ExecutionException last = null;
    while (completed.iterator().hasNext()) {
      ProcessFuture<T> future = nextOf(completed);
      try {
        return future.get();
      } catch (ExecutionException e) {
        last = e;
      } catch (CancellationException e) {
        last = new ExecutionException(e); // the pool was shut down now, meanwhile
      }
    }
    throw last == null ? new ExecutionException("no task ended", null) : last;
  }

  private static <T extends @Nullable Object> ProcessFuture<T> nextOf(Completions<T> completed)
      throws InterruptedException {
    try {
      return completed.iterator().next();
    } catch (CancellationException e) {
      if (!Thread.interrupted()) {
        throw e;
      }
      InterruptedException interrupted = new InterruptedException("in invokeAny");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  /* ---- Life ---- */

  @Override
  public void shutdown() {
    pool.shutdown();
  }

  @Override
  public List<Runnable> shutdownNow() {
    return pool.shutdownNow();
  }

  @Override
  public boolean shutdown(ShutdownOptions options) throws InterruptedException {
    return pool.shutdown(Objects.requireNonNull(options, "options"));
  }

  @Override
  public boolean isShutdown() {
    return pool.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return pool.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return pool.awaitTermination(timeout, unit);
  }

  @Override
  public void close() {
    pool.close();
  }
}

package dev.procession.observability;

import dev.procession.MapOptions;
import dev.procession.MapResults;
import dev.procession.ProcessExecutorService;
import dev.procession.ProcessFuture;
import dev.procession.Shared;
import dev.procession.SharedBuffer;
import dev.procession.ShutdownOptions;
import dev.procession.Task;
import dev.procession.TaskCheck;
import dev.procession.TaskFunction;
import dev.procession.TaskFunction2;
import dev.procession.TaskFunction3;
import dev.procession.VoidTask;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Passes everything on to another executor; what submits goes through one place each. */
abstract class ForwardingExecutor implements ProcessExecutorService {
  final ProcessExecutorService to;

  ForwardingExecutor(ProcessExecutorService to) {
    this.to = to;
  }

  /** A task is submitted by that step. */
  abstract <T extends @Nullable Object> ProcessFuture<T> submitting(
      Supplier<ProcessFuture<T>> submit);

  /** A task is submitted by that step, if there is room. */
  abstract <T extends @Nullable Object> Optional<ProcessFuture<T>> trying(
      Supplier<Optional<ProcessFuture<T>>> submit);

  /** A map is begun by that step. */
  abstract <R extends @Nullable Object> MapResults<R> mapping(Supplier<MapResults<R>> map);

  @Override
  public <T extends @Nullable Object> ProcessFuture<T> submit(Task<T> task) {
    return submitting(() -> to.submit(task));
  }

  @Override
  public ProcessFuture<@Nullable Void> submit(VoidTask task) {
    return submitting(() -> to.submit(task));
  }

  @Override
  public <A extends @Nullable Object, R extends @Nullable Object> ProcessFuture<R> submit(
      TaskFunction<A, R> function, A argument) {
    return submitting(() -> to.submit(function, argument));
  }

  @Override
  public <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object>
      ProcessFuture<R> submit(TaskFunction2<A, B, R> function, A first, B second) {
    return submitting(() -> to.submit(function, first, second));
  }

  @Override
  public <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          R extends @Nullable Object>
      ProcessFuture<R> submit(TaskFunction3<A, B, C, R> function, A first, B second, C third) {
    return submitting(() -> to.submit(function, first, second, third));
  }

  @Override
  public <T extends @Nullable Object> ProcessFuture<T> submit(Callable<T> task) {
    return submitting(() -> to.submit(task));
  }

  @Override
  @SuppressWarnings("unchecked") // of the same future
  public ProcessFuture<?> submit(Runnable task) {
    return submitting(() -> (ProcessFuture<@Nullable Object>) to.submit(task));
  }

  @Override
  public <T extends @Nullable Object> ProcessFuture<T> submit(Runnable task, T result) {
    return submitting(() -> to.submit(task, result));
  }

  @Override
  public void execute(Runnable task) {
    var unused = submit(task);
  }

  @Override
  public <T extends @Nullable Object> Optional<ProcessFuture<T>> trySubmit(Task<T> task) {
    return trying(() -> to.trySubmit(task));
  }

  @Override
  public Optional<ProcessFuture<@Nullable Void>> trySubmit(VoidTask task) {
    return trying(() -> to.trySubmit(task));
  }

  @Override
  public <A extends @Nullable Object, R extends @Nullable Object>
      Optional<ProcessFuture<R>> trySubmit(TaskFunction<A, R> function, A argument) {
    return trying(() -> to.trySubmit(function, argument));
  }

  @Override
  public <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object>
      Optional<ProcessFuture<R>> trySubmit(TaskFunction2<A, B, R> function, A first, B second) {
    return trying(() -> to.trySubmit(function, first, second));
  }

  @Override
  public <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          R extends @Nullable Object>
      Optional<ProcessFuture<R>> trySubmit(
          TaskFunction3<A, B, C, R> function, A first, B second, C third) {
    return trying(() -> to.trySubmit(function, first, second, third));
  }

  @Override
  public <A extends @Nullable Object, R extends @Nullable Object> MapResults<R> map(
      TaskFunction<A, R> function, Iterable<? extends A> inputs) {
    return mapping(() -> to.map(function, inputs));
  }

  @Override
  public <A extends @Nullable Object, R extends @Nullable Object> MapResults<R> map(
      MapOptions options, TaskFunction<A, R> function, Iterable<? extends A> inputs) {
    return mapping(() -> to.map(options, function, inputs));
  }

  @Override
  public <T extends @Nullable Object> TaskCheck verify(Task<T> task) {
    return to.verify(task);
  }

  @Override
  public TaskCheck verify(VoidTask task) {
    return to.verify(task);
  }

  @Override
  public <A extends @Nullable Object, R extends @Nullable Object> TaskCheck verify(
      TaskFunction<A, R> function, A argument) {
    return to.verify(function, argument);
  }

  @Override
  public <T extends @Nullable Object> Shared<T> share(T value) {
    return to.share(value);
  }

  @Override
  public SharedBuffer allocate(long size) {
    return to.allocate(size);
  }

  @Override
  public <T> List<java.util.concurrent.Future<T>> invokeAll(Collection<? extends Callable<T>> tasks)
      throws InterruptedException {
    return to.invokeAll(tasks);
  }

  @Override
  public <T> List<java.util.concurrent.Future<T>> invokeAll(
      Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit)
      throws InterruptedException {
    return to.invokeAll(tasks, timeout, unit);
  }

  @Override
  public <T> T invokeAny(Collection<? extends Callable<T>> tasks)
      throws InterruptedException, ExecutionException {
    return to.invokeAny(tasks);
  }

  @Override
  public <T> T invokeAny(Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    return to.invokeAny(tasks, timeout, unit);
  }

  @Override
  public void shutdown() {
    to.shutdown();
  }

  @Override
  public List<Runnable> shutdownNow() {
    return to.shutdownNow();
  }

  @Override
  public boolean shutdown(ShutdownOptions options) throws InterruptedException {
    return to.shutdown(options);
  }

  @Override
  public boolean isShutdown() {
    return to.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return to.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return to.awaitTermination(timeout, unit);
  }

  @Override
  public void close() {
    to.close();
  }
}

package dev.procession.internal.parent;

import dev.procession.ProcessFuture;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A {@link CompletableFuture} that mirrors a task: its dependents run on the pool's callback
 * executor, and cancelling it cancels the task.
 */
final class TaskStage<T extends @Nullable Object> extends CompletableFuture<T> {
  private final Executor callbacks;
  private final @Nullable ProcessFuture<?> task;

  TaskStage(Executor callbacks, @Nullable ProcessFuture<?> task) {
    this.callbacks = callbacks;
    this.task = task;
  }

  @Override
  public <U extends @Nullable Object> CompletableFuture<U> newIncompleteFuture() {
    return new TaskStage<>(callbacks, null);
  }

  @Override
  public Executor defaultExecutor() {
    return callbacks;
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    if (task == null) {
      return super.cancel(mayInterruptIfRunning);
    }
    return task.cancel(mayInterruptIfRunning) && (super.cancel(mayInterruptIfRunning) || isCancelled());
  }
}

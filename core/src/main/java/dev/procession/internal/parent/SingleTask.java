package dev.procession.internal.parent;

import dev.procession.internal.codec.CallKind;
import org.jspecify.annotations.Nullable;

/** A task with a future of its own. */
final class SingleTask extends PendingTask {
  private final TaskFuture<?> future;

  SingleTask(TaskFuture<?> future, long id, CallKind kind, byte[] payload, long timeoutNanos) {
    super(id, kind, 1, payload, future.name(), timeoutNanos);
    this.future = future;
  }

  TaskFuture<?> future() {
    return future;
  }

  @Override
  void element(ElementResult result) {
    future.complete(result);
  }

  @Override
  void over(@Nullable Throwable failure) {
    future.complete(
        failure == null ? Outcome.CANCELLED : new Outcome.Failed(failure), System.nanoTime());
  }
}

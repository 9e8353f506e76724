package dev.procession.internal.parent;

import dev.procession.internal.codec.CallKind;
import dev.procession.internal.wire.ProgressReport;
import org.jspecify.annotations.Nullable;

/** A task with a future of its own. */
final class SingleTask extends PendingTask {
  private final TaskFuture<?> future;

  SingleTask(
      TaskFuture<?> future,
      long id,
      CallKind kind,
      byte[] payload,
      PartStore.@Nullable Stored stored,
      TaskTerms terms) {
    super(id, kind, 1, payload, stored, terms);
    this.future = future;
  }

  @Override
  long submittedAt() {
    return future.submittedAt();
  }

  @Override
  PendingTask again() {
    return this;
  }

  /** The task's future; the caller knows what it is of. */
  @SuppressWarnings("unchecked")
  <T extends @Nullable Object> TaskFuture<T> future() {
    return (TaskFuture<T>) future;
  }

  @Override
  public void element(ElementResult result) {
    future.complete(result);
  }

  @Override
  public void progress(ProgressReport report) {
    future.progress(report, attempts());
  }

  @Override
  public void over(@Nullable Throwable failure) {
    if (elementsDone() > 0) {
      return; // its result came first
    }
    future.complete(
        failure == null ? Ending.CANCELLED : new Ending.Failed(failure), System.nanoTime());
  }
}

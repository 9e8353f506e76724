package dev.procession.internal.parent;

import dev.procession.PoolSnapshot;
import dev.procession.WorkerState;
import dev.procession.observe.PoolIdentity;
import dev.procession.observe.PoolView;
import dev.procession.observe.UnreachablePoolException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A pool of this process. */
final class LocalView implements PoolView {
  private static final long PATIENCE_SECONDS = 5;

  private final Scheduler scheduler;
  private final PoolIdentity identity;

  LocalView(Scheduler scheduler, PoolIdentity identity) {
    this.scheduler = scheduler;
    this.identity = identity;
  }

  @Override
  public PoolIdentity identity() {
    return identity;
  }

  @Override
  public PoolSnapshot snapshot() {
    return scheduler.snapshot();
  }

  private WorkerSlot worker(int number) {
    WorkerSlot slot = scheduler.worker(number);
    if (slot == null) {
      throw new IllegalArgumentException(
          "pool '"
              + identity.name()
              + "' has no worker "
              + number
              + (scheduler.hadWorker(number) ? " any more" : ""));
    }
    return slot;
  }

  @Override
  public String threads(int worker) {
    CompletableFuture<String> answer = worker(worker).threads();
    try {
      return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw silent(worker, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw silent(worker, e);
    }
  }

  private static UnreachablePoolException silent(int worker, Exception cause) {
    return new UnreachablePoolException(
        "worker " + worker + " does not answer: it was stopped by a signal, has ended, or starts",
        cause);
  }

  @Override
  public boolean cancel(long task) {
    PendingTask found = scheduler.taskInRing(task);
    return found != null && scheduler.stopper().cancel(found, /* mayInterrupt= */ true);
  }

  @Override
  public void retire(int worker) {
    WorkerSlot slot = worker(worker);
    if (slot.state == WorkerState.STARTING) {
      throw new IllegalArgumentException("worker " + worker + " is still starting");
    }
    scheduler.losses().retire(slot);
  }

  @Override
  public void kill(int worker) {
    scheduler.losses().killByOrder(worker(worker));
  }

  @Override
  public void close() {}
}

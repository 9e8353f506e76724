package dev.procession.internal.parent;

import dev.procession.PoolSnapshot;
import dev.procession.PoolState;
import dev.procession.WorkerState;
import dev.procession.observe.Activity;
import dev.procession.observe.PoolIdentity;
import dev.procession.observe.PoolView;
import dev.procession.observe.UnreachablePoolException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A pool of this process. */
final class LocalView implements PoolView {
  private static final long PATIENCE_SECONDS = 5;

  /** Of one answer. */
  private static final int MOST_SPANS = 5_000;

  private final PoolServices pool;
  private final Scheduler scheduler;
  private final PoolIdentity identity;
  private @Nullable ActivityLog log; // guarded by this
  private boolean closed; // guarded by this

  LocalView(PoolServices pool, PoolIdentity identity) {
    this.pool = pool;
    this.scheduler = pool.scheduler();
    this.identity = identity;
  }

  @Override
  public PoolIdentity identity() {
    return identity;
  }

  /** The pool's scheduler, as long as there is anything to ask it. */
  private Scheduler scheduler() {
    if (scheduler.state() == PoolState.TERMINATED) {
      throw new UnreachablePoolException("pool '" + identity.name() + "' has ended", null);
    }
    return scheduler;
  }

  @Override
  public PoolSnapshot snapshot() {
    return scheduler().snapshot();
  }

  @Override
  public Activity activity(long from) {
    ActivityLog remembered;
    synchronized (this) {
      if (log == null && !closed) {
        log = pool.observe();
      }
      remembered = log;
    }
    return remembered == null
        ? new Activity(from, 0, List.of())
        : scheduler().activitySince(remembered, from, MOST_SPANS);
  }

  private WorkerSlot worker(int number) {
    WorkerSlot slot = scheduler().worker(number);
    if (slot == null || slot.state == WorkerState.DEAD) {
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
    WorkerSlot slot = worker(worker);
    CompletableFuture<String> answer = slot.threads();
    try {
      return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw silent(worker, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw silent(worker, e);
    } finally {
      slot.forget(answer);
    }
  }

  private static UnreachablePoolException silent(int worker, Exception cause) {
    return new UnreachablePoolException(
        "worker " + worker + " does not answer: it was stopped by a signal, has ended, or starts",
        cause);
  }

  @Override
  public boolean cancel(long task) {
    boolean cancelled = false;
    for (PendingTask found : scheduler().inRings(task)) {
      cancelled |= scheduler.stopper().cancel(found, /* mayInterrupt= */ true);
    }
    return cancelled;
  }

  @Override
  public void retire(int worker) {
    scheduler.losses().retire(started(worker));
  }

  @Override
  public void kill(int worker) {
    scheduler.losses().killByOrder(started(worker));
  }

  /** One that is starting has a start timeout; to end it would count as a start that failed. */
  private WorkerSlot started(int worker) {
    WorkerSlot slot = worker(worker);
    if (slot.state == WorkerState.STARTING) {
      throw new IllegalArgumentException("worker " + worker + " is still starting");
    }
    return slot;
  }

  @Override
  public synchronized void close() {
    if (log != null) {
      pool.unobserve();
    }
    log = null;
    closed = true;
  }
}

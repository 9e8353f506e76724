package dev.procession.internal.parent;

import dev.procession.PoolSnapshot;
import dev.procession.PoolState;
import dev.procession.WorkerState;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.observe.Activity;
import dev.procession.observe.NameCount;
import dev.procession.observe.PoolIdentity;
import dev.procession.observe.PoolView;
import dev.procession.observe.PrintedLines;
import dev.procession.observe.UnreachablePoolException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A pool of this process. */
final class LocalView implements PoolView {
  private static final long PATIENCE_SECONDS = 5;

  /** Of one answer. */
  private static final int MOST_SPANS = 5_000;

  private static final int MOST_LINES = 1_000;
  private static final int MOST_SECONDS = 60;

  private final LocalServices pool;
  private final Scheduler scheduler;
  private final PoolIdentity identity;
  private @Nullable Observation observation; // guarded by this
  private boolean closed; // guarded by this

  LocalView(LocalServices pool, PoolIdentity identity) {
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
    scheduler.askForVitals();
    return scheduler.snapshot();
  }

  /** What is remembered from now on, null once this is closed. */
  private synchronized @Nullable Observation observation() {
    if (observation == null && !closed) {
      observation = pool.observe();
    }
    return observation;
  }

  @Override
  public Activity activity(long from) {
    Observation remembered = observation();
    return remembered == null
        ? new Activity(from, 0, List.of())
        : scheduler.activitySince(remembered.activity(), from, MOST_SPANS);
  }

  @Override
  public PrintedLines output(long from) {
    Observation remembered = observation();
    return remembered == null
        ? new PrintedLines(from, 0, List.of())
        : remembered.output().since(from, MOST_LINES);
  }

  @Override
  public List<NameCount> counts() {
    Observation remembered = observation();
    return remembered == null ? List.of() : scheduler.countsByName(remembered.activity());
  }

  @Override
  public Optional<String> failure(long task) {
    Observation remembered = observation();
    return remembered == null ? Optional.empty() : remembered.failures().text(task);
  }

  @Override
  public String profile(int worker, Duration time) {
    long seconds = time.toSeconds();
    if (seconds < 1 || seconds > MOST_SECONDS) {
      throw new IllegalArgumentException("a profile takes 1 to 60 s, not " + time);
    }
    ControlMessages.Profile profile =
        await(started(worker), slot -> slot.profile((int) seconds), 2 * seconds + PATIENCE_SECONDS);
    if (!profile.isThere()) {
      throw new UnreachablePoolException("worker " + worker + ": " + profile.text(), null);
    }
    return profile.text();
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
    return await(worker(worker), WorkerSlot::threads, PATIENCE_SECONDS);
  }

  private static <T> T await(
      WorkerSlot slot, Function<WorkerSlot, CompletableFuture<T>> question, long seconds) {
    CompletableFuture<T> answer = question.apply(slot);
    try {
      return answer.get(seconds, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw silent(slot.number, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw silent(slot.number, e);
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
    if (observation != null) {
      pool.unobserve();
    }
    observation = null;
    closed = true;
  }
}

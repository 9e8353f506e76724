package dev.procession.dashboard;

import dev.procession.observe.PoolIdentity;
import dev.procession.observe.PoolView;
import dev.procession.observe.UnreachablePoolException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at a pool a few times a second, on a thread of its own, keeps what it has seen, and tells
 * those who want to hear of it.
 */
final class Recorder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);

  private static final long LOOK_MILLIS = 250;
  private static final long AFTER_FAILURE_MILLIS = 5_000;

  private final PoolIdentity pool;
  private final @Nullable Supplier<PoolView> again;
  private final Thread thread;
  private final List<Consumer<Tick>> subscribers = new CopyOnWriteArrayList<>();
  private volatile boolean closed;

  // Guarded by this.
  private final History history;
  private PoolView view;
  private boolean lost; // the view does not answer any more
  private @Nullable Tick last;

  /**
   * Of a pool.
   *
   * @param view to look by, closed with this
   * @param again gives another view when one does not answer any more; null if there is none
   */
  Recorder(PoolView view, @Nullable Supplier<PoolView> again) {
    this.view = view;
    this.again = again;
    this.pool = view.identity();
    this.history = new History(pool.started());
    this.thread = new Thread(this::run, "procession-recorder-of-" + pool.name());
    thread.setDaemon(true);
  }

  /** Begins to look; the first look is taken before this returns. */
  void start() {
    look();
    thread.start();
  }

  PoolIdentity pool() {
    return pool;
  }

  private void run() {
    try {
      while (!closed && !isOver()) {
        Thread.sleep(LOOK_MILLIS);
        try {
          look();
        } catch (RuntimeException e) {
          LOG.warn("[{}] a look at the pool failed", pool.name(), e);
          Thread.sleep(AFTER_FAILURE_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  private synchronized boolean isOver() {
    return last != null && last.isOver();
  }

  /** Takes a look now; nothing once the pool has ended. */
  synchronized void look() {
    Tick before = last;
    if (closed || (before != null && before.isOver())) {
      return;
    }
    Tick tick = next(before);
    last = tick;
    subscribers.forEach(subscriber -> subscriber.accept(tick));
  }

  private Tick next(@Nullable Tick before) {
    try {
      if (lost && again != null) {
        view.close();
        view = again.get();
      }
      lost = false;
      return history.take(view, before);
    } catch (UnreachablePoolException e) {
      if (before == null) {
        throw e;
      }
      lost = e.isSilent(); // its process is stopped, for example
      return history.withoutAnswer(before, lost);
    }
  }

  /** All that is known. */
  synchronized Tick everything() {
    Tick now = last;
    if (now == null) {
      throw new IllegalStateException("not started");
    }
    return history.everything(now);
  }

  /**
   * Has somebody hear of each look from now on, on the thread that looks.
   *
   * @param first is given all that is known before
   */
  synchronized void subscribe(Consumer<Tick> first, Consumer<Tick> subscriber) {
    first.accept(everything());
    subscribers.add(subscriber);
  }

  void unsubscribe(Consumer<Tick> subscriber) {
    subscribers.remove(subscriber);
  }

  /** What a task failed with, in full. */
  Optional<String> failure(long task) {
    PoolView asked;
    synchronized (this) {
      String text = history.text(task);
      if (text != null) {
        return Optional.of(text);
      }
      asked = view;
    }
    try {
      return asked.failure(task);
    } catch (UnreachablePoolException e) {
      return Optional.empty();
    }
  }

  /** The texts of failures that are kept, by task. */
  synchronized Map<Long, String> texts() {
    return history.texts();
  }

  /** Looks no more. Repeatable. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      view.close();
    }
  }
}

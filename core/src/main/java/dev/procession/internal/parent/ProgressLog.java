package dev.procession.internal.parent;

import dev.procession.TaskProgress;
import dev.procession.internal.wire.ProgressReport;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a task has said of its progress, and who wants to know: each listener is told the newest,
 * one after another, on the callback executor.
 */
final class ProgressLog {
  private final String task;
  private final CallbackRunner callbacks;
  private final SerialQueue queue;
  private final List<Consumer<? super TaskProgress>> listeners = new CopyOnWriteArrayList<>();
  private volatile @Nullable TaskProgress latest; // written under this
  private int attempt; // guarded by this
  private int order; // guarded by this
  private boolean telling; // guarded by this: what the queue holds will tell the newest

  ProgressLog(String task, CallbackRunner callbacks) {
    this.task = task;
    this.callbacks = callbacks;
    this.queue = new SerialQueue(callbacks);
  }

  @Nullable TaskProgress latest() {
    return latest;
  }

  /** Takes a report, unless a newer one has come before it. */
  void add(ProgressReport report, int ofAttempt) {
    synchronized (this) {
      boolean newer = ofAttempt > attempt || (ofAttempt == attempt && report.order() - order > 0);
      if (!newer) {
        return;
      }
      attempt = ofAttempt;
      order = report.order();
      latest = new TaskProgress(report.done(), report.total(), report.message(), Instant.now());
      if (telling) {
        return;
      }
      telling = true;
    }
    queue.add(this::tell);
    queue.run();
  }

  private void tell() {
    TaskProgress newest;
    synchronized (this) {
      telling = false;
      newest = latest;
    }
    for (Consumer<? super TaskProgress> listener : listeners) {
      tell(listener, newest);
    }
  }

  private void tell(Consumer<? super TaskProgress> listener, @Nullable TaskProgress newest) {
    if (newest != null) {
      callbacks.guarded("a progress listener of " + task, () -> listener.accept(newest));
    }
  }

  /** Adds a listener, which is told the newest at once if there is one. */
  void addListener(Consumer<? super TaskProgress> listener) {
    queue.add(
        () -> {
          listeners.add(listener);
          tell(listener, latest);
        });
    queue.run();
  }

  /** Runs something after all that is still to be told. */
  void afterwards(Runnable action) {
    queue.add(action);
    queue.run();
  }
}

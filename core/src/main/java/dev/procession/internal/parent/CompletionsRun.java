package dev.procession.internal.parent;

import dev.procession.Completions;
import dev.procession.ProcessFuture;
import dev.procession.WaitTimeoutException;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One iteration of {@code ProcessFutures.asCompleted}. */
public final class CompletionsRun<T extends @Nullable Object>
    implements Completions<T>, CompletionListener {
  private final @Nullable Duration timeout;
  private final long deadline;

  /** What is done and not given yet; this object itself in it wakes the taker when closed. */
  private final BlockingQueue<Object> done = new LinkedBlockingQueue<>();

  // Guarded by this.
  private final Set<TaskFuture<?>> seen = Collections.newSetFromMap(new WeakHashMap<>());
  private final Set<TaskFuture<?>> waiting = new HashSet<>();
  private int remaining;
  private boolean over;

  private CompletionsRun(@Nullable Duration timeout) {
    this.timeout = timeout;
    this.deadline = timeout == null ? 0 : System.nanoTime() + TaskFuture.nanos(timeout);
  }

  /** Starts the clock and registers on the futures; a null timeout is for ever. */
  public static <T extends @Nullable Object> CompletionsRun<T> of(
      Collection<ProcessFuture<T>> futures, @Nullable Duration timeout) {
    CompletionsRun<T> run = new CompletionsRun<>(timeout);
    futures.forEach(run::add);
    return run;
  }

  @Override
  public void add(ProcessFuture<T> future) {
    TaskFuture<?> local = TaskFuture.of(Objects.requireNonNull(future, "future"));
    synchronized (this) {
      if (over) {
        throw new IllegalStateException("the iteration is over");
      }
      if (!seen.add(local)) {
        return;
      }
      waiting.add(local);
      remaining++;
    }
    local.addListener(this);
  }

  @Override
  public void completed(TaskFuture<?> future) {
    synchronized (this) {
      waiting.remove(future);
    }
    done.add(future);
  }

  private final Iterator<ProcessFuture<T>> iterator =
      new Iterator<>() {
        @Override
        public boolean hasNext() {
          return hasMore();
        }

        @Override
        public ProcessFuture<T> next() {
          return takeNext();
        }
      };

  @Override
  public Iterator<ProcessFuture<T>> iterator() {
    return iterator;
  }

  @Override
  public synchronized int remaining() {
    return remaining;
  }

  private synchronized boolean hasMore() {
    return remaining > 0 && !over;
  }

  @SuppressWarnings("unchecked") // only futures of that type were added
  private ProcessFuture<T> takeNext() {
    if (!hasMore()) {
      throw new NoSuchElementException("every future was given");
    }
    Object next;
    try {
      next = timeout == null ? done.take() : takeUntilDeadline();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while waiting for a future to be done");
    }
    if (next == this) {
      throw new NoSuchElementException("the iteration was closed");
    }
    synchronized (this) {
      remaining--;
    }
    return (ProcessFuture<T>) next;
  }

  private Object takeUntilDeadline() throws InterruptedException {
    Object next = done.poll();
    if (next == null) {
      next = done.poll(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    }
    if (next != null) {
      return next;
    }
    int unfinished;
    int total;
    synchronized (this) {
      unfinished = remaining;
      total = seen.size();
    }
    close();
    throw new WaitTimeoutException(unfinished + " of " + total + " futures unfinished", null);
  }

  @Override
  public void close() {
    TaskFuture<?>[] left;
    synchronized (this) {
      over = true;
      left = waiting.toArray(new TaskFuture<?>[0]);
      waiting.clear();
      seen.clear();
    }
    for (TaskFuture<?> future : left) {
      future.removeListener(this);
    }
    done.add(this);
  }
}

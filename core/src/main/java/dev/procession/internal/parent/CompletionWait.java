package dev.procession.internal.parent;

import dev.procession.ProcessFuture;
import dev.procession.ProcessFutures.Completion;
import dev.procession.ReturnWhen;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One call of {@code ProcessFutures.await}. */
public final class CompletionWait implements CompletionListener {
  private final Thread waiter = Thread.currentThread();
  private final ReturnWhen when;
  private final AtomicInteger missing;

  private CompletionWait(int futures, ReturnWhen when) {
    this.when = when;
    this.missing = new AtomicInteger(futures);
  }

  /** Waits; a null timeout is for ever. */
  public static <T extends @Nullable Object> Completion<T> await(
      Collection<ProcessFuture<T>> given, @Nullable Duration timeout, ReturnWhen when)
      throws InterruptedException {
    Objects.requireNonNull(when, "when");
    Set<ProcessFuture<T>> futures = new LinkedHashSet<>(given);
    long nanos = timeout == null ? Long.MAX_VALUE : TaskFuture.nanos(timeout);
    CompletionWait wait = new CompletionWait(futures.size(), when);
    if (!wait.isOver(futures)) {
      try {
        futures.forEach(future -> TaskFuture.of(future).addListener(wait));
        wait.park(futures, timeout == null, System.nanoTime() + nanos);
      } finally {
        futures.forEach(future -> TaskFuture.of(future).removeListener(wait));
      }
    }
    return split(futures);
  }

  private static <T extends @Nullable Object> Completion<T> split(Set<ProcessFuture<T>> futures) {
    Set<ProcessFuture<T>> notDone = new LinkedHashSet<>(futures);
    while (notDone.removeIf(ProcessFuture::isDone)) {
      // Until a look finds nothing new: as the last one began, the sets were as they are now.
    }
    Set<ProcessFuture<T>> done = new LinkedHashSet<>(futures);
    done.removeAll(notDone);
    return new Completion<>(
        Collections.unmodifiableSet(done), Collections.unmodifiableSet(notDone));
  }

  @Override
  public void completed(TaskFuture<?> future) {
    // Whether a future failed is looked at by the waiter, for that may run user code.
    if (missing.decrementAndGet() == 0 || when != ReturnWhen.ALL_COMPLETED) {
      WakeUps.wake(waiter);
    }
  }

  private void park(Set<? extends ProcessFuture<?>> futures, boolean forEver, long deadline)
      throws InterruptedException {
    while (!isOver(futures)) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (forEver) {
        LockSupport.park(this);
      } else {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return;
        }
        LockSupport.parkNanos(this, left);
      }
    }
  }

  private boolean isOver(Set<? extends ProcessFuture<?>> futures) {
    if (missing.get() == 0 || futures.stream().allMatch(ProcessFuture::isDone)) {
      return true;
    }
    return switch (when) {
      case ALL_COMPLETED -> false;
      case FIRST_COMPLETED -> futures.stream().anyMatch(ProcessFuture::isDone);
      case FIRST_EXCEPTION ->
          futures.stream().anyMatch(future -> TaskFuture.of(future).hasFailed());
    };
  }
}

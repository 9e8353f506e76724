package dev.procession.benchmarks.chaos;

import dev.procession.ProcessFuture;
import dev.procession.TaskState;
import dev.procession.TaskStory;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One task that was submitted, and all that the parent learned of it. */
final class Entry {
  /** What a cancel was asked to do, and what it said. */
  enum Cancel {
    NONE,
    GENTLE_YES,
    GENTLE_NO,
    HARD_YES,
    HARD_NO
  }

  private static final int LARGE = 64 << 10;

  final int retries;
  final @Nullable Duration timeout;
  private final Runnable permit;
  private final AtomicInteger completions = new AtomicInteger();
  private volatile Order order;
  private volatile @Nullable ProcessFuture<Object> future;
  private volatile @Nullable Outcome outcome;
  private volatile @Nullable TaskStory story;

  volatile Cancel cancel = Cancel.NONE;

  /** Whether the pool may have been cancelling everything when this one was cancelled. */
  volatile boolean cancelledLate;

  Entry(Order order, int retries, @Nullable Duration timeout, Runnable permit) {
    this.order = order;
    this.retries = retries;
    this.timeout = timeout;
    this.permit = permit;
  }

  Order order() {
    return order;
  }

  @Nullable Outcome outcome() {
    return outcome;
  }

  @Nullable TaskStory story() {
    return story;
  }

  int completions() {
    return completions.get();
  }

  /** It was taken: from here on its end is heard of. */
  void submitted(ProcessFuture<Object> taken) {
    future = taken;
    taken.addDoneCallback(this::done);
  }

  private void done(ProcessFuture<Object> done) {
    if (completions.incrementAndGet() > 1) {
      return; // a violation, told when the pool has ended
    }
    try {
      outcome = outcomeOf(order, done);
      story = done.info();
    } catch (RuntimeException | Error e) {
      outcome = new Outcome(Outcome.Kind.WRONG, null, Duration.ZERO, "a callback threw " + e);
    } finally {
      Order full = order;
      if (full.payload().length + full.resultBytes() > LARGE) {
        future = null;
        order = full.withoutPayload();
      }
      permit.run();
    }
  }

  /** How a future that is done has ended. */
  static Outcome outcomeOf(Order order, ProcessFuture<Object> done) {
    try {
      var failure = done.exception(Duration.ZERO);
      return failure.isPresent()
          ? Outcome.ofFailure(order, failure.get())
          : Outcome.ofValue(order, done.result(Duration.ZERO));
    } catch (CancellationException e) {
      return Outcome.ofFailure(order, e);
    } catch (TimeoutException | InterruptedException e) {
      return new Outcome(Outcome.Kind.WRONG, null, Duration.ZERO, "told done, but " + e);
    }
  }

  /** Whether the future says the same as it did when it was done; null if it does. */
  @Nullable String secondThoughts() {
    ProcessFuture<Object> kept = future;
    TaskStory told = story;
    if (kept == null || told == null) {
      return null;
    }
    TaskState now = kept.taskState();
    return kept.isDone() && now == told.state() ? null : "was " + told.state() + ", now is " + now;
  }

  @Override
  public String toString() {
    Order what = order;
    return "task "
        + what.id()
        + " "
        + what.deed()
        + " "
        + what.millis()
        + " ms, payload "
        + what.payload().length
        + ", result "
        + what.resultBytes()
        + ", retries "
        + retries
        + ", timeout "
        + timeout
        + ", cancel "
        + cancel
        + (cancelledLate ? " (late)" : "")
        + ", completions "
        + completions
        + ", outcome "
        + outcome
        + ", story "
        + (story != null ? story : String.valueOf(future));
  }
}

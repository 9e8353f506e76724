package dev.procession;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The outcome, now or later, of a task given to a pool; it says exactly where the task is and what
 * became of it.
 *
 * <p>The state is that of the process world, not a guess: {@link #isRunning} is true only once a
 * worker has begun the task, and a task that merely waits in a worker's ring is still pending and
 * can still be cancelled. Every method may be called from any thread, callbacks included. A future
 * outlives its pool.
 *
 * <p>As a {@link CompletionStage} its dependent stages run on the pool's callback executor, except
 * that a non-async stage added after the task is done runs in the adding thread.
 *
 * @param <T> type of the task's value
 */
public interface ProcessFuture<T extends @Nullable Object> extends Future<T>, CompletionStage<T> {

  /** Whether a worker has begun the task and its outcome is not yet known. */
  boolean isRunning();

  /** Whether the outcome is known: value, failure or cancellation. Final once true. */
  @Override
  boolean isDone();

  /**
   * Whether the task was cancelled. Never true for a task that merely threw {@code
   * CancellationException}.
   */
  @Override
  boolean isCancelled();

  /** The task's state at this instant. */
  TaskState taskState();

  /**
   * Cancels the task.
   *
   * @param mayInterruptIfRunning false: cancels only if no worker has begun the task, which is
   *     decided by one compare-and-set against the worker. True: also stops a begun task, whatever
   *     it does: the worker's thread is interrupted, and after {@code killGrace} its process is
   *     killed and replaced. The future is cancelled at once in both cases.
   * @return whether the task is cancelled now, by this call or an earlier one
   */
  @Override
  boolean cancel(boolean mayInterruptIfRunning);

  /**
   * Waits for the outcome.
   *
   * @throws ExecutionException if the task failed; its cause is the task's own exception, or one of
   *     Procession's that says why it has none
   * @throws java.util.concurrent.CancellationException if the task was cancelled
   * @throws InterruptedException if the waiting thread was interrupted; the task goes on
   */
  @Override
  T get() throws InterruptedException, ExecutionException;

  /**
   * Waits for the outcome for a while.
   *
   * @param timeout zero or less only looks
   * @throws TimeoutException if the time ran out; the task goes on and can be asked again
   * @throws ExecutionException as {@link #get()}
   * @throws java.util.concurrent.CancellationException if the task was cancelled
   * @throws InterruptedException if the waiting thread was interrupted; the task goes on
   */
  @Override
  T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException;

  /**
   * Waits for the value and throws the task's own exception as it is.
   *
   * @throws RuntimeException the task's own exception if it is unchecked, the same object each
   *     time; an {@link Error} of the task is thrown likewise
   * @throws TaskFailedException if the task's exception is a checked one, which is the cause
   * @throws java.util.concurrent.CancellationException if the task was cancelled
   * @throws InterruptedException if the waiting thread was interrupted; the task goes on
   */
  T result() throws InterruptedException;

  /**
   * Waits for the value for a while and throws the task's own exception as {@link #result()} does.
   *
   * @param timeout zero or less only looks
   * @throws TimeoutException if the time ran out; never confused with what the task itself threw,
   *     which would arrive inside a {@link TaskFailedException}
   * @throws InterruptedException if the waiting thread was interrupted; the task goes on
   */
  T result(Duration timeout) throws InterruptedException, TimeoutException;

  /**
   * Waits for the end and returns what the task failed with, the same object each time.
   *
   * @return empty if the task succeeded
   * @throws java.util.concurrent.CancellationException if the task was cancelled
   * @throws InterruptedException if the waiting thread was interrupted; the task goes on
   */
  Optional<Throwable> exception() throws InterruptedException;

  /**
   * Like {@link #exception()}, for a while.
   *
   * @param timeout zero or less only looks
   * @throws TimeoutException if the time ran out
   * @throws InterruptedException if the waiting thread was interrupted; the task goes on
   */
  Optional<Throwable> exception(Duration timeout) throws InterruptedException, TimeoutException;

  /**
   * Calls {@code callback} with this future once it is done, exactly once, on the pool's callback
   * executor.
   *
   * <p>Callbacks of one future run one after another in the order they were added, also those added
   * after it was done. What a callback throws is logged and stops nothing. No lock is held: a
   * callback may use this future and its pool.
   */
  void addDoneCallback(Consumer<? super ProcessFuture<T>> callback);

  /**
   * Calls {@code listener} with what the task says of its progress ({@link TaskContext#report}), on
   * the pool's callback executor: at once with its last word if there is one, then with each newer
   * one that comes before the listener is called again, and never after a done callback that was
   * added before the task ended. What it throws is logged and stops nothing.
   */
  void addProgressListener(Consumer<? super TaskProgress> listener);

  /** The task's whole story so far: an immutable copy. */
  TaskStory info();
}

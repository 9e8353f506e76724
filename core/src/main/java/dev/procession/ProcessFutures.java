package dev.procession;

import dev.procession.internal.parent.CompletionWait;
import dev.procession.internal.parent.CompletionsRun;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Waits for many futures at once, of one pool or several.
 *
 * <p>A cancelled future is done, for everybody and at once. Nothing stays registered on a future
 * after a method has returned, an iteration has ended, or it was closed.
 */
public final class ProcessFutures {
  private ProcessFutures() {}

  /**
   * What {@link #await} found, both sets in the order given: disjoint, and together the distinct
   * futures that were given.
   *
   * @param done those that are done
   * @param notDone the others
   * @param <T> type of the futures' values
   */
  public record Completion<T extends @Nullable Object>(
      Set<ProcessFuture<T>> done, Set<ProcessFuture<T>> notDone) {}

  /**
   * Waits until enough of the futures are done.
   *
   * @param futures read once, before waiting; duplicates count once
   * @throws InterruptedException if the waiting thread was interrupted
   */
  public static <T extends @Nullable Object> Completion<T> await(
      Collection<ProcessFuture<T>> futures, ReturnWhen when) throws InterruptedException {
    return CompletionWait.await(futures, null, when);
  }

  /**
   * Waits until enough of the futures are done or the time is up, which is no error.
   *
   * @param futures read once, before waiting; duplicates count once
   * @param timeout counted from the call; zero or less only looks
   * @throws InterruptedException if the waiting thread was interrupted
   */
  public static <T extends @Nullable Object> Completion<T> await(
      Collection<ProcessFuture<T>> futures, Duration timeout, ReturnWhen when)
      throws InterruptedException {
    return CompletionWait.await(futures, timeout, when);
  }

  /** Gives the futures as they become done, those that are done already first. */
  public static <T extends @Nullable Object> Completions<T> asCompleted(
      Collection<ProcessFuture<T>> futures) {
    return CompletionsRun.of(futures, null);
  }

  /**
   * Gives the futures as they become done, for a while.
   *
   * @param timeout for the whole iteration, counted from this call; futures that are done are given
   *     even after it
   */
  public static <T extends @Nullable Object> Completions<T> asCompleted(
      Collection<ProcessFuture<T>> futures, Duration timeout) {
    return CompletionsRun.of(futures, timeout);
  }
}

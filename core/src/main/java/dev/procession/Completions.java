package dev.procession;

import java.io.Closeable;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Futures in the order in which they become done; see {@link ProcessFutures#asCompleted}.
 *
 * <p>There is one iteration. It is for one thread; {@link #add} and {@link #close} may be called by
 * any.
 *
 * @param <T> type of the futures' values
 */
public interface Completions<T extends @Nullable Object>
    extends Iterable<ProcessFuture<T>>, Closeable {

  /**
   * The iterator, the same one each time.
   *
   * <p>Its {@code next()} waits for the next future to be done and returns it, whatever its
   * outcome; throws {@link WaitTimeoutException} when the time ran out and futures are left, after
   * which the iteration is over; and {@link java.util.NoSuchElementException} at the end. A waiting
   * {@code next()} that is interrupted throws {@link java.util.concurrent.CancellationException},
   * leaves the thread interrupted, and may be called again.
   */
  @Override
  Iterator<ProcessFuture<T>> iterator();

  /**
   * Adds a future to those that are still to come; one that was added before is not given twice.
   *
   * @throws IllegalStateException if the iteration is over or closed
   */
  void add(ProcessFuture<T> future);

  /** How many futures have not been given yet. */
  int remaining();

  /** Ends the iteration; nothing stays registered and nothing is cancelled. Repeatable. */
  @Override
  void close();
}

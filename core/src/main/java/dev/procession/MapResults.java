package dev.procession;

import java.io.Closeable;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The results of a {@code map}, produced as they are taken.
 *
 * <p>Inputs are read in the thread that iterates, a bounded number ahead, so an infinite input
 * works in constant memory. There is one iteration: {@link #iterator}, {@link #stream} and {@link
 * #outcomes} are three views of it. An element that failed throws from its own {@code next()}, and
 * the following ones still come. For one thread at a time, except {@link #close}.
 *
 * @param <R> type of a result
 */
public interface MapResults<R extends @Nullable Object> extends Iterable<R>, Closeable {

  /**
   * The iterator, the same one each time.
   *
   * <p>Its {@code next()} throws the element's own exception as {@link ProcessFuture#result()}
   * does; {@link WaitTimeoutException} once the deadline passed, after which the iteration is over;
   * what the inputs' iterator threw, after the results of the inputs before it; and {@link
   * NoSuchElementException} at the end and after {@link #close}. A waiting {@code next()} that is
   * interrupted throws {@link java.util.concurrent.CancellationException}, leaves the thread
   * interrupted, and may be called again.
   */
  @Override
  Iterator<R> iterator();

  /** The same results as a sequential stream; closing it closes this. */
  Stream<R> stream();

  /** The same iteration, with a failure given as a value and not thrown. */
  Iterable<Outcome<R>> outcomes();

  /**
   * Has each outcome seen as it is taken, in the thread that iterates and before it is given;
   * whatever {@code observer} throws is thrown there. Before the iteration begins; the observers of
   * several calls are called in that order.
   *
   * @return this
   */
  MapResults<R> peek(Consumer<? super Outcome<R>> observer);

  /**
   * Has {@code step} run once, when this is closed or its end has been reached: by whichever thread
   * does that. At once if it is over. What it throws is thrown there; the steps of several calls
   * are run in that order.
   *
   * @return this
   */
  MapResults<R> onClose(Runnable step);

  /** Ends the iteration and cancels what is left, stopping chunks that run; repeatable. */
  @Override
  void close();

  /**
   * What became of one element.
   *
   * @param index the input's position, from 0
   * @param value the result, null if it failed
   * @param failure what it failed with, null if it succeeded
   * @param <R> type of the result
   */
  record Outcome<R extends @Nullable Object>(
      long index, @Nullable R value, @Nullable Throwable failure) {

    /** Whether the element has a result. */
    public boolean isSuccess() {
      return failure == null;
    }
  }
}

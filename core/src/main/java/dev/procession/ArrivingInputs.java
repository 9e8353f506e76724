package dev.procession;

import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Inputs that arrive over time: from a pipe, a queue, a directory that is watched.
 *
 * <p>A {@code map} whose {@link Iterable} gives such an iterator goes on giving results while no
 * input is there; with any other it waits in {@code hasNext()} until it has read as many as it may
 * read ahead. {@code hasNext} and {@code next} are called by the thread that iterates over the
 * results.
 *
 * @param <T> type of an input
 */
public interface ArrivingInputs<T extends @Nullable Object> extends Iterator<T> {

  /** Whether {@link #hasNext} would answer at once: with the next input, or that there is none. */
  boolean isReady();

  /**
   * Takes what is to be run each time it has become ready, by any thread; called once, before
   * anything is read.
   */
  void whenReady(Runnable wake);
}

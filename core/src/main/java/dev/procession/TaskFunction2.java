package dev.procession;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A function of two arguments that can cross to a worker process and may throw.
 *
 * @param <A> type of the first argument
 * @param <B> type of the second argument
 * @param <R> type of the result
 */
@FunctionalInterface
public interface TaskFunction2<A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object>
    extends Serializable {

  /**
   * Computes the result, in a worker.
   *
   * @throws Exception whatever the work throws; it becomes the future's exception
   */
  R apply(A first, B second) throws Exception;
}

package dev.procession;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A function of one argument that can cross to a worker process and may throw.
 *
 * @param <A> type of the argument
 * @param <R> type of the result
 */
@FunctionalInterface
public interface TaskFunction<A extends @Nullable Object, R extends @Nullable Object>
    extends Serializable {

  /**
   * Computes the result, in a worker.
   *
   * @throws Exception whatever the work throws; it becomes the future's exception
   */
  R apply(A argument) throws Exception;
}

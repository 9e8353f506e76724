package dev.procession;

import java.io.Serializable;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A piece of work that returns a value and can cross to a worker process.
 *
 * <p>Declaring a parameter of this type is what makes the compiler produce a serialisable lambda: {@code pool.submit(() -> 1 + 1)}
 * needs no cast.
 *
 * @param <T> type of the value
 */
@FunctionalInterface
public interface Task<T extends @Nullable Object> extends Callable<T>, Serializable {}

package dev.procession.internal.codec;

import dev.procession.TaskFunction;
import dev.procession.TaskFunction2;
import dev.procession.TaskFunction3;
import dev.procession.internal.wire.Frames;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** What a call's payload holds and how a worker runs it. */
public enum CallKind {
  /** A {@link Callable}. */
  CALLABLE,
  /** A {@link Runnable}. */
  RUNNABLE,
  /** An array of a {@link TaskFunction} and its argument. */
  FUNCTION,
  /** An array of a {@link TaskFunction2} and its arguments. */
  FUNCTION2,
  /** An array of a {@link TaskFunction3} and its arguments. */
  FUNCTION3,
  /** A chunk, as {@link Pieces}: a function and many arguments, each with an outcome of its own. */
  CHUNK;

  private static final CallKind[] VALUES = values();

  /** The type of the record that carries such a call. */
  public int recordType() {
    return Frames.FIRST_CALL + ordinal();
  }

  /**
   * The kind of call in a record.
   *
   * @throws IllegalArgumentException if there is no such type
   */
  public static CallKind ofRecordType(int type) {
    int index = type - Frames.FIRST_CALL;
    if (index < 0 || index >= VALUES.length) {
      throw new IllegalArgumentException("record type " + type);
    }
    return VALUES[index];
  }

  /**
   * Runs what was decoded from the payload.
   *
   * @throws Exception whatever the work throws
   */
  @SuppressWarnings("unchecked") // what was encoded under a kind has that kind's type
  public @Nullable Object run(@Nullable Object work) throws Exception {
    switch (this) {
      case CALLABLE -> {
        return ((Callable<@Nullable Object>) required(work)).call();
      }
      case RUNNABLE -> {
        ((Runnable) required(work)).run();
        return null;
      }
      case FUNCTION -> {
        Object[] parts = (Object[]) required(work);
        return ((TaskFunction<Object, @Nullable Object>) parts[0]).apply(parts[1]);
      }
      case FUNCTION2 -> {
        Object[] parts = (Object[]) required(work);
        return ((TaskFunction2<Object, Object, @Nullable Object>) parts[0])
            .apply(parts[1], parts[2]);
      }
      case FUNCTION3 -> {
        Object[] parts = (Object[]) required(work);
        return ((TaskFunction3<Object, Object, Object, @Nullable Object>) parts[0])
            .apply(parts[1], parts[2], parts[3]);
      }
      default -> throw new AssertionError(this + " is run element by element");
    }
  }

  private static Object required(@Nullable Object work) {
    if (work == null) {
      throw new NullPointerException("the task was read back as null");
    }
    return work;
  }
}

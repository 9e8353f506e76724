package dev.procession.internal.parent;

import dev.procession.TaskCheck;
import dev.procession.TaskDeserializationException;
import dev.procession.internal.codec.CallCodec;
import dev.procession.internal.codec.CodeLoaders;
import dev.procession.internal.codec.LambdaTable;
import dev.procession.internal.codec.NotSerializable;
import dev.procession.internal.codec.OutOfBand;
import dev.procession.internal.codec.PiecesWriter;
import dev.procession.internal.codec.SharedBuffers;
import dev.procession.internal.codec.ValueCodec;
import dev.procession.internal.codec.Verification;
import dev.procession.spi.TaskSerializer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How a pool's parent writes calls and reads results. Safe for use by several threads.
 *
 * @param values arguments and results
 * @param calls the work of calls
 */
record PoolCodec(ValueCodec values, CallCodec calls) {
  static PoolCodec of(TaskSerializer serializer, CodeLoaders loaders) {
    ValueCodec values = new ValueCodec(serializer, loaders);
    return new PoolCodec(values, new CallCodec(serializer, values, LambdaTable::definition));
  }

  /**
   * Encodes work.
   *
   * @param work the task, or an array of a function and its arguments
   * @param named the user's task or function
   * @param beside takes the large parts; null if there are to be none
   */
  byte[] encodeCall(Object work, Object named, @Nullable OutOfBand beside) {
    SharedBuffers.forgetCrossed();
    try {
      return calls.encode(work, beside);
    } catch (Exception | StackOverflowError e) {
      throw NotSerializable.explainTask(named, argumentsOf(work), e);
    }
  }

  /** Does everything with a task but send it to a worker. */
  TaskCheck check(Object work, Object named) {
    byte[] encoded = encodeCall(work, named, /* beside= */ null);
    try {
      return Verification.of(calls, values, work, named, encoded);
    } catch (TaskDeserializationException e) {
      throw e;
    } catch (Exception | StackOverflowError e) {
      throw NotSerializable.explainTask(named, argumentsOf(work), e);
    }
  }

  /** Encodes the work that each worker does before its first task. */
  byte[] encodeInitializer(Object initializer) {
    try {
      return calls.encodeStandalone(initializer);
    } catch (Exception | StackOverflowError e) {
      throw NotSerializable.explainTask(initializer, new Object[0], e);
    }
  }

  /** Encodes a value that all workers are to have. */
  byte[] encodeShared(@Nullable Object value) {
    SharedBuffers.forgetCrossed();
    try {
      return values.encode(value);
    } catch (Exception | StackOverflowError e) {
      throw NotSerializable.explainShared(value, e);
    }
  }

  /**
   * Encodes what a function is to be applied to, as {@link PiecesWriter#add(ValueCodec, Object,
   * OutOfBand)} does.
   *
   * @throws PiecesWriter.TooLongException if what is written would be 2 GiB or more
   */
  byte @Nullable [] encodeArgument(
      @Nullable Object argument, PiecesWriter to, @Nullable OutOfBand beside) {
    SharedBuffers.forgetCrossed();
    try {
      return to.add(values, argument, beside);
    } catch (PiecesWriter.TooLongException e) {
      throw e;
    } catch (Exception | StackOverflowError e) {
      throw NotSerializable.explainTask(argument == null ? "null" : argument, new Object[0], e);
    }
  }

  private static Object[] argumentsOf(Object work) {
    return work instanceof Object[] parts
        ? Arrays.copyOfRange(parts, 1, parts.length)
        : new Object[0];
  }
}

package dev.procession.internal.codec;

import dev.procession.TaskCheck;
import dev.procession.TaskDeserializationException;
import dev.procession.internal.wire.RegionLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.DoubleAccumulator;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import org.jspecify.annotations.Nullable;

/** A dry run of a task's way to a worker and what is to be said about it. */
public final class Verification {
  /** What does not fit into the ring any more is worth a word. */
  private static final int LARGE = RegionLayout.MAX_INLINE;

  /** Of these a copy crosses, which is hardly what who captures one wants. */
  private static final List<Class<?>> MEETING_PLACES =
      List.of(
          AtomicBoolean.class,
          AtomicInteger.class,
          AtomicLong.class,
          AtomicReference.class,
          LongAdder.class,
          DoubleAdder.class,
          LongAccumulator.class,
          DoubleAccumulator.class,
          Lock.class,
          ReadWriteLock.class,
          Condition.class,
          Semaphore.class,
          CountDownLatch.class,
          Phaser.class);

  private final ValueCodec values;
  private final List<TaskCheck.Carried> carried = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  private Verification(ValueCodec values) {
    this.values = values;
  }

  /**
   * Checks a task that was encoded.
   *
   * @param work the task, or an array of a function and its arguments
   * @param named the user's task or function
   * @param encoded the work as bytes
   * @throws TaskDeserializationException if they cannot be read back
   * @throws Exception if it cannot be encoded again
   */
  public static TaskCheck of(
      CallCodec calls, ValueCodec values, Object work, Object named, byte[] encoded)
      throws Exception {
    readBack(calls, values, encoded);
    Verification check = new Verification(values);
    LambdaSite lambda = LambdaSite.of(named);
    if (lambda != null) {
      check.captured(lambda);
    }
    if (work instanceof Object[] parts) {
      for (int i = 1; i < parts.length; i++) {
        check.carries("argument " + (i - 1), parts[i]);
      }
    }
    if (!Arrays.equals(encoded, calls.encode(work))) {
      check.warnings.add(
          "serialised twice it gives different bytes: something in it changes while it is written,"
              + " or writes the time or a random number");
    }
    String code = lambda == null ? named.getClass().getTypeName() : lambda.text();
    return new TaskCheck(code, encoded.length, check.carried, check.warnings);
  }

  private static void readBack(CallCodec calls, ValueCodec values, byte[] encoded) {
    try {
      var unused = calls.decode(encoded, 0, encoded.length);
    } catch (Exception | LinkageError e) {
      throw Unreadable.explain(
          "the task was serialised but cannot be read back, here and so in a worker",
          e,
          Unreadable.Where.HERE,
          values.loaders().own());
    }
  }

  private void captured(LambdaSite lambda) throws Exception {
    List<@Nullable Object> captured = lambda.captured();
    for (int i = 0; i < captured.size(); i++) {
      boolean self = i == 0 && lambda.capturesThis();
      int bytes = carries(self ? "this" : "captured argument " + i, captured.get(i));
      if (self) {
        warnings.add(
            "it captures 'this', all "
                + bytes
                + " bytes of it, because it uses a field or method of the object it was written"
                + " in: copy what it needs into a local variable");
      }
    }
  }

  private int carries(String what, @Nullable Object value) throws Exception {
    int bytes = values.encode(value).length;
    String type = value == null ? "null" : value.getClass().getTypeName();
    carried.add(new TaskCheck.Carried(what, type, bytes));
    if (bytes > LARGE) {
      warnings.add(
          what
              + " ("
              + type
              + ") takes "
              + bytes
              + " bytes with every task: share it once (pool.share), or have the task read it");
    }
    for (Class<?> place : MEETING_PLACES) {
      if (place.isInstance(value)) {
        warnings.add(
            what
                + " ("
                + type
                + ") crosses as a copy: the parent does not see what the task does with it, nor"
                + " the other way round; return a value, or report progress");
        break;
      }
    }
    return bytes;
  }
}

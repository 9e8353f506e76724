package dev.procession.internal.codec;

import java.io.Serializable;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The lambdas that this JVM has sent to workers, numbered: a worker is told once what a number
 * stands for, and from then on a call carries the number and the captured values.
 *
 * <p>One table for all pools, as numbers are given by content and the content is names. It holds on
 * to no class. Safe for use by several threads.
 */
public final class LambdaTable {
  /**
   * More than any program has in its sources: the bound for those that make classes as they run.
   */
  private static final int MOST_NUMBERS = 1 << 16;

  private static final int MOST_BYTES = 8_192;
  private static final int UNNUMBERED = -1;

  private static final Map<LambdaShape, Integer> NUMBERS = new HashMap<>(); // guarded by itself
  private static final List<byte[]> DEFINITIONS = new ArrayList<>(); // guarded by NUMBERS

  private static final ClassValue<Entry> ENTRIES =
      new ClassValue<>() {
        @Override
        protected Entry computeValue(Class<?> type) {
          return new Entry(writeReplaceOf(type));
        }
      };

  private LambdaTable() {}

  /** What is known of one class. */
  static final class Entry {
    /**
     * Instances taken apart by reflection before a method handle is made, which takes longer once.
     */
    private static final int HANDLE_AFTER = 100;

    private static final MethodType TO_OBJECT = MethodType.methodType(Object.class, Object.class);

    private final @Nullable Method writeReplace;
    private volatile @Nullable MethodHandle handle;
    private int uses; // about, where threads race

    /** Set once, when the first instance is sent; -1 if it has to travel in another way. */
    private volatile @Nullable Numbered numbered;

    private Entry(@Nullable Method writeReplace) {
      this.writeReplace = writeReplace;
    }

    /**
     * By a handle when it is hot: reflection has no fast way to the hidden classes of lambdas on
     * 17.
     */
    private SerializedLambda formOf(Method method, Object function) throws Throwable {
      MethodHandle made = handle;
      if (made != null) {
        return (SerializedLambda) (Object) made.invokeExact(function);
      }
      if (uses++ == HANDLE_AFTER) {
        handle = MethodHandles.lookup().unreflect(method).asType(TO_OBJECT);
      }
      return (SerializedLambda) method.invoke(function);
    }
  }

  /**
   * A lambda by its number.
   *
   * @param capturedCount how many values each instance captures
   */
  record Numbered(int number, int capturedCount) {}

  /** A lambda's number and what this instance captured. */
  record Taken(int number, Object[] captured) {
    private static final Object[] NOTHING = {};
  }

  /** Takes an instance apart; null if it is no lambda, or one that has to travel in another way. */
  static @Nullable Taken take(Object function) {
    Entry entry = ENTRIES.get(function.getClass());
    Method writeReplace = entry.writeReplace;
    if (writeReplace == null) {
      return null;
    }
    Numbered numbered = entry.numbered;
    if (numbered != null && numbered.capturedCount == 0) {
      return numbered.number < 0 ? null : new Taken(numbered.number, Taken.NOTHING);
    }
    SerializedLambda form;
    try {
      form = entry.formOf(writeReplace, function);
    } catch (Error e) {
      throw e;
    } catch (Throwable e) {
      return null; // it has a writeReplace of its own
    }
    if (numbered == null) {
      numbered = number(form);
      entry.numbered = numbered;
    }
    if (numbered.number < 0) {
      return null;
    }
    Object[] captured = new Object[form.getCapturedArgCount()];
    for (int i = 0; i < captured.length; i++) {
      captured[i] = form.getCapturedArg(i);
    }
    return new Taken(numbered.number, captured);
  }

  private static Numbered number(SerializedLambda form) {
    LambdaShape shape = LambdaShape.of(form);
    synchronized (NUMBERS) {
      Integer known = NUMBERS.get(shape);
      if (known == null) {
        byte[] bytes = NUMBERS.size() < MOST_NUMBERS ? shape.toBytes() : null;
        if (bytes == null || bytes.length > MOST_BYTES || shape.capturedCount() > 255) {
          return new Numbered(UNNUMBERED, 0);
        }
        known = DEFINITIONS.size();
        DEFINITIONS.add(bytes);
        NUMBERS.put(shape, known);
      }
      return new Numbered(known, shape.capturedCount());
    }
  }

  /** The bytes that tell a worker what a number stands for, or null if it is no number. */
  public static byte @Nullable [] definition(int number) {
    synchronized (NUMBERS) {
      return number >= 0 && number < DEFINITIONS.size() ? DEFINITIONS.get(number) : null;
    }
  }

  private static @Nullable Method writeReplaceOf(Class<?> type) {
    if (!LambdaSite.isLambda(type) || !Serializable.class.isAssignableFrom(type)) {
      return null;
    }
    try {
      Method method = type.getDeclaredMethod("writeReplace");
      method.setAccessible(true);
      return method;
    } catch (NoSuchMethodException | InaccessibleObjectException | SecurityException e) {
      return null; // the last two: it is in a module that is not open to us
    }
  }
}

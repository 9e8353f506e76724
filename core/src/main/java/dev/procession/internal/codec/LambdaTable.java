package dev.procession.internal.codec;

import java.io.Serializable;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
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

  /** Null for those whose loader is gone. Guarded by NUMBERS. */
  private static final List<byte @Nullable []> DEFINITIONS = new ArrayList<>();

  /**
   * By number, as far as there is one of a loader other than the class path's. Replaced, and that
   * under the lock of NUMBERS.
   */
  private static volatile int[] foreignLoaders = new int[0];

  private static final ClassValue<Entry> ENTRIES =
      new ClassValue<>() {
        @Override
        protected Entry computeValue(Class<?> type) {
          return new Entry(writeReplaceOf(type), LoaderTable.entry(type));
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
    private final LoaderTable.Entry loader;
    private volatile @Nullable MethodHandle handle;
    private int uses; // about, where threads race

    /** Set once, when the first instance is sent; -1 if it has to travel in another way. */
    private volatile @Nullable Numbered numbered;

    private Entry(@Nullable Method writeReplace, LoaderTable.Entry loader) {
      this.writeReplace = writeReplace;
      this.loader = loader;
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
   * @param loader the number of the loader of its class
   * @param capturedCount how many values each instance captures
   */
  record Numbered(int number, int loader, int capturedCount) {}

  /** A lambda's number and what this instance captured. */
  record Taken(int number, int loader, Object[] captured) {
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
    int loader = entry.loader.number();
    if (numbered != null && numbered.loader != loader) {
      numbered = null;
    }
    if (numbered != null && numbered.capturedCount == 0) {
      return numbered.number < 0 ? null : new Taken(numbered.number, loader, Taken.NOTHING);
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
      numbered = number(form, loader);
      entry.numbered = numbered;
    }
    if (numbered.number < 0) {
      return null;
    }
    Object[] captured = new Object[form.getCapturedArgCount()];
    for (int i = 0; i < captured.length; i++) {
      captured[i] = form.getCapturedArg(i);
    }
    return new Taken(numbered.number, loader, captured);
  }

  private static Numbered number(SerializedLambda form, int loader) {
    LambdaShape shape = LambdaShape.of(form, loader);
    synchronized (NUMBERS) {
      Integer known = NUMBERS.get(shape);
      if (known == null) {
        byte[] bytes = DEFINITIONS.size() < MOST_NUMBERS ? shape.toBytes() : null;
        if (bytes == null || bytes.length > MOST_BYTES || shape.capturedCount() > 255) {
          return new Numbered(UNNUMBERED, loader, 0);
        }
        known = DEFINITIONS.size();
        DEFINITIONS.add(bytes);
        NUMBERS.put(shape, known);
        if (loader != CodeLoaders.OWN) {
          int[] loaders = Arrays.copyOf(foreignLoaders, known + 1);
          loaders[known] = loader;
          foreignLoaders = loaders;
        }
      }
      return new Numbered(known, loader, shape.capturedCount());
    }
  }

  /** The bytes that tell a worker what a number stands for, or null if it is no number. */
  public static byte @Nullable [] definition(int number) {
    synchronized (NUMBERS) {
      return number >= 0 && number < DEFINITIONS.size() ? DEFINITIONS.get(number) : null;
    }
  }

  /** The number of the loader of that lambda's class. */
  static int loaderOf(int number) {
    int[] loaders = foreignLoaders;
    return number >= 0 && number < loaders.length ? loaders[number] : CodeLoaders.OWN;
  }

  /** Forgets the lambdas of a loader that is gone. */
  static void release(int loader) {
    synchronized (NUMBERS) {
      NUMBERS
          .entrySet()
          .removeIf(
              known -> {
                boolean gone = known.getKey().loader() == loader;
                if (gone) {
                  DEFINITIONS.set(known.getValue(), null);
                }
                return gone;
              });
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

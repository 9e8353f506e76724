package dev.procession.internal.codec;

import java.lang.reflect.Field;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs a step that uses {@code sun.misc.Unsafe} without the JDK's warning on the console.
 *
 * <p>Fory takes one trusted lookup out of {@code Unsafe} when it is first used. From JDK 24 on the
 * JVM prints four lines about that on the descriptor that standard error had at start-up, so that
 * redirecting {@code System.err} does not keep them out of the console of a user who has no part in
 * it. {@code Unsafe} warns once per JVM and remembers it in a static field; {@code jdk.unsupported}
 * opens that package to everybody, so the field can be held at "has warned" while the step runs. It
 * is put back afterwards: the first use by anybody else warns as ever.
 *
 * <p>Where the field does not exist (up to JDK 23, or in a JDK to come) this only runs the step.
 */
final class QuietUnsafe {
  private QuietUnsafe() {}

  // One step at a time: of two that overlap, the second would save and restore the first's "true".
  static synchronized <T> T call(Supplier<T> step) {
    Field warned = warnedField();
    boolean before = warned == null || exchange(warned, true);
    try {
      return step.get();
    } finally {
      if (!before && warned != null) {
        exchange(warned, false);
      }
    }
  }

  private static boolean exchange(Field warned, boolean value) {
    try {
      boolean before = warned.getBoolean(null);
      warned.setBoolean(null, value);
      return before;
    } catch (IllegalAccessException e) {
      return value;
    }
  }

  private static @Nullable Field warnedField() {
    try {
      Field field = Class.forName("sun.misc.Unsafe").getDeclaredField("memoryAccessWarned");
      field.setAccessible(true);
      return field.getType() == boolean.class ? field : null;
    } catch (ReflectiveOperationException | RuntimeException e) {
      return null;
    }
  }
}

package dev.procession.internal.codec;

import java.io.Serializable;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import org.apache.fory.reflect.ObjectInstantiator;
import org.jspecify.annotations.Nullable;

/**
 * Makes an object without running any constructor of its class, as JDK serialisation does. Of a
 * Serializable class that one runs the constructor of the first superclass which is not; here it is
 * run if that has transient fields to set up, for all others are written.
 *
 * <p>{@code sun.reflect.ReflectionFactory} is the JDK's supported way for serialisation libraries;
 * it is called reflectively as {@code jdk.unsupported} need not be there.
 */
final class BareInstantiator<T> extends ObjectInstantiator<T> {
  private final Constructor<?> constructor;

  private BareInstantiator(Class<T> type, Constructor<?> constructor) {
    super(type);
    this.constructor = constructor;
  }

  /** An instantiator; null when this JVM offers none. */
  static <T> @Nullable BareInstantiator<T> of(Class<T> type) {
    try {
      return new BareInstantiator<>(type, Factory.constructorFor(type));
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      return null;
    }
  }

  @Override
  public T newInstance() {
    try {
      return type.cast(constructor.newInstance());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("no instance of " + type.getName(), e);
    }
  }

  @Override
  public T newInstanceWithArguments(Object... arguments) {
    throw new UnsupportedOperationException();
  }

  private static final class Factory {
    private static final Object INSTANCE;
    private static final Method NEW_CONSTRUCTOR;
    private static final Method OF_NOT_SERIALIZABLE;
    private static final Constructor<?> OF_OBJECT;

    static {
      try {
        Class<?> factory = Class.forName("sun.reflect.ReflectionFactory");
        INSTANCE = factory.getMethod("getReflectionFactory").invoke(null);
        NEW_CONSTRUCTOR =
            factory.getMethod("newConstructorForSerialization", Class.class, Constructor.class);
        OF_NOT_SERIALIZABLE = factory.getMethod("newConstructorForSerialization", Class.class);
        OF_OBJECT = Object.class.getConstructor();
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private Factory() {}

    private static Class<?> firstNotSerializable(Class<?> type) {
      Class<?> above = type;
      while (Serializable.class.isAssignableFrom(above)) {
        above = above.getSuperclass();
      }
      return above;
    }

    /** Whether not all of its fields are written. */
    private static boolean leavesOut(Class<?> type) {
      for (Class<?> of = type; of != null; of = of.getSuperclass()) {
        for (Field field : of.getDeclaredFields()) {
          if (Modifier.isTransient(field.getModifiers())
              && !Modifier.isStatic(field.getModifiers())) {
            return true;
          }
        }
      }
      return false;
    }

    static Constructor<?> constructorFor(Class<?> type)
        throws IllegalAccessException, InvocationTargetException {
      Object ofSuperclass =
          Serializable.class.isAssignableFrom(type) && leavesOut(firstNotSerializable(type))
              ? OF_NOT_SERIALIZABLE.invoke(INSTANCE, type)
              : null;
      return (Constructor<?>)
          (ofSuperclass == null ? NEW_CONSTRUCTOR.invoke(INSTANCE, type, OF_OBJECT) : ofSuperclass);
    }
  }
}

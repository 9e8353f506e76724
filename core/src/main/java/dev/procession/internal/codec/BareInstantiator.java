package dev.procession.internal.codec;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.apache.fory.reflect.ObjectInstantiator;
import org.jspecify.annotations.Nullable;

/**
 * Makes an object without running any constructor of its class, as JDK serialisation does.
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
    private static final Constructor<?> OF_OBJECT;

    static {
      try {
        Class<?> factory = Class.forName("sun.reflect.ReflectionFactory");
        INSTANCE = factory.getMethod("getReflectionFactory").invoke(null);
        NEW_CONSTRUCTOR =
            factory.getMethod("newConstructorForSerialization", Class.class, Constructor.class);
        OF_OBJECT = Object.class.getConstructor();
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private Factory() {}

    static Constructor<?> constructorFor(Class<?> type)
        throws IllegalAccessException, InvocationTargetException {
      return (Constructor<?>) NEW_CONSTRUCTOR.invoke(INSTANCE, type, OF_OBJECT);
    }
  }
}

package dev.procession.testkit;

import java.io.FileDescriptor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Memory by address, as native code has it: {@code sun.misc.Unsafe}, by reflection, because the
 * compiler has no way to be told that this use is meant.
 */
final class RawMemory {
  private static final Map<String, Method> METHODS = new ConcurrentHashMap<>();

  private RawMemory() {}

  static void putAddress(long address, long value) {
    call("putAddress", new Class<?>[] {long.class, long.class}, address, value);
  }

  static long getLong(long address) {
    return (long) call("getLong", new Class<?>[] {long.class}, address);
  }

  static void putLong(long address, long value) {
    call("putLong", new Class<?>[] {long.class, long.class}, address, value);
  }

  static void putInt(long address, int value) {
    call("putInt", new Class<?>[] {long.class, int.class}, address, value);
  }

  /** Takes native memory, touches all of it, and never gives it back. */
  static void leak(long bytes) {
    long address = (long) call("allocateMemory", new Class<?>[] {long.class}, bytes);
    Class<?>[] parameters = {long.class, long.class, byte.class};
    call("setMemory", parameters, address, bytes, (byte) 1);
  }

  /** A descriptor of this process by its number. */
  static FileDescriptor descriptor(int number) {
    FileDescriptor descriptor = new FileDescriptor();
    try {
      Field field = FileDescriptor.class.getDeclaredField("fd");
      long offset = (long) call("objectFieldOffset", new Class<?>[] {Field.class}, field);
      Class<?>[] parameters = {Object.class, long.class, int.class};
      call("putInt", parameters, descriptor, offset, number);
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException("this JDK keeps a descriptor's number elsewhere", e);
    }
    return descriptor;
  }

  private static Object call(String name, Class<?>[] parameters, Object... arguments) {
    try {
      Method method =
          METHODS.computeIfAbsent(name + parameters.length, key -> method(name, parameters));
      Object result = method.invoke(UnsafeHolder.UNSAFE, arguments);
      return result == null ? "" : result;
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Method method(String name, Class<?>[] parameters) {
    try {
      return UnsafeHolder.UNSAFE.getClass().getMethod(name, parameters);
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("this JDK has no sun.misc.Unsafe." + name, e);
    }
  }

  private static final class UnsafeHolder {
    static final Object UNSAFE = unsafe();

    private static Object unsafe() {
      try {
        Field field = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe");
        field.setAccessible(true);
        return field.get(null);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("this JDK has no sun.misc.Unsafe", e);
      }
    }
  }
}

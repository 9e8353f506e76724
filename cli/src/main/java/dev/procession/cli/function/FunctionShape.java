package dev.procession.cli.function;

import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;

/** What parent and worker must see alike of a function's class. */
final class FunctionShape {
  private FunctionShape() {}

  static List<String> typeNames(Executable called) {
    return Arrays.stream(called.getParameterTypes()).map(Class::getTypeName).toList();
  }

  /** The one method of a functional interface. */
  static Method methodOf(Class<?> functional) {
    return Arrays.stream(functional.getMethods())
        .filter(method -> Modifier.isAbstract(method.getModifiers()))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(functional + " has no abstract method"));
  }

  /**
   * What a class has in its place: declared with the types that it really takes, and not with
   * {@code Object}, which is the bridge that the compiler adds.
   */
  static Method overriding(Class<?> type, Method method) {
    for (Class<?> at = type; at != null; at = at.getSuperclass()) {
      for (Method own : at.getDeclaredMethods()) {
        if (own.getName().equals(method.getName())
            && own.getParameterCount() == method.getParameterCount()
            && !own.isBridge()
            && !Modifier.isAbstract(own.getModifiers())
            && !Modifier.isStatic(own.getModifiers())) {
          return own;
        }
      }
    }
    return method;
  }
}

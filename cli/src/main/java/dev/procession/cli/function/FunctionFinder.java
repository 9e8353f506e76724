package dev.procession.cli.function;

import dev.procession.TaskFunction;
import dev.procession.cli.Suggestion;
import dev.procession.cli.WrongUsageException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds what the user named, and says what is wrong if it cannot be called. */
public final class FunctionFinder {
  private static final Pattern CALL =
      Pattern.compile("([^:#()]+)(?:(?:::|#)([^:#()]+)(\\((.*)\\))?)?");

  /** Functional interfaces whose method takes one input, by name: each loader has its own. */
  private static final List<String> FUNCTIONS =
      List.of(Function.class.getName(), TaskFunction.class.getName());

  private final ClassPath classPath;

  /** Looks on that class path. */
  public FunctionFinder(ClassPath classPath) {
    this.classPath = classPath;
  }

  /**
   * Finds {@code com.acme.Docs::wordCount}, with its parameters' types behind it if there are
   * several, or a class that implements {@code Function}, {@code TaskFunction} or {@code Callable}.
   *
   * @throws WrongUsageException if there is no such thing or it cannot be called
   */
  public Target find(String call) {
    Matcher parts = CALL.matcher(call.strip());
    if (!parts.matches()) {
      throw new WrongUsageException(
          "'"
              + call
              + "' names no function; write com.acme.Docs::wordCount, or the name of a class");
    }
    Class<?> type = classPath.load(parts.group(1).strip());
    return parts.group(2) == null
        ? ofClass(type)
        : method(type, parts.group(2).strip(), parts.group(3) == null ? null : parts.group(4));
  }

  /**
   * Finds the one function among classes that were compiled from one source.
   *
   * @throws WrongUsageException if there is none, or more than one
   */
  public Target findAmong(Collection<String> classNames) {
    List<Target> found = new ArrayList<>();
    for (String name : classNames) {
      Class<?> type = classPath.load(name);
      if (isFunctional(type)) {
        found.add(ofClass(type));
      } else {
        staticMethods(type)
            .filter(method -> Modifier.isPublic(method.getModifiers()) && !isMain(method))
            .forEach(method -> found.add(targetOf(method)));
      }
    }
    if (found.size() == 1) {
      return found.get(0);
    }
    String classes = String.join(", ", classNames);
    throw new WrongUsageException(
        found.isEmpty()
            ? "nothing in "
                + classes
                + " can be called: write a public static method, or implement Function"
            : "several functions could be called; choose one by --call: "
                + found.stream().map(Target::label).sorted().collect(Collectors.joining(", ")));
  }

  /* ---- Methods ---- */

  private static Target method(Class<?> type, String name, @Nullable String parameters) {
    List<Method> named =
        declaredMethods(type).filter(method -> method.getName().equals(name)).toList();
    if (named.isEmpty()) {
      throw new WrongUsageException(
          type.getName() + " has no method '" + name + "'" + others(type, name));
    }
    List<Method> callable =
        named.stream().filter(method -> Modifier.isStatic(method.getModifiers())).toList();
    if (callable.isEmpty()) {
      throw new WrongUsageException(
          signature(named.get(0))
              + " is not static; make it static, or have the class implement Function");
    }
    List<Method> chosen =
        parameters == null
            ? callable
            : callable.stream().filter(method -> hasTypes(method, parameters)).toList();
    if (chosen.size() == 1) {
      return targetOf(chosen.get(0));
    }
    throw new WrongUsageException(
        (chosen.isEmpty()
                ? "no static " + name + " takes (" + parameters + "); there is "
                : name + " is overloaded; say which one: ")
            + callable.stream()
                .map(method -> "'" + targetOf(method).label() + "'")
                .sorted()
                .collect(Collectors.joining(", ")));
  }

  private static Stream<Method> declaredMethods(Class<?> type) {
    try {
      return Arrays.stream(type.getDeclaredMethods()).filter(method -> !method.isSynthetic());
    } catch (LinkageError e) {
      throw new WrongUsageException(
          type.getName() + " needs a class that is not on the class path: " + e.getMessage(), e);
    }
  }

  private static Stream<Method> staticMethods(Class<?> type) {
    return declaredMethods(type).filter(method -> Modifier.isStatic(method.getModifiers()));
  }

  private static boolean isMain(Method method) {
    return method.getName().equals("main") && method.getReturnType() == void.class;
  }

  private static String others(Class<?> type, String name) {
    List<String> names = staticMethods(type).map(Method::getName).distinct().sorted().toList();
    String suggestion = Suggestion.of(name, names);
    if (!suggestion.isEmpty()) {
      return suggestion;
    }
    return names.isEmpty()
        ? "; it has no static methods at all"
        : "; its static methods are " + String.join(", ", names);
  }

  /** Whether the types are those, with or without their packages. */
  private static boolean hasTypes(Method method, String parameters) {
    List<String> wanted =
        parameters.isBlank()
            ? List.of()
            : Arrays.stream(parameters.split(",")).map(String::strip).toList();
    List<String> types = FunctionShape.typeNames(method);
    if (wanted.size() != types.size()) {
      return false;
    }
    for (int i = 0; i < types.size(); i++) {
      String type = types.get(i);
      if (!type.equals(wanted.get(i)) && !Target.simpleName(type).equals(wanted.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static Target targetOf(Method method) {
    return new Target.StaticMethod(
        method.getDeclaringClass().getName(), method.getName(), FunctionShape.typeNames(method));
  }

  private static String signature(Method method) {
    return targetOf(method).label();
  }

  /* ---- Classes ---- */

  private boolean isFunctional(Class<?> type) {
    return functionOf(type) != null || Callable.class.isAssignableFrom(type);
  }

  private @Nullable Class<?> functionOf(Class<?> type) {
    return FUNCTIONS.stream()
        .map(classPath::load)
        .filter(function -> function.isAssignableFrom(type))
        .findFirst()
        .orElse(null);
  }

  private Target ofClass(Class<?> type) {
    Class<?> function = functionOf(type);
    if (function == null && !Callable.class.isAssignableFrom(type)) {
      throw new WrongUsageException(
          type.getName()
              + " implements none of Function, TaskFunction and Callable; name a static method: "
              + type.getName()
              + "::"
              + staticMethods(type).map(Method::getName).sorted().findFirst().orElse("METHOD"));
    }
    if (type.isInterface() || Modifier.isAbstract(type.getModifiers())) {
      throw new WrongUsageException(type.getName() + " is abstract: no object of it can be made");
    }
    return function == null ? callable(type) : function(type, function);
  }

  private static Target function(Class<?> type, Class<?> function) {
    if (constructors(type).noneMatch(constructor -> constructor.getParameterCount() == 0)) {
      throw new WrongUsageException(
          type.getName()
              + " has no constructor without parameters, so no object of it can be made");
    }
    return new Target.FunctionObject(type.getName(), function.getName());
  }

  /** A {@code Callable} is made for each input: by its constructor, which must be the only one. */
  private static Target callable(Class<?> type) {
    List<List<String>> signatures = constructors(type).map(FunctionShape::typeNames).toList();
    if (signatures.size() == 1) {
      return new Target.CallableObject(type.getName(), signatures.get(0));
    }
    throw new WrongUsageException(
        type.getName()
            + " is made for each input, but it has "
            + signatures.size()
            + " constructors; leave it one, whose parameters are the input's");
  }

  private static Stream<Constructor<?>> constructors(Class<?> type) {
    try {
      return Arrays.stream(type.getDeclaredConstructors())
          .filter(constructor -> !constructor.isSynthetic());
    } catch (LinkageError e) {
      throw new WrongUsageException(
          type.getName() + " needs a class that is not on the class path: " + e.getMessage(), e);
    }
  }

  /**
   * What there is against calling it with rows of these columns.
   *
   * @throws WrongUsageException if it cannot be
   */
  public void checkColumns(Target target, Collection<String> columns) {
    Executable called = null;
    if (target instanceof Target.StaticMethod method) {
      called =
          staticMethods(classPath.load(method.className()))
              .filter(one -> one.getName().equals(method.name()))
              .filter(one -> FunctionShape.typeNames(one).equals(method.parameters()))
              .findFirst()
              .orElse(null);
    } else if (target instanceof Target.CallableObject callable) {
      called = constructors(classPath.load(callable.className())).findFirst().orElse(null);
    }
    String refusal = called == null ? null : Arguments.refusal(columns, called);
    if (refusal != null) {
      throw new WrongUsageException(target.label() + " cannot be called: " + refusal);
    }
  }
}

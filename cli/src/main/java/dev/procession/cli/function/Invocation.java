package dev.procession.cli.function;

import dev.procession.SharedBuffer;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Calls a {@link Target}, in a worker. */
public final class Invocation {
  /** Frames of a stack trace that are told. */
  private static final int MOST_FRAMES = 30;

  /** One of each kind for this worker: what was looked up once is not looked up again. */
  private static final Map<Target, Callee> CALLEES = new ConcurrentHashMap<>();

  private Invocation() {}

  /** What can be called with an input. */
  private interface Callee {
    @Nullable Object call(@Nullable Object plain) throws Throwable;
  }

  /**
   * Calls it, unless the run is being stopped.
   *
   * @param stop its first byte is not zero once nothing more is to begin
   * @param plain the input: a text, a number, a truth value, a list or a map
   * @throws OutOfMemoryError if the call threw that: a worker without memory is not to go on
   */
  public static Ran run(Target target, SharedBuffer stop, @Nullable Object plain) {
    long started = System.currentTimeMillis();
    long begun = System.nanoTime();
    if (stop.buffer().get(0) != 0) {
      return ran(Ran.Outcome.NOT_BEGUN, null, null, started, begun);
    }
    try {
      if (plain instanceof Unreadable unreadable) {
        throw new BadInputException(unreadable.why());
      }
      Object value = CALLEES.computeIfAbsent(target, Invocation::find).call(plain);
      return ran(Ran.Outcome.OK, PlainValue.of(value), null, started, begun);
    } catch (OutOfMemoryError e) {
      throw e;
    } catch (BadInputException e) {
      return ran(Ran.Outcome.BAD_INPUT, null, e, started, begun);
    } catch (Throwable e) {
      return ran(Ran.Outcome.FAILED, null, e, started, begun);
    }
  }

  private static Ran ran(
      Ran.Outcome outcome,
      @Nullable Object value,
      @Nullable Throwable failure,
      long started,
      long begun) {
    long nanos = System.nanoTime() - begun;
    return new Ran(
        outcome,
        value,
        failure == null ? null : told(failure),
        failure == null || outcome == Ran.Outcome.BAD_INPUT ? List.of() : stackOf(failure),
        started,
        nanos,
        ProcessHandle.current().pid());
  }

  private static String told(Throwable failure) {
    if (failure instanceof BadInputException || failure instanceof ProgramFailedException) {
      return Objects.requireNonNull(failure.getMessage());
    }
    StringBuilder text = new StringBuilder(failure.toString());
    Throwable cause = failure.getCause();
    for (int depth = 0; cause != null && depth < 8; depth++) {
      text.append("; caused by ").append(cause);
      cause = cause.getCause();
    }
    return text.toString();
  }

  private static List<String> stackOf(Throwable failure) {
    return Arrays.stream(failure.getStackTrace())
        .takeWhile(frame -> !frame.getClassName().startsWith(Invocation.class.getName()))
        .filter(frame -> !frame.getClassName().startsWith("jdk.internal.reflect."))
        .limit(MOST_FRAMES)
        .map(StackTraceElement::toString)
        .toList();
  }

  /* ---- Finding: once for each target ---- */

  private static Callee find(Target target) {
    try {
      if (target instanceof Target.StaticMethod method) {
        return callee(method);
      }
      if (target instanceof Target.FunctionObject function) {
        return callee(function);
      }
      if (target instanceof Target.CallableObject callable) {
        return callee(callable);
      }
      Target.Program program = (Target.Program) target;
      return plain -> ProgramCall.run(program.words(), plain);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          target.label() + " was there when the run began, but not in this worker: " + e, e);
    }
  }

  private static Callee callee(Target.StaticMethod target) throws ReflectiveOperationException {
    Class<?> type = load(target.className());
    Method method =
        (Method) withParameters(type.getDeclaredMethods(), target.name(), target.parameters());
    method.setAccessible(true);
    return plain -> invoke(() -> method.invoke(null, Arguments.of(plain, method)));
  }

  private static Callee callee(Target.FunctionObject target) throws ReflectiveOperationException {
    Constructor<?> constructor = load(target.className()).getDeclaredConstructor();
    constructor.setAccessible(true); // its class need not be public
    Object function = constructor.newInstance();
    Method method = FunctionShape.methodOf(load(target.interfaceName()));
    Method own = FunctionShape.overriding(function.getClass(), method);
    own.setAccessible(true);
    return plain -> invoke(() -> own.invoke(function, Arguments.of(plain, own)));
  }

  private static Callee callee(Target.CallableObject target) throws ReflectiveOperationException {
    Class<?> type = load(target.className());
    Constructor<?> constructor =
        (Constructor<?>)
            withParameters(type.getDeclaredConstructors(), type.getName(), target.parameters());
    constructor.setAccessible(true);
    return plain ->
        ((Callable<?>) invoke(() -> constructor.newInstance(Arguments.of(plain, constructor))))
            .call();
  }

  /** What the user's code threw, and not that it was called by reflection. */
  private static Object invoke(Callable<Object> call) throws Throwable {
    try {
      return call.call();
    } catch (InvocationTargetException e) {
      throw Objects.requireNonNullElse(e.getCause(), e);
    }
  }

  private static Class<?> load(String name) throws ClassNotFoundException {
    return Class.forName(name, /* initialize= */ true, ClassLoader.getSystemClassLoader());
  }

  private static Executable withParameters(Executable[] among, String name, List<String> parameters)
      throws NoSuchMethodException {
    return Arrays.stream(among)
        .filter(called -> called.getName().equals(name))
        .filter(called -> FunctionShape.typeNames(called).equals(parameters))
        .filter(called -> called instanceof Constructor || Modifier.isStatic(called.getModifiers()))
        .findFirst()
        .orElseThrow(() -> new NoSuchMethodException(name + parameters));
  }
}

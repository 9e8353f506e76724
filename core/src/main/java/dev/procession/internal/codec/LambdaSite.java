package dev.procession.internal.codec;

import java.io.Serializable;
import java.lang.invoke.MethodHandleInfo;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a lambda was written, and what it captured. */
record LambdaSite(String text, List<@Nullable Object> captured, boolean capturesThis) {
  private static final String HIDDEN_NAME = "$$Lambda";

  /** True for the class of a lambda or method reference. */
  static boolean isLambda(Class<?> type) {
    return type.isHidden() && type.getName().contains(HIDDEN_NAME);
  }

  /** What can be known about a lambda; not null when its class {@link #isLambda}. */
  static @Nullable LambdaSite of(Object value) {
    Class<?> type = value.getClass();
    if (!isLambda(type)) {
      return null;
    }
    SerializedLambda form = value instanceof Serializable ? serializedForm(value) : null;
    return form == null
        ? new LambdaSite("lambda in " + hostName(type), List.of(), false)
        : new LambdaSite(text(form, type.getClassLoader()), captured(form), capturesThis(form));
  }

  private static @Nullable SerializedLambda serializedForm(Object lambda) {
    try {
      Method writeReplace = lambda.getClass().getDeclaredMethod("writeReplace");
      writeReplace.setAccessible(true);
      return writeReplace.invoke(lambda) instanceof SerializedLambda form ? form : null;
    } catch (ReflectiveOperationException | RuntimeException e) {
      return null; // in a module that is not open to us
    }
  }

  private static String text(SerializedLambda form, @Nullable ClassLoader loader) {
    String owner = form.getImplClass().replace('/', '.');
    String method = form.getImplMethodName();
    if (!method.startsWith("lambda$")) {
      String name = method.equals("<init>") ? "new" : method;
      return "method reference " + owner + "::" + name;
    }
    String place =
        ClassFileLines.find(loader, form.getImplClass(), method, form.getImplMethodSignature());
    return place != null ? "lambda at " + place : "lambda in " + owner + "." + enclosing(method);
  }

  // lambda$makeReport$3 -> makeReport
  private static String enclosing(String method) {
    int end = method.lastIndexOf('$');
    int start = method.indexOf('$') + 1;
    return end > start ? method.substring(start, end) : method;
  }

  private static List<@Nullable Object> captured(SerializedLambda form) {
    List<@Nullable Object> captured = new ArrayList<>();
    for (int i = 0; i < form.getCapturedArgCount(); i++) {
      captured.add(form.getCapturedArg(i));
    }
    return captured;
  }

  // A lambda body that uses a field or method of the object it was written in is an instance
  // method.
  private static boolean capturesThis(SerializedLambda form) {
    return form.getImplMethodName().startsWith("lambda$")
        && form.getImplMethodKind() != MethodHandleInfo.REF_invokeStatic
        && form.getCapturedArgCount() > 0;
  }

  private static String hostName(Class<?> lambda) {
    String name = lambda.getName();
    return name.substring(0, name.indexOf(HIDDEN_NAME));
  }
}

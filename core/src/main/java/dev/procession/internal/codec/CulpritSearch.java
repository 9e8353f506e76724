package dev.procession.internal.codec;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A search for the object that keeps a graph from crossing, nearest first.
 *
 * <p>Goes where a serializer goes: captured arguments, fields, elements. Of the JDK's own classes
 * it looks into the usual containers only, as their fields are closed.
 */
final class CulpritSearch {
  private static final int MAX_OBJECTS = 100_000;
  private static final int MAX_SHOWN = 12;

  /**
   * An object on the way.
   *
   * @param edge how the parent holds it: a {@link Field}, or a text such as {@code element 3}
   */
  record Step(@Nullable Step parent, Object value, Object edge) {

    /** The way from the root to this object, in words; the middle of a long one is left out. */
    String path() {
      ArrayDeque<Step> steps = new ArrayDeque<>();
      for (Step step = this; step != null; step = step.parent) {
        steps.addFirst(step);
      }
      int left = steps.size();
      StringJoiner path = new StringJoiner(" → ");
      for (Step step : steps) {
        if (steps.size() <= MAX_SHOWN
            || left > steps.size() - MAX_SHOWN / 2
            || left <= MAX_SHOWN / 2) {
          path.add(step.text());
        } else if (left == MAX_SHOWN / 2 + 1) {
          path.add("... " + (steps.size() - MAX_SHOWN) + " more");
        }
        left--;
      }
      return path.toString();
    }

    private String text() {
      LambdaSite lambda = LambdaSite.of(value);
      if (edge instanceof Field field) {
        return "field '" + field.getName() + "' (" + fieldType(field, lambda) + ")";
      }
      String type = lambda == null ? value.getClass().getTypeName() : lambda.text();
      if (parent == null && lambda != null && edge.equals("task")) {
        return type;
      }
      return edge + " (" + type + ")";
    }

    private String fieldType(Field field, @Nullable LambdaSite lambda) {
      String declared = field.getType().getTypeName();
      String actual = lambda == null ? value.getClass().getTypeName() : lambda.text();
      boolean telling = !declared.equals(actual) && !Proxy.isProxyClass(value.getClass());
      return telling ? declared + ", here " + actual : declared;
    }
  }

  private final Predicate<Object> culprit;
  private final Queue<Step> open = new ArrayDeque<>();
  private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());

  private CulpritSearch(Predicate<Object> culprit) {
    this.culprit = culprit;
  }

  /** The way to the nearest object that the predicate accepts; null when none was found. */
  static @Nullable Step find(Iterable<Step> roots, Predicate<Object> culprit) {
    CulpritSearch search = new CulpritSearch(culprit);
    for (Step root : roots) {
      search.enqueue(root);
    }
    return search.run();
  }

  private @Nullable Step run() {
    while (!open.isEmpty()) {
      Step step = open.remove();
      if (culprit.test(step.value)) {
        return step;
      }
      try {
        expand(step);
      } catch (RuntimeException | LinkageError e) {
        // A container that changes while it is read, a field type that is missing: look elsewhere.
      }
    }
    return null;
  }

  private void expand(Step step) {
    Object value = step.value;
    Class<?> type = value.getClass();
    LambdaSite lambda = LambdaSite.of(value);
    if (value instanceof Enum<?>) {
      return; // it crosses by its name
    }
    if (lambda != null) {
      for (int i = 0; i < lambda.captured().size(); i++) {
        add(step, lambda.captured().get(i), "captured argument " + i);
      }
    } else if (Proxy.isProxyClass(type)) {
      add(step, Proxy.getInvocationHandler(value), "invocation handler");
    } else if (type.isArray()) {
      expandArray(step, type);
    } else if (CrossingRule.isOfJdk(type)) {
      expandContainer(step);
    } else {
      expandFields(step, type);
    }
  }

  private void expandArray(Step step, Class<?> type) {
    if (type.getComponentType().isPrimitive()) {
      return;
    }
    for (int i = 0; i < Array.getLength(step.value) && !isFull(); i++) {
      add(step, Array.get(step.value, i), "element " + i);
    }
  }

  private void expandContainer(Step step) {
    if (step.value instanceof Collection<?> elements) {
      int i = 0;
      for (Object element : elements) {
        if (isFull()) {
          return;
        }
        add(step, element, "element " + i++);
      }
    } else if (step.value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        if (isFull()) {
          return;
        }
        add(step, entry.getKey(), "key");
        add(step, entry.getValue(), "value");
      }
    } else if (step.value instanceof Map.Entry<?, ?> entry) {
      add(step, entry.getKey(), "key");
      add(step, entry.getValue(), "value");
    } else if (step.value instanceof Optional<?> optional) {
      add(step, optional.orElse(null), "value");
    } else if (step.value instanceof AtomicReference<?> reference) {
      add(step, reference.get(), "value");
    }
  }

  private void expandFields(Step step, Class<?> type) {
    for (Class<?> c = type; c != null && !CrossingRule.isOfJdk(c); c = c.getSuperclass()) {
      for (Field field : c.getDeclaredFields()) {
        int modifiers = field.getModifiers();
        if (Modifier.isStatic(modifiers)
            || Modifier.isTransient(modifiers)
            || field.getType().isPrimitive()) {
          continue;
        }
        if (field.trySetAccessible()) {
          add(step, valueOf(field, step.value), field);
        }
      }
    }
    if (step.value instanceof Collection<?> || step.value instanceof Map<?, ?>) {
      expandContainer(step); // the elements may lie in a superclass of the JDK
    }
  }

  private static @Nullable Object valueOf(Field field, Object owner) {
    try {
      return field.get(owner);
    } catch (IllegalAccessException e) {
      return null;
    }
  }

  private void add(Step parent, @Nullable Object value, Object edge) {
    if (value != null) {
      enqueue(new Step(parent, value, edge));
    }
  }

  private void enqueue(Step step) {
    if (!isFull() && seen.add(step.value)) {
      open.add(step);
    }
  }

  private boolean isFull() {
    return seen.size() >= MAX_OBJECTS;
  }
}

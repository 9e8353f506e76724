package dev.procession.cli.function;

import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a function returned, as what JSON knows: texts, numbers, truth values, lists, maps and null.
 * Made in the worker, so that the parent needs no class of the user's.
 */
final class PlainValue {
  /** Something that contains itself would never end. */
  private static final int DEEPEST = 64;

  private PlainValue() {}

  static @Nullable Object of(@Nullable Object value) {
    return of(value, 0);
  }

  private static @Nullable Object of(@Nullable Object value, int depth) {
    if (depth > DEEPEST) {
      throw new IllegalArgumentException(
          "the result is nested more than " + DEEPEST + " deep; does it contain itself?");
    }
    if (value == null || value instanceof String || value instanceof Boolean) {
      return value;
    }
    if (value instanceof Number number) {
      return ofNumber(number);
    }
    if (value instanceof Enum<?> constant) {
      return constant.name();
    }
    if (value instanceof Optional<?> optional) {
      return of(optional.orElse(null), depth);
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> plain = new LinkedHashMap<>();
      map.forEach((key, of) -> plain.put(String.valueOf(key), of(of, depth + 1)));
      return plain;
    }
    if (value instanceof Record composed) {
      return ofRecord(composed, depth);
    }
    if (value instanceof Path path) { // which is an Iterable of paths
      return path.toString();
    }
    if (value instanceof Iterable<?> values) {
      List<@Nullable Object> plain = new ArrayList<>();
      values.forEach(element -> plain.add(of(element, depth + 1)));
      return plain;
    }
    if (value.getClass().isArray()) {
      List<@Nullable Object> plain = new ArrayList<>();
      for (int i = 0; i < Array.getLength(value); i++) {
        plain.add(of(Array.get(value, i), depth + 1));
      }
      return plain;
    }
    return value.toString();
  }

  /** JSON has no NaN and no infinity; they are told as texts. */
  private static Object ofNumber(Number number) {
    boolean fractional = number instanceof Double || number instanceof Float;
    if (fractional && !Double.isFinite(number.doubleValue())) {
      return number.toString();
    }
    boolean known =
        fractional
            || number instanceof Long
            || number instanceof Integer
            || number instanceof Short
            || number instanceof Byte
            || number instanceof BigInteger
            || number instanceof BigDecimal;
    return known ? number : number.toString(); // an AtomicLong, say, or a class of the user's
  }

  private static Object ofRecord(Record composed, int depth) {
    Map<String, @Nullable Object> plain = new LinkedHashMap<>();
    for (RecordComponent component : composed.getClass().getRecordComponents()) {
      try {
        var accessor = component.getAccessor();
        accessor.setAccessible(true); // a record's class need not be public
        plain.put(component.getName(), of(accessor.invoke(composed), depth + 1));
      } catch (IllegalAccessException | InvocationTargetException | RuntimeException e) {
        throw new IllegalArgumentException(
            "component '" + component.getName() + "' of the result cannot be read", e);
      }
    }
    return plain;
  }
}

package dev.procession.cli.function;

import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes of a plain value what a parameter wants. Happens in the worker, since it may run code of
 * the user's.
 */
final class Conversion {
  private static final Map<Class<?>, Class<?>> BOXES =
      Map.of(
          boolean.class, Boolean.class,
          char.class, Character.class,
          byte.class, Byte.class,
          short.class, Short.class,
          int.class, Integer.class,
          long.class, Long.class,
          float.class, Float.class,
          double.class, Double.class);

  /** Names of static methods that make an object of a text. */
  private static final List<String> FACTORIES = List.of("valueOf", "of", "parse", "fromString");

  private Conversion() {}

  /**
   * Converts a value.
   *
   * @throws BadInputException if that is not possible; its message says which value and what for
   */
  static @Nullable Object convert(@Nullable Object plain, Type wanted) {
    Class<?> type = rawType(wanted);
    if (plain == null) {
      if (type.isPrimitive()) {
        throw new BadInputException("null is no " + type.getName());
      }
      return type == Optional.class ? Optional.empty() : null;
    }
    if (type == Optional.class) {
      return Optional.ofNullable(convert(plain, argument(wanted, 0)));
    }
    if (type == Object.class) {
      return plain;
    }
    if (plain instanceof Map<?, ?> map) {
      return ofMap(map, wanted, type);
    }
    if (plain instanceof List<?> list) {
      return ofList(list, wanted, type);
    }
    if (type == String.class || type == CharSequence.class) {
      return plain.toString();
    }
    return ofScalar(plain, BOXES.getOrDefault(type, type));
  }

  /* ---- Texts, numbers, truth values ---- */

  private static Object ofScalar(Object plain, Class<?> type) {
    if (type.isInstance(plain)) {
      return plain;
    }
    try {
      Object number = ofNumber(plain, type);
      if (number != null) {
        return number;
      }
      if (type == Boolean.class) {
        return truth(plain);
      }
      if (type == Character.class && plain.toString().length() == 1) {
        return plain.toString().charAt(0);
      }
      if (type.isEnum()) {
        return constant(plain.toString(), type);
      }
      return ofText(plain.toString(), type);
    } catch (NumberFormatException | ArithmeticException e) {
      throw notA(plain, type, e);
    }
  }

  private static @Nullable Object ofNumber(Object plain, Class<?> type) {
    if (type == Double.class) {
      return Double.valueOf(plain.toString().strip());
    }
    if (type == Float.class) {
      return Float.valueOf(plain.toString().strip());
    }
    if (!Number.class.isAssignableFrom(type)) {
      return null;
    }
    BigDecimal exact = new BigDecimal(plain.toString().strip());
    if (type == Long.class) {
      return exact.longValueExact();
    }
    if (type == Integer.class) {
      return exact.intValueExact();
    }
    if (type == Short.class) {
      return exact.shortValueExact();
    }
    if (type == Byte.class) {
      return exact.byteValueExact();
    }
    if (type == BigInteger.class) {
      return exact.toBigIntegerExact();
    }
    return type == BigDecimal.class || type == Number.class ? exact : null;
  }

  private static Boolean truth(Object plain) {
    return switch (plain.toString().strip().toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw notA(plain, Boolean.class, null);
    };
  }

  private static Object constant(String text, Class<?> type) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> ((Enum<?>) constant).name().equalsIgnoreCase(text.strip()))
        .findFirst()
        .orElseThrow(
            () ->
                new BadInputException(
                    "'"
                        + text
                        + "' is none of "
                        + Arrays.stream(type.getEnumConstants())
                            .map(constant -> ((Enum<?>) constant).name())
                            .collect(Collectors.joining(", "))));
  }

  /** By the type's own way to read a text: a path, a date, a class of the user's. */
  private static Object ofText(String text, Class<?> type) {
    try {
      for (String name : FACTORIES) {
        for (Class<?> taken : List.of(String.class, CharSequence.class)) {
          Method factory = staticMethod(type, name, taken);
          if (factory != null) {
            return Objects.requireNonNull(factory.invoke(null, text));
          }
        }
      }
      if (type == Path.class) {
        return Path.of(text);
      }
      for (Constructor<?> constructor : type.getConstructors()) {
        if (Arrays.equals(constructor.getParameterTypes(), new Class<?>[] {String.class})) {
          return constructor.newInstance(text);
        }
      }
    } catch (InvocationTargetException e) {
      throw notA(text, type, e.getCause());
    } catch (ReflectiveOperationException e) {
      throw notA(text, type, e);
    }
    throw new BadInputException(
        "no way is known to make a " + type.getName() + " of the text '" + shortened(text) + "'");
  }

  private static @Nullable Method staticMethod(Class<?> type, String name, Class<?> taken) {
    try {
      Method method = type.getMethod(name, taken);
      boolean fits =
          Modifier.isStatic(method.getModifiers()) && type.isAssignableFrom(method.getReturnType());
      return fits ? method : null;
    } catch (NoSuchMethodException e) {
      return null;
    }
  }

  /* ---- Maps and lists ---- */

  private static Object ofMap(Map<?, ?> map, Type wanted, Class<?> type) {
    if (type.isAssignableFrom(LinkedHashMap.class)) {
      Type of = argument(wanted, 1);
      Map<@Nullable Object, @Nullable Object> made = new LinkedHashMap<>();
      map.forEach((key, value) -> made.put(convert(key, argument(wanted, 0)), convert(value, of)));
      return made;
    }
    if (type.isRecord()) {
      return ofComponents(map, type);
    }
    throw notA(map, type, null);
  }

  private static Object ofComponents(Map<?, ?> map, Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    @Nullable Object[] values = new @Nullable Object[components.length];
    Map<String, @Nullable Object> byName = Arguments.byNormalName(map);
    for (int i = 0; i < components.length; i++) {
      String name = components[i].getName();
      String key = Arguments.normal(name);
      if (!byName.containsKey(key) && components[i].getType() != Optional.class) {
        throw new BadInputException(
            "'" + name + "' of " + type.getSimpleName() + " is missing among " + map.keySet());
      }
      values[i] = named(name, byName.get(key), components[i].getGenericType());
    }
    try {
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      throw notA(map, type, e.getCause());
    } catch (ReflectiveOperationException e) {
      throw notA(map, type, e);
    }
  }

  /** Converts a value that has a name, which the message of a failure then says. */
  static @Nullable Object named(String name, @Nullable Object plain, Type wanted) {
    try {
      return convert(plain, wanted);
    } catch (BadInputException e) {
      throw new BadInputException("'" + name + "': " + e.getMessage(), e.getCause());
    }
  }

  private static Object ofList(List<?> list, Type wanted, Class<?> type) {
    if (type.isArray()) {
      Object array = Array.newInstance(type.getComponentType(), list.size());
      for (int i = 0; i < list.size(); i++) {
        Array.set(array, i, convert(list.get(i), type.getComponentType()));
      }
      return array;
    }
    Collection<@Nullable Object> made;
    if (type.isAssignableFrom(ArrayList.class)) {
      made = new ArrayList<>();
    } else if (type == Set.class) {
      made = new LinkedHashSet<>();
    } else {
      throw notA(list, type, null);
    }
    Type of = argument(wanted, 0);
    list.forEach(element -> made.add(convert(element, of)));
    return made;
  }

  private static Class<?> rawType(Type type) {
    if (type instanceof Class<?> known) {
      return known;
    }
    return type instanceof ParameterizedType generic ? rawType(generic.getRawType()) : Object.class;
  }

  private static Type argument(Type type, int index) {
    return type instanceof ParameterizedType generic
        ? generic.getActualTypeArguments()[index]
        : Object.class;
  }

  private static BadInputException notA(Object plain, Class<?> type, @Nullable Throwable cause) {
    String why = cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage();
    boolean said = cause instanceof NumberFormatException; // which only says the text once more
    return new BadInputException(
        "'" + shortened(plain.toString()) + "' is no " + type.getSimpleName() + (said ? "" : why),
        cause);
  }

  private static String shortened(String text) {
    return text.length() <= 80 ? text : text.substring(0, 79) + "…";
  }
}

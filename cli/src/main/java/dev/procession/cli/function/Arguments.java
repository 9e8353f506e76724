package dev.procession.cli.function;

import java.lang.reflect.Executable;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which part of an input is which argument: a row's columns and an object's members by the names of
 * the parameters, where these are known, otherwise in order; a list's elements in order; anything
 * whole, where there is one parameter that takes it.
 */
final class Arguments {
  private Arguments() {}

  /**
   * The arguments that an input makes.
   *
   * @throws BadInputException if it does not fit; the message says why
   */
  static @Nullable Object[] of(@Nullable Object plain, Executable called) {
    Parameter[] parameters = called.getParameters();
    if (parameters.length == 1 && takesWhole(parameters[0].getType(), plain)) {
      return new @Nullable Object[] {
        Conversion.convert(plain, parameters[0].getParameterizedType())
      };
    }
    if (plain instanceof Map<?, ?> map) {
      return ofMembers(map, parameters);
    }
    List<?> values =
        plain instanceof List<?> list ? list : plain == null ? List.of() : List.of(plain);
    if (values.size() != parameters.length) {
      throw new BadInputException(
          "it has " + counted(values.size(), "value") + ", but " + called(parameters) + " wanted");
    }
    return converted(values, parameters);
  }

  private static boolean takesWhole(Class<?> type, @Nullable Object plain) {
    boolean any = type == Object.class;
    if (plain instanceof Map) {
      return any || Map.class.isAssignableFrom(type) || type.isRecord();
    }
    if (plain instanceof List) {
      return any || type.isArray() || Iterable.class.isAssignableFrom(type);
    }
    return plain != null;
  }

  private static @Nullable Object[] ofMembers(Map<?, ?> map, Parameter[] parameters) {
    List<@Nullable Object> values = inOrder(map, parameters);
    if (values == null) {
      throw new BadInputException(
          "its names are "
              + map.keySet().stream().map(String::valueOf).collect(Collectors.joining(", "))
              + ", but "
              + called(parameters)
              + " wanted");
    }
    return converted(values, parameters);
  }

  /** The members that the parameters name, or all of them if nothing is known of names. */
  private static @Nullable List<@Nullable Object> inOrder(Map<?, ?> map, Parameter[] parameters) {
    if (!haveNames(parameters)) {
      return map.size() == parameters.length ? new ArrayList<>(map.values()) : null;
    }
    Map<String, @Nullable Object> byName = byNormalName(map);
    List<@Nullable Object> values = new ArrayList<>();
    for (Parameter parameter : parameters) {
      String name = normal(parameter.getName());
      if (!byName.containsKey(name)) {
        return null;
      }
      values.add(byName.get(name));
    }
    return values;
  }

  /**
   * What there is against calling it with rows of these columns, or null if there is nothing.
   *
   * @param columns names of the columns
   */
  static @Nullable String refusal(Collection<String> columns, Executable called) {
    Parameter[] parameters = called.getParameters();
    if (parameters.length == 1) {
      Class<?> type = parameters[0].getType();
      if (type == Object.class || Map.class.isAssignableFrom(type)) {
        return null;
      }
      if (type.isRecord()) {
        return missing(columns, type);
      }
    }
    Map<String, Integer> row = new TreeMap<>();
    columns.forEach(column -> row.put(column, 0));
    return inOrder(row, parameters) != null
        ? null
        : "the columns are "
            + String.join(", ", columns)
            + ", but "
            + called(parameters)
            + " wanted";
  }

  private static @Nullable String missing(Collection<String> columns, Class<?> composed) {
    List<String> names = columns.stream().map(Arguments::normal).toList();
    return Arrays.stream(composed.getRecordComponents())
        .filter(component -> component.getType() != Optional.class)
        .map(RecordComponent::getName)
        .filter(name -> !names.contains(normal(name)))
        .findFirst()
        .map(
            name ->
                "'"
                    + name
                    + "' of "
                    + composed.getSimpleName()
                    + " is missing among the columns "
                    + String.join(", ", columns))
        .orElse(null);
  }

  private static boolean haveNames(Parameter[] parameters) {
    return Arrays.stream(parameters).allMatch(Parameter::isNamePresent);
  }

  static Map<String, @Nullable Object> byNormalName(Map<?, ?> map) {
    Map<String, @Nullable Object> byName = new HashMap<>();
    map.forEach((key, value) -> byName.put(normal(String.valueOf(key)), value));
    return byName;
  }

  /** {@code page_count}, {@code page-count} and {@code pageCount} are the same name. */
  static String normal(String name) {
    return name.strip().replaceAll("[_\\- ]", "").toLowerCase(Locale.ROOT);
  }

  private static @Nullable Object[] converted(List<?> values, Parameter[] parameters) {
    @Nullable Object[] arguments = new @Nullable Object[parameters.length];
    for (int i = 0; i < parameters.length; i++) {
      Type type = parameters[i].getParameterizedType();
      arguments[i] = Conversion.named(parameters[i].getName(), values.get(i), type);
    }
    return arguments;
  }

  /** {@code 2 are: String title, int pages}. */
  private static String called(Parameter[] parameters) {
    if (parameters.length == 0) {
      return "none is";
    }
    boolean named = haveNames(parameters);
    String each =
        IntStream.range(0, parameters.length)
            .mapToObj(
                i ->
                    parameters[i].getType().getSimpleName()
                        + (named ? " " + parameters[i].getName() : ""))
            .collect(Collectors.joining(", "));
    return parameters.length + (parameters.length == 1 ? " is: " : " are: ") + each;
  }

  private static String counted(int count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }
}

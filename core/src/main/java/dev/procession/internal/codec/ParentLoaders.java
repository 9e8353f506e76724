package dev.procession.internal.codec;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The loaders of a parent, whose numbers are those of the {@link LoaderTable}.
 *
 * @param own what is said to be of no loader in particular is found by this one
 */
public record ParentLoaders(ClassLoader own) implements CodeLoaders {
  private static final int MOST_LOOKED_AT = 16;

  @Override
  public ClassLoader loader(int number) throws ClassNotFoundException {
    if (number == OWN) {
      return own;
    }
    ClassLoader loader = LoaderTable.loader(number);
    if (loader == null) {
      throw new ClassNotFoundException("class loader " + number + " is gone");
    }
    return loader;
  }

  @Override
  public boolean areChecked() {
    return true;
  }

  @Override
  public Route route(@Nullable Object value, int code) {
    int number = code;
    // The parts of a call; of what is larger the writer finds out.
    if (value instanceof Object[] parts && parts.length <= MOST_LOOKED_AT) {
      for (Object part : parts) {
        number = part == null ? number : with(number, part.getClass());
      }
    }
    return route(value == null ? number : with(number, value.getClass()));
  }

  private static int with(int number, Class<?> type) {
    int further = LoaderTable.numberOf(type);
    if (further == OWN || further == number) {
      return number;
    }
    if (number == OWN) {
      return further;
    }
    Set<Integer> members = new LinkedHashSet<>(LoaderTable.members(number));
    return members.add(further) ? LoaderTable.numberOf(members) : number;
  }

  private static Route route(int number) {
    return number == OWN ? Route.OWN : new Route(number, LoaderTable.loader(number));
  }

  @Override
  public Route widened(Route route, Class<?> foreign) throws ClassNotFoundException {
    Route wider = route(with(route.number(), foreign));
    if (wider.number() == route.number()
        || wider.loader() == null
        || !LoaderTable.finds(wider.loader(), foreign)) {
      throw new ClassNotFoundException(
          foreign.getName()
              + ": two classes have this name, one of "
              + describe(foreign.getClassLoader())
              + " and one that is found by "
              + describe(route.loader())
              + "; they cannot cross in one task");
    }
    return wider;
  }

  /** A loader for people. */
  static String describe(@Nullable ClassLoader loader) {
    return loader == null ? "the class path" : String.valueOf(loader);
  }
}

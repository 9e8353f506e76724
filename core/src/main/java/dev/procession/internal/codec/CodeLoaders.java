package dev.procession.internal.codec;

import org.jspecify.annotations.Nullable;

/**
 * Through which class loaders the classes of a call are found, in either process. Any thread may
 * call it.
 *
 * <p>A loader of the parent, or several of them in a row, has a number, which crosses with what it
 * is to be read by. {@link #OWN} is never said: these are the classes of the class path.
 */
public interface CodeLoaders {
  /** The number of a process's own loader. */
  int OWN = 0;

  /**
   * By what a value is to be read.
   *
   * @param number the number to be said with it
   * @param loader finds its classes where it is written; null for own classes only
   */
  record Route(int number, @Nullable ClassLoader loader) {
    /** Own classes. */
    public static final Route OWN = new Route(CodeLoaders.OWN, null);
  }

  /** The loader of {@link #OWN}. */
  ClassLoader own();

  /**
   * The loader behind a number.
   *
   * @throws ClassNotFoundException if it is gone
   */
  ClassLoader loader(int number) throws ClassNotFoundException;

  /** Whether what is written is checked for classes that its reader would not find. */
  boolean areChecked();

  /**
   * The route of a value.
   *
   * @param value what is written; of an array its elements count
   * @param code the number of the loader of the code that is to have it
   */
  Route route(@Nullable Object value, int code);

  /**
   * A route on which a further class is found.
   *
   * @param foreign a class that was met in the value and is not found on this route
   * @throws ClassNotFoundException if there is none: this route has another class of that name
   */
  Route widened(Route route, Class<?> foreign) throws ClassNotFoundException;

  /** Everything by one loader. */
  static CodeLoaders of(ClassLoader loader) {
    return new CodeLoaders() {
      @Override
      public ClassLoader own() {
        return loader;
      }

      @Override
      public ClassLoader loader(int number) {
        return loader;
      }

      @Override
      public boolean areChecked() {
        return false;
      }

      @Override
      public Route route(@Nullable Object value, int code) {
        return Route.OWN;
      }

      @Override
      public Route widened(Route route, Class<?> foreign) {
        return Route.OWN;
      }
    };
  }
}

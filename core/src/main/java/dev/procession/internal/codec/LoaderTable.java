package dev.procession.internal.codec;

import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The class loaders of this JVM's tasks, numbered: workers know them by these numbers. One table
 * for all pools. It holds on to no loader, and a number is never given twice.
 *
 * <p>Any thread may call any method.
 */
public final class LoaderTable {
  // Guarded by the class.
  private static final Map<Key, Entry> BY_LOADER = new HashMap<>();
  private static final Map<List<Integer>, Integer> ROWS = new HashMap<>();
  private static final Map<Integer, Numbered> BY_NUMBER = new HashMap<>();
  private static int last = CodeLoaders.OWN;

  private static final List<IntConsumer> RELEASE_LISTENERS = new CopyOnWriteArrayList<>();

  private static final ClassValue<Entry> ENTRIES =
      new ClassValue<>() {
        @Override
        protected Entry computeValue(Class<?> type) {
          return entryOf(elementType(type));
        }
      };

  private static final Entry OWN = new Entry(null, null, CodeLoaders.OWN);

  private LoaderTable() {}

  /** What a number stands for. */
  private sealed interface Numbered permits Entry, Row {
    @Nullable ClassLoader loader();
  }

  /** One loader. */
  static final class Entry implements Numbered {
    private final @Nullable Key loader;
    private final @Nullable WeakReference<Class<?>> anchor;
    private final @Nullable ServedClasses served;
    private volatile int number;

    private Entry(@Nullable Key loader, @Nullable Class<?> anchor, int number) {
      this.loader = loader;
      this.anchor = anchor == null ? null : new WeakReference<>(anchor);
      this.number = number;
      ClassLoader own = loader == null ? null : loader.get();
      this.served = own != null && ServedClasses.mayChange(own) ? new ServedClasses() : null;
    }

    /** The loader's number; another one once classes that it has given away have changed. */
    int number() {
      if (served != null && loader != null && served.haveChanged(loader.get())) {
        renumber(this);
      }
      return number;
    }

    @Override
    public @Nullable ClassLoader loader() {
      return loader == null ? null : loader.get();
    }
  }

  /** Several loaders, which are asked one after another. */
  private static final class Row implements Numbered {
    private final List<Integer> members;
    private WeakReference<SeveralLoaders> made = new WeakReference<>(null); // guarded by the table

    Row(List<Integer> members) {
      this.members = members;
    }

    @Override
    public @Nullable ClassLoader loader() {
      return loaderOf(this);
    }
  }

  /** A loader by identity, whatever its own {@code equals} says. */
  private static final class Key extends WeakReference<ClassLoader> {
    private final int hash;

    Key(ClassLoader loader) {
      super(loader);
      this.hash = System.identityHashCode(loader);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return this == other || (other instanceof Key key && get() != null && key.refersTo(get()));
    }
  }

  /* ---- Numbers ---- */

  /** The number of the loader that defined a class. */
  public static int numberOf(Class<?> type) {
    return ENTRIES.get(type).number();
  }

  static Entry entry(Class<?> type) {
    return ENTRIES.get(type);
  }

  private static Class<?> elementType(Class<?> type) {
    Class<?> element = type;
    while (element.isArray()) {
      element = element.getComponentType();
    }
    return element;
  }

  private static Entry entryOf(Class<?> type) {
    ClassLoader loader = type.getClassLoader();
    if (isOwn(loader)) {
      return OWN;
    }
    synchronized (LoaderTable.class) {
      Entry known = BY_LOADER.get(new Key(loader));
      if (known == null) {
        Key key = new Key(loader);
        known = new Entry(key, type, ++last);
        BY_LOADER.put(key, known);
        BY_NUMBER.put(last, known);
        var unused =
            Collected.CLEANER.register(loader, () -> numbersOf(key).forEach(LoaderTable::release));
      }
      return known;
    }
  }

  private static synchronized @Nullable ClassLoader loaderOf(Row row) {
    SeveralLoaders known = row.made.get();
    if (known == null) {
      List<ClassLoader> loaders = new ArrayList<>();
      for (int member : row.members) {
        Numbered numbered = BY_NUMBER.get(member);
        ClassLoader loader = numbered == null ? null : numbered.loader();
        if (loader == null) {
          return null;
        }
        loaders.add(loader);
      }
      known = new SeveralLoaders(loaders);
      row.made = new WeakReference<>(known);
    }
    return known;
  }

  private static void renumber(Entry entry) {
    synchronized (LoaderTable.class) {
      // The number before stays good: calls that were written with it may be on their way.
      entry.number = ++last;
      BY_NUMBER.put(last, entry);
    }
  }

  /** Whether it is the loader of the class path, or one that this delegates to. */
  public static boolean isOwn(@Nullable ClassLoader loader) {
    if (loader == null) {
      return true;
    }
    for (ClassLoader own = ClassLoader.getSystemClassLoader(); own != null; own = own.getParent()) {
      if (own == loader) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a loader finds by its name this very class, or what makes it again where it is read.
   */
  public static boolean finds(ClassLoader loader, Class<?> type) {
    ClassLoader definer = type.getClassLoader();
    if (definer == null || definer == loader) {
      return true;
    }
    if (Proxy.isProxyClass(type)) {
      return Arrays.stream(type.getInterfaces()).allMatch(of -> finds(loader, of));
    }
    Class<?> named =
        type.isHidden() ? type.getNestHost() : type; // of a lambda, where it was written
    try {
      return Class.forName(named.getName(), /* initialize= */ false, loader) == named;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }

  /** The number of loaders in a row, without those that are there twice or need none. */
  static int numberOf(Set<Integer> numbers) {
    if (numbers.isEmpty()) {
      return CodeLoaders.OWN;
    }
    if (numbers.size() == 1) {
      return numbers.iterator().next();
    }
    List<Integer> row = List.copyOf(numbers);
    synchronized (LoaderTable.class) {
      Integer known = ROWS.get(row);
      if (known == null) {
        known = ++last;
        ROWS.put(row, known);
        BY_NUMBER.put(known, new Row(row));
      }
      return known;
    }
  }

  /** The number for classes of two numbers, which are looked for in this order. */
  public static int numberOf(int first, int second) {
    Set<Integer> both = new LinkedHashSet<>(members(first));
    both.addAll(members(second));
    return numberOf(both);
  }

  /** The members of a row, or the number itself; none of {@link CodeLoaders#OWN}. */
  static Set<Integer> members(int number) {
    Set<Integer> members = new LinkedHashSet<>();
    synchronized (LoaderTable.class) {
      if (BY_NUMBER.get(number) instanceof Row row) {
        members.addAll(row.members);
      } else if (number != CodeLoaders.OWN) {
        members.add(number);
      }
    }
    return members;
  }

  /** The loader behind a number, or null if it is gone. */
  public static @Nullable ClassLoader loader(int number) {
    Numbered numbered;
    synchronized (LoaderTable.class) {
      numbered = BY_NUMBER.get(number);
    }
    return numbered == null ? null : numbered.loader();
  }

  /** A class of that loader: what is kept with the class is kept as long as the loader. */
  static @Nullable Class<?> anchor(ClassLoader loader) {
    synchronized (LoaderTable.class) {
      Entry entry = BY_LOADER.get(new Key(loader));
      return entry == null || entry.anchor == null ? null : entry.anchor.get();
    }
  }

  /** A worker was given this class of a loader, with these bytes. */
  public static void served(Class<?> type, byte[] bytes) {
    ServedClasses served = ENTRIES.get(type).served;
    if (served != null) {
      served.add(type.getName(), bytes);
    }
  }

  /* ---- Release ---- */

  /** Is told of each number that nobody will use any more, on any thread. */
  public static void addReleaseListener(IntConsumer listener) {
    RELEASE_LISTENERS.add(listener);
  }

  /** The opposite of {@link #addReleaseListener}. */
  public static void removeReleaseListener(IntConsumer listener) {
    RELEASE_LISTENERS.remove(listener);
  }

  /** Forgets a loader; returns the numbers that it has had. */
  private static synchronized List<Integer> numbersOf(Key gone) {
    Entry entry = BY_LOADER.remove(gone);
    return BY_NUMBER.entrySet().stream()
        .filter(numbered -> numbered.getValue() == entry)
        .map(Map.Entry::getKey)
        .toList();
  }

  private static void release(int number) {
    List<Integer> released = new ArrayList<>();
    synchronized (LoaderTable.class) {
      BY_NUMBER.remove(number);
      released.add(number);
      ROWS.entrySet()
          .removeIf(
              row -> {
                boolean ends = row.getKey().contains(number);
                if (ends) {
                  BY_NUMBER.remove(row.getValue());
                  released.add(row.getValue());
                }
                return ends;
              });
    }
    for (int ended : released) {
      LambdaTable.release(ended);
      RELEASE_LISTENERS.forEach(listener -> listener.accept(ended));
    }
  }

  /** Its thread is made with the first loader that has a number. */
  private static final class Collected {
    private static final Cleaner CLEANER = Cleaner.create();
  }
}

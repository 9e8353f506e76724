package dev.procession.internal.codec;

import dev.procession.RemoteTaskException;
import dev.procession.SharedBuffer;
import java.io.InvalidClassException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputFilter.FilterInfo;
import java.io.ObjectInputFilter.Status;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Questions to a filter that {@code ObjectInputStream} does not put. */
public final class ResultBounds {
  private static final String OURS = RemoteTaskException.class.getPackageName();

  /** What the JDK's throwables are made of. */
  private static final Set<String> OF_THROWABLES =
      Set.of(
          "java.lang.StackTraceElement",
          "java.util.ArrayList",
          "java.util.Collections$EmptyList",
          "java.util.Collections$UnmodifiableList",
          "java.util.Collections$UnmodifiableCollection",
          "java.util.Collections$UnmodifiableRandomAccessList");

  private ResultBounds() {}

  /**
   * Asks for the size of what is to be read, before it is: a stream asks only when it comes to a
   * further object.
   *
   * @param type of an array, null for anything else
   * @param elements of an array, -1 for anything else
   * @throws InvalidClassException if it is rejected
   */
  public static void check(
      ObjectInputFilter filter, @Nullable Class<?> type, long elements, long bytes)
      throws InvalidClassException {
    if (filter.checkInput(new Question(type, elements, 1, 1, bytes)) == Status.REJECTED) {
      throw new InvalidClassException(
          "filter status: REJECTED, " + bytes + (type == null ? " bytes" : " bytes in an array"));
    }
  }

  private record Question(
      @Nullable Class<?> serialClass,
      long arrayLength,
      long depth,
      long references,
      long streamBytes)
      implements FilterInfo {}

  /** Has the filter asked for the interface that its writer knows, not for what stands for it. */
  static ObjectInputFilter ofApi(ObjectInputFilter filter) {
    return info -> {
      Class<?> type = info.serialClass();
      boolean isBuffer =
          type == BufferReference.class
              || (type != null && BufferHandle.class.isAssignableFrom(type)); // what it becomes
      return filter.checkInput(
          isBuffer
              ? new Question(
                  SharedBuffer.class,
                  info.arrayLength(),
                  info.depth(),
                  info.references(),
                  info.streamBytes())
              : info);
    };
  }

  /** Lets exceptions of Procession and of the JDK's base pass as well: a worker's own reports. */
  public static @Nullable ObjectInputFilter withReports(@Nullable ObjectInputFilter filter) {
    if (filter == null) {
      return null;
    }
    return info -> {
      Class<?> type = info.serialClass();
      return type != null && isOfReports(type) ? Status.ALLOWED : filter.checkInput(info);
    };
  }

  private static boolean isOfReports(Class<?> type) {
    Class<?> element = type.isArray() ? type.getComponentType() : type;
    if (OF_THROWABLES.contains(element.getName())) {
      return true;
    }
    boolean known =
        element.getModule() == Object.class.getModule()
            || (element.getClassLoader() == ResultBounds.class.getClassLoader()
                && element.getPackageName().equals(OURS));
    return known && Throwable.class.isAssignableFrom(element);
  }
}

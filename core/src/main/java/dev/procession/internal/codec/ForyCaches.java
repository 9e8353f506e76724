package dev.procession.internal.codec;

import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.fory.serializer.Serializers;
import org.apache.fory.type.Descriptor;
import org.apache.fory.util.function.Functions;
import org.jspecify.annotations.Nullable;

/**
 * What Fory keeps of classes for the whole JVM. Most of it goes with the class; three caches of
 * version 1.6 do not: two hold it softly, which with gigabytes of free heap is for hours, one for
 * ever. They only save work when a further instance meets the class, so they are emptied of classes
 * that may have to go. Where Fory is a named module that cannot be done.
 */
final class ForyCaches {
  private static final List<Map<?, ?>> MAPS = maps();

  private ForyCaches() {}

  /** Forgets all classes but those of the class path. */
  static void forgetForeign() {
    for (Map<?, ?> map : MAPS) {
      for (Map.Entry<?, ?> entry : Set.copyOf(map.entrySet())) {
        Class<?> type = entry.getKey() instanceof Class<?> key ? key : entry.getValue().getClass();
        if (!LoaderTable.isOwn(type.getClassLoader())) {
          map.remove(entry.getKey());
        }
      }
    }
  }

  private static List<Map<?, ?>> maps() {
    List<Map<?, ?>> maps = new ArrayList<>();
    add(maps, Functions.class, "weakCache", "map");
    add(maps, Descriptor.class, "descCache", "cache");
    add(maps, Serializers.class, "CTR_MAP", "cache");
    return maps;
  }

  private static void add(List<Map<?, ?>> maps, Class<?> owner, String cache, String map) {
    Object held = get(owner, cache, null);
    if (held != null && get(held.getClass(), map, held) instanceof Map<?, ?> found) {
      maps.add(found);
    }
  }

  private static @Nullable Object get(Class<?> owner, String name, @Nullable Object of) {
    try {
      Field field = owner.getDeclaredField(name);
      field.setAccessible(true);
      return field.get(of);
    } catch (ReflectiveOperationException | InaccessibleObjectException | LinkageError e) {
      return null; // another version, or in a module that is not open to us
    }
  }
}

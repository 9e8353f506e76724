package dev.procession.internal.codec;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The classes that workers were given of a loader whose classes may change under their names: those
 * of JShell, where a method that is entered again replaces the code of its class. Safe for use by
 * several threads.
 */
final class ServedClasses {
  private final Map<String, byte[]> bytesByName = new HashMap<>(); // guarded by this

  /** Whether it is such a loader. */
  static boolean mayChange(ClassLoader loader) {
    return loader.getClass().getName().startsWith("jdk.jshell.");
  }

  synchronized void add(String className, byte[] bytes) {
    bytesByName.put(className, bytes);
  }

  /** Whether one of them is another now; then none has been given. */
  synchronized boolean haveChanged(@Nullable ClassLoader loader) {
    if (loader == null || bytesByName.isEmpty()) {
      return false;
    }
    for (Map.Entry<String, byte[]> served : bytesByName.entrySet()) {
      try (InputStream in =
          loader.getResourceAsStream(served.getKey().replace('.', '/') + ".class")) {
        if (in != null && !Arrays.equals(in.readAllBytes(), served.getValue())) {
          bytesByName.clear();
          return true;
        }
      } catch (IOException e) {
        // What cannot be read cannot be compared.
      }
    }
    return false;
  }
}

package dev.procession.internal.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/** What the worker of a training does. */
final class TrainingTasks {
  private static final String OWN = "dev/procession/";
  private static final String OF_PARENT = OWN + "internal/parent/";
  private static final String CLASS = ".class";

  private TrainingTasks() {}

  record Sample(int number, String text, List<String> list, Map<String, Double> map) {}

  /** Has an object come and another one go. */
  static Map<String, Object> describe(Sample sample) {
    return Map.of(sample.text, sample.list, "number", sample.number, "map", sample.map);
  }

  static Object fail() {
    throw new IllegalStateException("sample", new IOException());
  }

  /** Loads what a worker may need of Procession: everything but the parent's half. */
  static int loadOwnClasses() throws Exception {
    int loaded = 0;
    Path jar =
        Path.of(TrainingTasks.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (JarFile file = new JarFile(jar.toFile())) {
      for (Enumeration<JarEntry> entries = file.entries(); entries.hasMoreElements(); ) {
        String name = entries.nextElement().getName();
        if (name.startsWith(OWN) && !name.startsWith(OF_PARENT) && name.endsWith(CLASS)) {
          String type = name.substring(0, name.length() - CLASS.length()).replace('/', '.');
          loaded += load(type) ? 1 : 0;
        }
      }
    }
    return loaded;
  }

  private static boolean load(String type) {
    try {
      Class<?> loaded =
          Class.forName(type, /* initialize= */ false, TrainingTasks.class.getClassLoader());
      return loaded != null;
    } catch (ClassNotFoundException | LinkageError e) {
      return false; // it is for a library that not everybody has
    }
  }
}

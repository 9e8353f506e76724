package dev.procession.internal.parent;

import dev.procession.internal.agent.LoadedClassFiles;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.URLConnection;
import java.security.CodeSource;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The class files of loaded classes. Any thread may call it; runs code of the class's loader. */
final class ClassBytes {
  private ClassBytes() {}

  /** Where a class came from, or an empty text. */
  static String source(Class<?> type) {
    try {
      CodeSource source = type.getProtectionDomain().getCodeSource();
      URL location = source == null ? null : source.getLocation();
      return location == null ? "" : location.toString();
    } catch (RuntimeException e) {
      return "";
    }
  }

  /**
   * The class file.
   *
   * @throws IOException if it is not to be had; says why
   */
  static byte[] of(Class<?> type) throws IOException {
    URL file = resource(type);
    return file == null ? LoadedClassFiles.of(type) : read(file);
  }

  /*
   * A loader that looks at its own classes before its parent's often does so for classes only. Then the
   * resource of the same name may be the class file of another version, its parent's. Which is right is
   * known by where the class came from; where that is not known, what the parent has is not it.
   */
  private static @Nullable URL resource(Class<?> type) throws IOException {
    ClassLoader loader = type.getClassLoader();
    String name = type.getName().replace('.', '/') + ".class";
    if (loader == null) {
      return ClassLoader.getSystemResource(name);
    }
    if (loader instanceof URLClassLoader searched) {
      URL own = searched.findResource(name);
      if (own != null) {
        return own;
      }
    }
    String source = source(type);
    URL first = loader.getResource(name);
    if (first == null || (!source.isEmpty() && isIn(source, first))) {
      return first;
    }
    List<URL> all = Collections.list(loader.getResources(name));
    if (!source.isEmpty()) {
      for (URL url : all) {
        if (isIn(source, url)) {
          return url;
        }
      }
    }
    List<String> ofParent =
        Collections.list(parentOf(loader).getResources(name)).stream().map(URL::toString).toList();
    for (URL url : all) {
      if (!ofParent.contains(url.toString())) {
        return url;
      }
    }
    return null;
  }

  private static ClassLoader parentOf(ClassLoader loader) {
    ClassLoader parent = loader.getParent();
    return parent == null ? ClassLoader.getPlatformClassLoader() : parent;
  }

  private static boolean isIn(String source, URL url) {
    String text = url.toString();
    return text.startsWith(source) || text.startsWith("jar:" + source);
  }

  static byte[] read(URL url) throws IOException {
    URLConnection connection = url.openConnection();
    connection.setUseCaches(false); // or the jar would stay open, and could not be replaced
    try (InputStream in = connection.getInputStream()) {
      return in.readAllBytes();
    }
  }
}

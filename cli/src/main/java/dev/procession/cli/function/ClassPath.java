package dev.procession.cli.function;

import dev.procession.cli.Suggestion;
import dev.procession.cli.WrongUsageException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipException;

/** Where the user's classes are: checked folders and jars. Nothing of them is ever run here. */
public final class ClassPath implements AutoCloseable {
  /** More classes than this are not looked through for a similar name. */
  private static final int MOST_NAMES = 200_000;

  private final List<Path> entries;
  private final URLClassLoader loader;

  /**
   * Looks them over.
   *
   * @param own what this program itself is run from, where user's classes find Procession's
   * @throws WrongUsageException if one of the entries is not there or cannot be read
   */
  public ClassPath(List<Path> entries, List<Path> own) {
    this.entries = checked(entries);
    URL[] urls =
        Stream.concat(this.entries.stream(), own.stream()).map(ClassPath::url).toArray(URL[]::new);
    this.loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
  }

  /**
   * Those entries, each absolute.
   *
   * @throws WrongUsageException if one of them is not there or cannot be read
   */
  public static List<Path> checked(List<Path> entries) {
    entries.forEach(ClassPath::check);
    return entries.stream().map(Path::toAbsolutePath).toList();
  }

  /**
   * Splits what an option was given, and replaces a folder's {@code *} by its jars, as {@code java}
   * does.
   *
   * @throws WrongUsageException if a folder with a {@code *} is not there
   */
  public static List<Path> split(List<String> given) {
    List<Path> paths = new ArrayList<>();
    for (String path : given) {
      for (String entry : path.split(Pattern.quote(File.pathSeparator), -1)) {
        if (entry.equals("*") || entry.endsWith("/*") || entry.endsWith(File.separator + "*")) {
          paths.addAll(
              jarsIn(Path.of(entry.length() == 1 ? "." : entry.substring(0, entry.length() - 2))));
        } else {
          paths.add(Path.of(entry));
        }
      }
    }
    return paths;
  }

  private static List<Path> jarsIn(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      throw new WrongUsageException("no such folder: " + folder, e);
    }
  }

  private static void check(Path entry) {
    if (!Files.exists(entry)) {
      throw new WrongUsageException("no such file: " + entry + Suggestion.ofFile(entry));
    }
    if (!Files.isReadable(entry)) {
      throw new WrongUsageException("not readable: " + entry);
    }
    if (Files.isRegularFile(entry)) {
      try (JarFile jar = new JarFile(entry.toFile())) {
        jar.size();
      } catch (ZipException e) {
        throw new WrongUsageException("not a jar: " + entry + " (" + e.getMessage() + ")", e);
      } catch (IOException e) {
        throw new WrongUsageException("cannot read " + entry + ": " + e.getMessage(), e);
      }
    }
  }

  private static URL url(Path entry) {
    try {
      return entry.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new AssertionError(e); // every file has a URL
    }
  }

  /** The checked entries, each absolute. */
  public List<Path> entries() {
    return entries;
  }

  /**
   * Finds a class without initializing it.
   *
   * @throws WrongUsageException if it is not there or cannot be loaded
   */
  Class<?> load(String name) {
    try {
      return Class.forName(name, /* initialize= */ false, loader);
    } catch (ClassNotFoundException e) {
      throw new WrongUsageException("no class '" + name + "' " + where() + similar(name), e);
    } catch (LinkageError e) {
      throw new WrongUsageException("class '" + name + "' cannot be loaded: " + e, e);
    }
  }

  private String where() {
    return entries.isEmpty()
        ? "in the JDK; --class-path or --jar says where yours are"
        : "on the class path ("
            + String.join(", ", entries.stream().map(Path::toString).toList())
            + ")";
  }

  private String similar(String name) {
    Set<String> names = names();
    String simple = "." + name.substring(name.lastIndexOf('.') + 1);
    return names.stream()
        .filter(known -> ("." + known).endsWith(simple))
        .findFirst()
        .map(known -> "; did you mean '" + known + "'?")
        .orElseGet(() -> Suggestion.of(name, names));
  }

  /** Whether one of the user's entries has one of these files, such as a class of a library. */
  public boolean holdsAny(List<String> files) {
    return entries.stream().anyMatch(entry -> files.stream().anyMatch(file -> holds(entry, file)));
  }

  private static boolean holds(Path entry, String file) {
    if (Files.isDirectory(entry)) {
      return Files.exists(entry.resolve(file));
    }
    try (JarFile jar = new JarFile(entry.toFile())) {
      return jar.getEntry(file) != null;
    } catch (IOException e) {
      return false;
    }
  }

  private Set<String> names() {
    return namesIn(entries);
  }

  /** Names of the classes that are there and not nested ones. */
  static Set<String> namesIn(List<Path> entries) {
    Set<String> names = new LinkedHashSet<>();
    for (Path entry : entries) {
      try {
        if (Files.isDirectory(entry)) {
          try (Stream<Path> files = Files.walk(entry)) {
            files.limit(MOST_NAMES).forEach(file -> add(entry.relativize(file).toString(), names));
          }
        } else {
          try (JarFile jar = new JarFile(entry.toFile())) {
            jar.stream().limit(MOST_NAMES).forEach(file -> add(file.getName(), names));
          }
        }
      } catch (IOException | UncheckedIOException e) {
        // It only means that no name of it is suggested.
      }
    }
    return names;
  }

  private static void add(String file, Set<String> names) {
    if (file.endsWith(".class") && !file.contains("$") && !file.contains("-")) {
      names.add(
          file.substring(0, file.length() - ".class".length())
              .replace(File.separatorChar, '/')
              .replace('/', '.'));
    }
  }

  @Override
  public void close() throws IOException {
    loader.close();
  }
}

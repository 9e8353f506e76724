package dev.procession.examples.demo;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The class files of the running JDK, as its {@code jrt} file system shows them. */
final class ModuleImage {
  private static final String MODULES = "/modules";

  private ModuleImage() {}

  private static FileSystem jrt() {
    return FileSystems.getFileSystem(URI.create("jrt:/"));
  }

  static Path path(String file) {
    return jrt().getPath(file);
  }

  /** {@code java.base} of {@code /modules/java.base/java/lang/Object.class}. */
  static String moduleOf(Path file) {
    return file.getName(1).toString();
  }

  /** Every class file, sorted by module and name. */
  static List<String> classFiles() throws IOException {
    try (Stream<Path> files = Files.walk(path(MODULES))) {
      return files.map(Path::toString).filter(file -> file.endsWith(".class")).sorted().toList();
    }
  }

  /** At most that many of the files, taken evenly from the whole list. */
  static List<String> spread(List<String> files, int limit) {
    if (files.size() <= limit) {
      return files;
    }
    return IntStream.range(0, limit)
        .mapToObj(i -> files.get((int) ((long) i * files.size() / limit)))
        .toList();
  }
}

package dev.procession.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Directories that pools have made, in all places where they make them. */
public final class SharedFiles {
  private SharedFiles() {}

  /** What the pools of the JVM with that process id have made and not deleted. */
  public static List<Path> of(long pid) {
    List<Path> found = new ArrayList<>();
    Set<Path> bases = new LinkedHashSet<>();
    bases.add(Path.of("/dev/shm"));
    bases.add(Path.of(System.getProperty("java.io.tmpdir")));
    for (Path base : bases) {
      if (Files.isDirectory(base)) {
        try (DirectoryStream<Path> made =
            Files.newDirectoryStream(base, "procession-" + pid + "-*")) {
          made.forEach(found::add);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    return found;
  }

  /** Files that this JVM's pools have in them and whose names match. */
  public static List<Path> named(String pattern) {
    List<Path> files = new ArrayList<>();
    for (Path directory : of(Pools.pid())) {
      try (Stream<Path> all = Files.list(directory)) {
        all.filter(file -> file.getFileName().toString().matches(pattern)).forEach(files::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return files;
  }

  /** Whether a process still has the file mapped, deleted or not. */
  public static boolean isMapped(long pid, Path file) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/maps")).contains(file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

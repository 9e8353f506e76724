package dev.procession.cluster.internal.code;

import dev.procession.internal.parent.ExtractedJars;
import dev.procession.internal.parent.Sha256;
import dev.procession.internal.worker.WorkerMain;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * The class path of a submitter as its members are to have it: jars, directories packed into jars,
 * and nothing of Procession's own, which members have themselves. Immutable.
 */
public final class CodePath {
  /** Of the jars that every member has. */
  private static final List<String> OWN =
      List.of(WorkerMain.class.getName(), CodePath.class.getName(), "org.apache.fory.Fory");

  /** A directory that holds more is taken for a mistake: a home directory for example. */
  private static final long MOST_BYTES = 1L << 30;

  private final Map<CodeFile, Path> files;

  private CodePath(Map<CodeFile, Path> files) {
    this.files = files;
  }

  /**
   * Reads a class path.
   *
   * @param given the entries; null for the class path of this JVM
   * @param store keeps the jars that directories are packed into
   * @throws IOException if one cannot be read
   */
  public static CodePath of(@Nullable List<Path> given, CodeStore store) throws IOException {
    Set<Path> own =
        OWN.stream()
            .map(name -> ExtractedJars.of(name, CodePath.class.getClassLoader()))
            .filter(path -> path != null)
            .collect(Collectors.toSet());
    Map<CodeFile, Path> files = new LinkedHashMap<>();
    for (Path entry : given == null ? ofThisJvm() : given) {
      Path absolute = entry.toAbsolutePath().normalize();
      if (own.contains(absolute) || !Files.exists(absolute)) {
        continue; // a class path may name what is not there
      }
      boolean isDirectory = Files.isDirectory(absolute);
      Path jar = isDirectory ? packed(absolute, store) : absolute;
      if (jar != null) {
        String hash = Sha256.of(jar);
        String name = String.valueOf(absolute.getFileName());
        CodeFile file = new CodeFile(hash, Files.size(jar), name);
        files.putIfAbsent(file, isDirectory ? store.keep(jar, hash) : jar);
      }
    }
    return new CodePath(files);
  }

  private static List<Path> ofThisJvm() {
    String path = System.getProperty("java.class.path", "");
    String modules = System.getProperty("jdk.module.path", "");
    List<Path> entries = new ArrayList<>();
    for (String one : List.of(path, modules)) {
      if (!one.isEmpty()) {
        // An empty entry, which is the working directory to the JVM, is hardly ever meant.
        Arrays.stream(one.split(Pattern.quote(File.pathSeparator), -1))
            .filter(entry -> !entry.isEmpty())
            .map(Path::of)
            .forEach(entries::add);
      }
    }
    return entries;
  }

  /** A jar of what is in a directory, the same for the same content; null if nothing is. */
  private static @Nullable Path packed(Path directory, CodeStore store) throws IOException {
    Map<String, Path> entries = new TreeMap<>();
    try (Stream<Path> all = Files.walk(directory)) {
      all.filter(Files::isRegularFile).forEach(file -> entries.put(nameIn(directory, file), file));
    }
    if (entries.isEmpty()) {
      return null;
    }
    long bytes = entries.values().stream().mapToLong(file -> file.toFile().length()).sum();
    if (bytes > MOST_BYTES) {
      throw new IOException(
          "the directory '"
              + directory
              + "' on the class path holds "
              + (bytes >> 20)
              + " MiB, which all nodes would be sent; say with classPath what tasks need");
    }
    Path jar = store.newFile();
    try (OutputStream out = Files.newOutputStream(jar, StandardOpenOption.TRUNCATE_EXISTING);
        JarOutputStream packed = new JarOutputStream(out)) {
      packed.setLevel(Deflater.BEST_SPEED);
      for (Map.Entry<String, Path> entry : entries.entrySet()) {
        JarEntry header = new JarEntry(entry.getKey());
        header.setTime(0); // or the same classes would be another jar each time they are built
        packed.putNextEntry(header);
        Files.copy(entry.getValue(), packed);
        packed.closeEntry();
      }
    }
    return jar;
  }

  private static String nameIn(Path directory, Path file) {
    return directory.relativize(file).toString().replace(File.separatorChar, '/');
  }

  /** The jars, in the order of the class path. */
  public List<CodeFile> files() {
    return List.copyOf(files.keySet());
  }

  /** The jar of that hash, or null if it is none of these. */
  public @Nullable Path file(String hash) {
    for (Map.Entry<CodeFile, Path> file : files.entrySet()) {
      if (file.getKey().hash().equals(hash)) {
        return file.getValue();
      }
    }
    return null;
  }
}

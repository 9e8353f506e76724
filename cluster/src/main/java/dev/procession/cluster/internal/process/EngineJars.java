package dev.procession.cluster.internal.process;

import dev.procession.internal.parent.CacheDirectory;
import dev.procession.internal.parent.ExtractedJars;
import dev.procession.internal.worker.WorkerMain;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The class path of a process with the engine: its jars, which lie within ours so that they are on
 * nobody else's class path, and what we need ourselves.
 */
final class EngineJars {
  private static final String PLACE = "/META-INF/procession/engine/";
  private static final String INDEX = "index";

  private EngineJars() {}

  /**
   * The jars and directories, in order.
   *
   * @param temporary where jars are put that have to be files, if this user has no cache
   */
  static List<Path> classPath(Path temporary) throws IOException {
    Set<Path> path = new LinkedHashSet<>();
    for (String name :
        List.of(
            EngineJars.class.getName(),
            WorkerMain.class.getName(),
            "org.apache.fory.Fory",
            "org.slf4j.Logger")) {
      Path jar = ExtractedJars.of(name, EngineJars.class.getClassLoader());
      if (jar == null) {
        throw new IOException(
            "there is no file with " + name + " for a process to be started with");
      }
      path.add(jar);
    }
    path.addAll(engine(temporary));
    return new ArrayList<>(path);
  }

  private static List<Path> engine(Path temporary) throws IOException {
    List<Path> jars = new ArrayList<>();
    Path directory = null;
    for (String name : index()) {
      URL url = EngineJars.class.getResource(PLACE + name);
      if (url == null) {
        throw new IOException(PLACE + name + " is missing");
      }
      if (url.getProtocol().equals("file")) {
        try {
          jars.add(Path.of(url.toURI()));
        } catch (URISyntaxException e) {
          throw new IOException(e);
        }
        continue;
      }
      if (directory == null) {
        Path cache = CacheDirectory.get();
        directory = Files.createDirectories((cache == null ? temporary : cache).resolve("engine"));
      }
      jars.add(extracted(name, url, directory));
    }
    return jars;
  }

  private static List<String> index() throws IOException {
    try (InputStream in = EngineJars.class.getResourceAsStream(PLACE + INDEX)) {
      if (in == null) {
        throw new IOException("this jar was built without the engine: no " + PLACE + INDEX);
      }
      return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
          .lines()
          .filter(line -> line.endsWith(".jar"))
          .toList();
    }
  }

  /** Jars of one name have one content: it has the version. */
  private static Path extracted(String name, URL url, Path directory) throws IOException {
    Path file = directory.resolve(name);
    long size = url.openConnection().getContentLengthLong();
    if (Files.exists(file) && Files.size(file) == size) {
      return file;
    }
    Path unready = Files.createTempFile(directory, name, ".new");
    try (InputStream in = url.openStream()) {
      Files.copy(in, unready, StandardCopyOption.REPLACE_EXISTING);
    }
    Files.move(unready, file, StandardCopyOption.ATOMIC_MOVE);
    return file;
  }
}

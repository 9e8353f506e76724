package dev.procession.internal.parent;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.CodeSource;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jars of classes that a worker starts with, as files: where such a jar lies within another
 * one, as in an executable jar of Spring Boot, a copy of it in the user's cache. Any thread may
 * call it.
 */
public final class ExtractedJars {
  private static final Logger LOG = LoggerFactory.getLogger(ExtractedJars.class);

  private static final Map<String, Optional<Path>> BY_CLASS = new ConcurrentHashMap<>();

  private ExtractedJars() {}

  /** The file or directory that a class was loaded from, or null if there is none. */
  public static @Nullable Path of(String className, ClassLoader loader) {
    return BY_CLASS.computeIfAbsent(className, name -> find(name, loader)).orElse(null);
  }

  private static Optional<Path> find(String className, ClassLoader loader) {
    try {
      CodeSource source =
          Class.forName(className, false, loader).getProtectionDomain().getCodeSource();
      URL location = source == null ? null : source.getLocation();
      if (location == null) {
        return Optional.empty();
      }
      return Optional.of(
          "file".equals(location.getProtocol())
              ? Path.of(location.toURI())
              : extracted(location.toString()));
    } catch (ClassNotFoundException | IOException | URISyntaxException | RuntimeException e) {
      LOG.debug("no file with {}", className, e);
      return Optional.empty(); // not there, or in a place that is no file
    }
  }

  /** A copy of the jar that a location within another one names. */
  private static Path extracted(String location) throws IOException, URISyntaxException {
    String jar = location.endsWith("!/") ? location.substring(0, location.length() - 2) : location;
    if (jar.startsWith("jar:nested:")) {
      jar = jar.substring("jar:".length()); // since Spring Boot 3.2
    }
    byte[] bytes = ClassBytes.read(new URI(jar).toURL());
    Path cache = CacheDirectory.get();
    Path directory = cache == null ? JvmDirectory.get() : cache;
    Path file = directory.resolve("jar-" + Sha256.name(bytes) + ".jar");
    if (Files.exists(file) && Files.size(file) == bytes.length) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH)); // part of an archive's key
      return file;
    }
    Path unready = Files.createTempFile(directory, "jar-", ".new");
    Files.write(unready, bytes);
    Files.setLastModifiedTime(unready, FileTime.from(Instant.EPOCH));
    Files.move(unready, file, StandardCopyOption.ATOMIC_MOVE);
    return file;
  }
}

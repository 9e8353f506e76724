package dev.procession.internal.parent;

import dev.procession.internal.training.ArchiveTraining;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The classes a worker starts with, laid out in a file as the JVM holds them in memory: loading
 * them from there instead of from jars halves what a start costs that needs the serializer.
 *
 * <p>It is a dynamic archive of application class-data sharing (JEP 350, JDK 13 and later), made
 * once in the background by a process of its own ({@link ArchiveTraining}) and kept in the user's
 * cache directory. The JVM checks that it fits JDK and class path, and does without it if not.
 * Nothing depends on it: whatever goes wrong here is logged, and workers start as they would.
 *
 * <p>Safe for use by several threads, and by several JVMs at once.
 */
final class ClassArchive {
  private static final Logger LOG = LoggerFactory.getLogger(ClassArchive.class);

  private static final String FORMAT = "2"; // counts changes of what is archived, and how
  private static final String PREFIX = "worker-";
  private static final Duration KEPT_UNUSED = Duration.ofDays(30);
  private static final Duration USE_NOTED_EVERY = Duration.ofDays(1);
  private static final Duration FAILURE_KEPT = Duration.ofDays(1);
  private static final long TRAINING_SECONDS = 60;

  /** A program that is over before that is not bothered, and its first tasks come first. */
  private static final long DELAY_MILLIS = 1_000;

  /** Archives that this JVM has made or tried to, or does not trust any more. */
  private static final Set<Path> SETTLED = ConcurrentHashMap.newKeySet();

  private static final Set<Path> DISTRUSTED = ConcurrentHashMap.newKeySet();

  private final Path java;
  private final List<Path> jars;
  private final Path directory;
  private final Path file;
  private final Path failure;

  private ClassArchive(Path java, List<Path> jars, Path directory, String name) {
    this.java = java;
    this.jars = jars;
    this.directory = directory;
    this.file = directory.resolve(name);
    this.failure = withSuffix(file, ".failed");
  }

  /**
   * The archive for workers of that JDK whose class path begins with those jars, or null if there
   * can be none.
   */
  static @Nullable ClassArchive of(Path javaHome, List<Path> jars) {
    try {
      Path directory = CacheDirectory.get();
      if (directory == null) {
        return null;
      }
      String name = PREFIX + key(javaHome, jars) + ".jsa";
      return new ClassArchive(LaunchCommand.java(javaHome), jars, directory, name);
    } catch (IOException | RuntimeException e) {
      LOG.debug("no class archive", e);
      return null;
    }
  }

  /** Differs wherever the JVM would refuse the archive, or another one would serve better. */
  private static String key(Path javaHome, List<Path> jars) throws IOException {
    StringBuilder text = new StringBuilder(FORMAT).append('\n').append(javaHome.toRealPath());
    Stream.concat(
            Stream.of(javaHome.resolve("release"), javaHome.resolve("lib").resolve("modules")),
            jars.stream())
        .forEach(path -> text.append('\n').append(path).append(stamp(path)));
    return Sha256.name(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String stamp(Path path) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      return " " + attributes.size() + " " + attributes.lastModifiedTime().toMillis();
    } catch (IOException e) {
      return " none";
    }
  }

  /** What a worker's class path has to begin with, in that order. */
  List<Path> jars() {
    return jars;
  }

  /** The archive's file, or null as long as there is none to be used. */
  @Nullable Path file() {
    if (DISTRUSTED.contains(file)) {
      return null;
    }
    try {
      FileTime used = Files.getLastModifiedTime(file);
      Instant now = Instant.now();
      if (used.toInstant().isBefore(now.minus(USE_NOTED_EVERY))) {
        Files.setLastModifiedTime(file, FileTime.from(now)); // or it would be deleted as unused
      }
      return file;
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      LOG.debug("the class archive {} is not used", file, e);
      return null;
    }
  }

  /** A worker with the archive died before its {@code main} did anything: perhaps because of it. */
  void distrust() {
    if (DISTRUSTED.add(file)) {
      LOG.info("a worker did not start with the class archive {}: it is deleted, unused", file);
      SETTLED.add(file);
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        LOG.debug("the class archive {} could not be deleted", file, e);
      }
    }
  }

  /** Has the archive made soon, unless it is there or this JVM has tried before. */
  void makeInBackground() {
    if (!SETTLED.add(file) || Files.exists(file)) {
      return;
    }
    try {
      Thread maker = new Thread(null, this::make, "procession-class-archive", 256 << 10);
      maker.setDaemon(true);
      maker.start();
    } catch (OutOfMemoryError e) { // no thread can be had
      LOG.debug("no class archive is made", e);
    }
  }

  private void make() {
    Path lock = withSuffix(file, ".lock");
    try (FileChannel channel =
            FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.tryLock()) {
      TimeUnit.MILLISECONDS.sleep(DELAY_MILLIS);
      if (held != null && !Files.exists(file) && !hasFailed()) {
        deleteOld(lock);
        train();
      }
    } catch (IOException | RuntimeException e) { // the lock may also be held by this JVM
      LOG.debug("no class archive is made", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean hasFailed() throws IOException {
    return Files.exists(failure)
        && Files.getLastModifiedTime(failure)
            .toInstant()
            .isAfter(Instant.now().minus(FAILURE_KEPT));
  }

  private void train() throws IOException, InterruptedException {
    Path unfinished = withSuffix(file, ".new");
    Files.deleteIfExists(unfinished);
    long began = System.nanoTime();
    ProcessBuilder builder =
        new ProcessBuilder(
            java.toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-Xmx64m",
            "-D" + CacheDirectory.PROPERTY + "=", // it is not to use an archive itself
            "-cp",
            LaunchCommand.path(jars),
            ArchiveTraining.class.getName(),
            unfinished.toString());
    LaunchCommand.leaveOutOptionsOfThisJvm(builder);
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    Process training = builder.start();
    try {
      boolean ended = training.waitFor(TRAINING_SECONDS, TimeUnit.SECONDS);
      if (ended && training.exitValue() == 0 && Files.exists(unfinished)) {
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        LOG.debug(
            "class archive {} of {} bytes made in {} ms",
            file,
            Files.size(file),
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
      } else {
        LOG.debug("no class archive: {} {}", builder.command(), ended ? "failed" : "hangs");
        Files.writeString(failure, "");
      }
    } finally {
      training.destroyForcibly().waitFor();
      training.getOutputStream().close(); // not before: its end tells the process to give up
      Files.deleteIfExists(unfinished);
    }
  }

  /** Deletes archives that nobody has used for long: of JDKs and versions that are gone, mostly. */
  private void deleteOld(Path lock) throws IOException {
    Instant limit = Instant.now().minus(KEPT_UNUSED);
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, PREFIX + "*")) {
      for (Path path : all) {
        if (!path.getFileName().equals(lock.getFileName())
            && Files.getLastModifiedTime(path).toInstant().isBefore(limit)) {
          Files.deleteIfExists(path);
        }
      }
    }
  }

  private static Path withSuffix(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }
}

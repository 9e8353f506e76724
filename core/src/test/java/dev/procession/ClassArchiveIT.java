package dev.procession;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.testing.ChildJvm;
import dev.procession.testing.NoLeaks;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archive from which workers load their classes: made once, used, and never in the way. */
@NoLeaks
class ClassArchiveIT {
  /** The archive that a test has had made, in a directory of all tests. */
  private static @Nullable Path made;

  @TempDir static Path all;
  @TempDir Path tmp;
  private static final String GO = "/go";
  private static final String CLASS_PATH = "classPath=";
  private Path cache;
  private String place; // of the cache, for the system property; null to leave it out
  private Path go;

  @BeforeEach
  void nameFiles() {
    cache = tmp.resolve("cache");
    place = cache.toString();
    go = tmp.resolve("go");
  }

  /**
   * Runs one task and says whether its worker has mapped an archive; lives on until a file named
   * {@code go} appears, if it is given one. A home of a JDK, JVM options and a class path are for
   * the worker.
   */
  static final class Asks {
    public static void main(String[] args) throws Exception {
      var builder = ProcessPoolExecutor.builder().name("asks").workers(1);
      for (String arg : args) {
        if (arg.startsWith("-")) {
          builder.jvmArgs(arg);
        } else if (arg.startsWith(CLASS_PATH)) {
          String path = arg.substring(CLASS_PATH.length());
          builder.classPath(Stream.of(path.split(File.pathSeparator)).map(Path::of).toList());
        } else if (!arg.endsWith(GO)) {
          builder.javaHome(Path.of(arg));
        }
      }
      try (var pool = builder.build()) {
        System.out.println("archived " + pool.submit(() -> hasMappedArchive()).result());
        for (String arg : args) {
          while (arg.endsWith(GO) && !Files.exists(Path.of(arg))) {
            Thread.sleep(10);
          }
        }
        System.out.println("restarts " + pool.snapshot().restarts());
      }
    }
  }

  private static boolean hasMappedArchive() throws IOException {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      return maps.anyMatch(line -> line.endsWith(".jsa") && line.contains("/worker-"));
    }
  }

  private static List<Path> archives(Path cache) {
    return files(cache, "*.jsa");
  }

  private static List<Path> files(Path cache, String glob) {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(cache)) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(cache, glob)) {
        all.forEach(found::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return found;
  }

  private ChildJvm asks(String... arguments) {
    return asksOn(System.getProperty("java.class.path"), arguments);
  }

  private ChildJvm asksOn(String classPath, String... arguments) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("env", "XDG_CACHE_HOME=" + tmp.resolve("xdg"), ChildJvm.java()));
    command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
    if (place != null) {
      command.add("-Dprocession.cacheDirectory=" + place);
    }
    command.addAll(List.of("-cp", classPath, Asks.class.getName()));
    command.addAll(List.of(arguments));
    return ChildJvm.start(command);
  }

  /** Runs the program to its end; whether its worker used an archive. */
  private boolean archived(String... arguments) throws Exception {
    return archivedUntil(() -> true, arguments);
  }

  /** The same, but the program lives on until then. */
  private boolean archivedUntil(Callable<Boolean> enough, String... arguments) throws Exception {
    Files.deleteIfExists(go);
    List<String> command = new ArrayList<>(List.of(arguments));
    command.add(go.toString());
    try (ChildJvm program = asks(command.toArray(new String[0]))) {
      boolean archived = Boolean.parseBoolean(program.awaitLine("archived "));
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(enough);
      Files.createFile(go);
      assertThat(program.awaitExit()).as("%s", program.lines()).isZero();
      assertThat(program.lines()).last().isEqualTo("restarts 0");
      return archived;
    }
  }

  /** Has one made; for the tests that come later as well, since that takes ten seconds. */
  private Path make(String... arguments) throws Exception {
    Path known = arguments.length == 0 && made != null ? made : null;
    if (known != null) {
      Files.createDirectories(cache);
      Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwx------"));
      return Files.copy(
          known, cache.resolve(known.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
    }
    assertThat(archivedUntil(() -> !archives(cache).isEmpty(), arguments)).isFalse();
    Path archive = archives(cache).get(0);
    if (arguments.length == 0) {
      made =
          Files.copy(
              archive, all.resolve(archive.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    }
    return archive;
  }

  @Test
  @DisplayName("The first pool has it made, for its owner alone, and the next ones use it")
  void archive_made_thenUsed() throws Exception {
    made = null;
    make();
    assertThat(archived()).isTrue();
    assertThat(archives(cache)).hasSize(1);
    assertThat(Files.getPosixFilePermissions(cache))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    assertThat(files(cache, "*.new")).isEmpty();
  }

  @Test
  @DisplayName("A damaged archive costs no task, whatever the JVM makes of it")
  void archive_damaged_worksWithout() throws Exception {
    Path archive = make();
    byte[] good = Files.readAllBytes(archive);
    byte[] zeroed = good.clone();
    Arrays.fill(zeroed, 64, 4096, (byte) 0);
    byte[] half = Arrays.copyOf(good, good.length / 2);
    for (byte[] bad : List.of(new byte[0], "nonsense".getBytes(UTF_8), zeroed, half)) {
      Files.deleteIfExists(archive);
      Files.write(archive, bad); // the JVM of JDK 17 crashes where half of it is missing
      assertThat(archived()).as("an archive of %s bytes", bad.length).isFalse();
    }
  }

  @Test
  @DisplayName("A JVM that dies of it is started again without it, and the archive is deleted")
  void archive_deadly_distrusted() throws Exception {
    Path home = fakeHome("*SharedArchiveFile*) kill -SEGV $$;;");
    make(home.toString());
    assertThat(archived(home.toString())).isFalse();
    assertThat(archives(cache)).isEmpty();
  }

  @Test
  @DisplayName("Where workers do not start for another reason the archive stays")
  void archive_badFlag_kept() throws Exception {
    Path archive = make();
    try (ChildJvm program = asks("-XX:+NoSuchFlag")) {
      assertThat(program.awaitExit()).isOne();
      assertThat(program.lines())
          .anyMatch(line -> line.contains("worker 1 of pool 'asks' could not"));
    }
    assertThat(archive).exists();
  }

  @Test
  @DisplayName("A JVM that cannot make it is asked once a day, not each time")
  void archive_cannotBeMade_remembered() throws Exception {
    Path asked = tmp.resolve("asked");
    String home = fakeHome("*ArchiveTraining*) echo once >> " + asked + "; exit 1;;").toString();
    assertThat(archivedUntil(() -> !files(cache, "*.failed").isEmpty(), home)).isFalse();
    assertThat(asked).hasContent("once");
    Path failure = files(cache, "*.failed").get(0);
    Instant today = Instant.now().plus(Duration.ofSeconds(3));
    assertThat(archivedUntil(() -> Instant.now().isAfter(today), home)).isFalse();
    assertThat(asked).hasContent("once");
    Instant yesterday = Instant.now().minus(Duration.ofHours(25));
    Files.setLastModifiedTime(failure, FileTime.from(yesterday));
    assertThat(archivedUntil(() -> Files.size(asked) > 5, home)).isFalse();
  }

  /** The JDK under test, whose {@code java} looks at all it is given first. */
  private Path fakeHome(String inCase) throws IOException {
    Path home = Files.createDirectory(tmp.resolve("home"));
    Path java = Files.createDirectory(home.resolve("bin")).resolve("java");
    Files.writeString(
        java,
        "#!/bin/sh\nall=\"$*\"\ncase \"$1\" in @*) all=$(cat \"${1#@}\");; esac\n"
            + "case \"$all\" in "
            + inCase
            + " esac\nexec '"
            + ChildJvm.java()
            + "' \"$@\"\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
    Files.copy(
        Path.of(System.getProperty("java.home"), "release").toRealPath(), home.resolve("release"));
    return home;
  }

  @Test
  @DisplayName("A cache that is no directory, or that others may write to, is left alone")
  void cache_unfit_notUsed() throws Exception {
    Files.writeString(cache, "in the way");
    assertThat(archived()).isFalse();
    Files.delete(cache);
    Files.createDirectory(cache);
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(archived()).isFalse();
    assertThat(cache).isEmptyDirectory();
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwx------"));
    make();
    for (String writable : List.of("rwxrwx---", "rwx----w-")) {
      Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString(writable));
      assertThat(archived()).as(writable).isFalse();
    }
  }

  @Test
  @DisplayName("Options of the user's that decide about archives are respected")
  void archive_usersOptions_respected() throws Exception {
    make();
    for (String option : List.of("-Xshare:off", "-XX:+UseZGC", "-Xmx40g")) {
      try (ChildJvm program = asks(option)) {
        assertThat(program.awaitExit()).isZero();
        assertThat(program.lines()).containsExactly("archived false", "restarts 0");
      }
    }
    assertThat(archived("-Xmx64m")).isTrue();
  }

  @Test
  @DisplayName("Who replaces classes of the serializer in a directory gets them")
  void archive_serializerReplaced_notUsed() throws Exception {
    make();
    Files.createDirectories(tmp.resolve("patch/org/apache/fory"));
    assertThat(archivedBehind(tmp.resolve("patch"))).isFalse();
    assertThat(archivedBehind(tmp.resolve("patch/org"))).isTrue();
  }

  @Test
  @DisplayName(
      "A class path of the user's own is no reason to do without, unless it has classes of ours")
  void archive_ownClassPath_used() throws Exception {
    make();
    Path classes = Path.of(Asks.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    assertThat(archived(CLASS_PATH + classes)).isTrue();
    Path other = tmp.resolve("other.jar");
    try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(other))) {
      jar.putNextEntry(new JarEntry("org/slf4j/Logger.class"));
    }
    assertThat(archived(CLASS_PATH + classes + File.pathSeparator + other)).isFalse();
    assertThat(archives(cache)).hasSize(1);
  }

  private boolean archivedBehind(Path entry) throws Exception {
    String path = entry + File.pathSeparator + System.getProperty("java.class.path");
    try (ChildJvm program = asksOn(path)) {
      assertThat(program.awaitExit()).isZero();
      return Boolean.parseBoolean(program.awaitLine("archived "));
    }
  }

  @Test
  @DisplayName("The process that makes it ends with the JVM that wants it")
  void archive_parentGone_makerEnds() throws Exception {
    try (ChildJvm program = asks(go.toString())) {
      List<ProcessHandle> makers = new ArrayList<>();
      Awaitility.await()
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> {
                program.handle().children().filter(ClassArchiveIT::isMaker).forEach(makers::add);
                return !makers.isEmpty();
              });
      program.handle().destroyForcibly();
      Awaitility.await().until(() -> makers.stream().noneMatch(ProcessHandle::isAlive));
    }
    made = null;
    make(); // what the first one left does not keep the next from it
    assertThat(files(cache, "*.new")).isEmpty();
  }

  private static boolean isMaker(ProcessHandle process) {
    return process.info().commandLine().orElse("").contains("ArchiveTraining");
  }

  @Test
  @DisplayName("What nobody has used for a month is deleted when another one is made")
  void cache_unusedArchives_deleted() throws Exception {
    Files.createDirectory(cache);
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwx------"));
    Path old = Files.writeString(cache.resolve("worker-1.jsa"), "");
    Path recent = Files.writeString(cache.resolve("worker-2.jsa"), "");
    Path strange = Files.writeString(cache.resolve("other"), "");
    for (Path path : List.of(old, strange)) {
      Files.setLastModifiedTime(path, FileTime.from(Instant.now().minus(Duration.ofDays(31))));
    }
    assertThat(archivedUntil(() -> !Files.exists(old) && archives(cache).size() == 2)).isFalse();
    assertThat(old).doesNotExist();
    assertThat(recent).exists();
    assertThat(strange).exists();
  }

  @Test
  @DisplayName("Without the property it is in the user's cache; an empty one means no archive")
  void cache_default_users() throws Exception {
    place = null;
    cache = tmp.resolve("xdg/procession");
    make();
    assertThat(archived()).isTrue();
    place = "";
    assertThat(archived()).isFalse();
  }
}

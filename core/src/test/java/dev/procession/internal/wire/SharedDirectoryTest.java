package dev.procession.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedDirectoryTest {
  @TempDir private Path base;
  @TempDir private Path second;

  private static List<Path> in(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  /* ---- Making ---- */

  @Test
  void create_makesADirectoryInEachBaseForTheOwnerOnly() throws IOException {
    try (SharedDirectory directory = SharedDirectory.create(List.of(base, second))) {
      assertThat(directory.paths()).hasSize(2);
      assertThat(directory.first().getParent()).isEqualTo(base.toRealPath());
      for (Path path : directory.paths()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
            .isEqualTo("rwx------");
      }
    }
    assertThat(in(base)).isEmpty();
    assertThat(in(second)).isEmpty();
  }

  @Test
  void deleteAll_directoriesWithWhatIsInThem_andNothingBehindLinks() throws IOException {
    Path elsewhere = Files.createFile(second.resolve("elsewhere"));
    try (SharedDirectory directory = SharedDirectory.create(List.of(base))) {
      Path tree = Files.createDirectories(directory.first().resolve("w1.jfr/deep/er"));
      Path file = Files.createFile(tree.resolve("file"));
      Files.createSymbolicLink(tree.resolve("link"), second);
      Path other = Files.createDirectories(directory.first().resolve("w2.jfr"));
      directory.deleteAll(new WorkerFiles(1).all());
      assertThat(file).doesNotExist();
      assertThat(directory.first().resolve("w1.jfr")).doesNotExist();
      assertThat(other).exists();
    }
    assertThat(in(base)).isEmpty();
    assertThat(elsewhere).exists();
  }

  @Test
  void create_whereTheFirstBaseIsNoDirectory_usesTheSecond() throws IOException {
    Path missing = base.resolve("missing");
    Path plain = Files.createFile(base.resolve("plain"));
    try (SharedDirectory directory = SharedDirectory.create(List.of(missing, plain, second))) {
      assertThat(directory.paths()).hasSize(1);
      assertThat(directory.first().getParent()).isEqualTo(second.toRealPath());
    }
  }

  @Test
  void create_whereNoBaseIsLeft_namesEachAndWhy() throws IOException {
    Path missing = base.resolve("missing");
    Path plain = Files.createFile(base.resolve("plain"));
    assertThatThrownBy(() -> SharedDirectory.create(List.of(missing, plain)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(missing.toString())
        .hasMessageContaining("NoSuchFileException")
        .hasMessageContaining(plain.toString())
        .hasMessageContaining("-Djava.io.tmpdir")
        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(2));
  }

  @Test
  void create_withoutBases_throws() {
    assertThatThrownBy(() -> SharedDirectory.create(List.of())).isInstanceOf(IOException.class);
  }

  @Test
  void defaultBases_endWithTheTemporaryDirectory() {
    List<Path> bases = SharedDirectory.defaultBases();
    assertThat(bases.get(bases.size() - 1))
        .isEqualTo(Path.of(System.getProperty("java.io.tmpdir")));
    if (Files.isDirectory(Path.of("/dev/shm"))) {
      assertThat(bases.get(0)).isEqualTo(Path.of("/dev/shm"));
    }
  }

  @Test
  void create_byManyThreadsAtOnce_neverTakesAnothersDirectory() throws Exception {
    List<CompletableFuture<SharedDirectory>> making = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      making.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return SharedDirectory.create(List.of(base));
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              }));
    }
    List<SharedDirectory> made = new ArrayList<>();
    for (CompletableFuture<SharedDirectory> one : making) {
      made.add(one.get(30, TimeUnit.SECONDS));
    }
    assertThat(made).allMatch(one -> Files.isDirectory(one.first()));
    made.forEach(SharedDirectory::close);
    assertThat(in(base)).isEmpty();
  }

  /* ---- Files ---- */

  @Test
  void make_whereTheFirstDirectoryHasNoRoom_leavesNothingThereAndUsesTheSecond()
      throws IOException {
    try (SharedDirectory directory = SharedDirectory.create(List.of(base, second))) {
      Path made =
          directory.make(
              "f",
              file -> {
                Files.createFile(file);
                if (file.startsWith(directory.first())) {
                  throw new IOException("No space left on device");
                }
                return file;
              });
      assertThat(made).isEqualTo(directory.paths().get(1).resolve("f")).exists();
      assertThat(directory.first().resolve("f")).doesNotExist();
      assertThat(directory.find("f")).isEqualTo(made);
    }
  }

  @Test
  void make_whereNoDirectoryHasRoom_namesAllAndEachReason() throws IOException {
    try (SharedDirectory directory = SharedDirectory.create(List.of(base, second))) {
      assertThatThrownBy(
              () ->
                  directory.make(
                      "f",
                      file -> {
                        throw new IOException("full: " + file);
                      }))
          .hasMessageContaining("'f'")
          .hasMessageContaining(directory.paths().get(0).toString())
          .hasMessageContaining(directory.paths().get(1).toString())
          .satisfies(e -> assertThat(e.getCause()).hasMessageContaining("full"))
          .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    }
  }

  @Test
  void find_ofWhatIsNotThere_returnsNull() throws IOException {
    try (SharedDirectory directory = SharedDirectory.create(List.of(base))) {
      assertThat(directory.find("f")).isNull();
      Files.createDirectory(directory.first().resolve("f"));
      assertThat(directory.find("f")).isNull();
      Files.delete(directory.first().resolve("f"));
    }
  }

  @Test
  void delete_byAWorkerThatLostItsParent_leavesNothing() throws IOException {
    SharedDirectory parent = SharedDirectory.create(List.of(base, second));
    Files.createFile(parent.first().resolve("w1.region"));
    SharedDirectory.attach(parent.paths()).delete();
    assertThat(in(base)).isEmpty();
    assertThat(in(second)).isEmpty();
    parent.close();
    parent.close();
  }

  /* ---- Sweeping ---- */

  /** A directory as a killed parent and its killed workers leave it. */
  private Path abandoned() throws IOException {
    Path directory = Files.createTempDirectory(base, "procession-");
    Files.createFile(directory.resolve("lock"));
    Files.createFile(directory.resolve("w1.region"));
    Files.createFile(directory.resolve("w2c3"));
    return directory;
  }

  @Test
  void create_deletesWhatADeadPoolLeft() throws IOException {
    Path dead = abandoned();
    SharedDirectory.create(List.of(base)).close();
    assertThat(dead).doesNotExist();
  }

  @Test
  void create_leavesDirectoriesOfOtherNamesAndPlainFilesAlone() throws IOException {
    Path other = Files.createDirectory(base.resolve("other-1"));
    Files.createFile(other.resolve("lock"));
    Path plain = Files.createFile(base.resolve("procession-notes"));
    SharedDirectory.create(List.of(base)).close();
    assertThat(other.resolve("lock")).exists();
    assertThat(plain).exists();
  }

  @Test
  void create_throughALink_leavesItsTargetAlone() throws IOException {
    Path target = Files.createDirectory(second.resolve("mine"));
    Files.createFile(target.resolve("lock"));
    Files.createSymbolicLink(base.resolve("procession-1"), target);
    SharedDirectory.create(List.of(base)).close();
    assertThat(target.resolve("lock")).exists();
  }

  @Test
  void create_leavesALivePoolOfTheSameJvmAlone() throws IOException {
    try (SharedDirectory live = SharedDirectory.create(List.of(base))) {
      Path file = Files.createFile(live.first().resolve("w1.region"));
      SharedDirectory.create(List.of(base)).close();
      SharedDirectory.create(List.of(base)).close();
      assertThat(file).exists();
    }
  }

  /** Under another name of the base its own directory was opened, and closing gave up its lock. */
  @Test
  void create_underAnotherNameOfTheBase_leavesALivePoolOfTheSameJvmAlone() throws IOException {
    Path link = Files.createSymbolicLink(second.resolve("link"), base);
    try (SharedDirectory live = SharedDirectory.create(List.of(base))) {
      for (Path other : List.of(link, base.resolve("."))) {
        SharedDirectory.create(List.of(other)).close();
        assertThat(live.first().resolve("lock")).exists();
      }
    }
  }

  @Test
  void create_withoutALockFile_waitsADayBeforeItIsTakenForAbandoned() throws IOException {
    Path fresh = Files.createDirectory(base.resolve("procession-fresh"));
    Path old = Files.createDirectory(base.resolve("procession-old"));
    Files.createFile(old.resolve("lock.new"));
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(2 * 86_400)));
    SharedDirectory.create(List.of(base)).close();
    assertThat(fresh).exists();
    assertThat(old).doesNotExist();
  }

  /** A web server's second copy of Procession: its sweep must not give up the first one's lock. */
  @Test
  void create_byAnotherLoadersCopy_leavesALivePoolAloneAndItsLockHeld() throws Exception {
    URL[] classes = {SharedDirectory.class.getProtectionDomain().getCodeSource().getLocation()};
    try (URLClassLoader loader =
        new URLClassLoader(classes, ClassLoader.getPlatformClassLoader())) {
      Class<?> copy = loader.loadClass(SharedDirectory.class.getName());
      assertThat(copy).isNotSameAs(SharedDirectory.class);
      Method create = copy.getMethod("create", List.class);
      try (SharedDirectory live = SharedDirectory.create(List.of(base))) {
        for (int i = 0; i < 3; i++) {
          ((AutoCloseable) create.invoke(null, List.of(base))).close();
          assertThat(live.first().resolve("lock")).exists();
        }
        assertThat(SharedDirectoryIT.isLockedForAnotherProcess(live.first())).isTrue();
      }
      ((AutoCloseable) create.invoke(null, List.of(base))).close();
      assertThat(in(base)).isEmpty();
    }
  }
}

package dev.procession.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sweeping beside pools of other JVMs, living and dead. */
class SharedDirectoryIT {
  @TempDir private Path base;

  /** Makes a directory, says where, and lives until its input ends. */
  public static final class Holder {
    public static void main(String[] args) throws IOException {
      SharedDirectory directory = SharedDirectory.create(List.of(Path.of(args[0])));
      Files.createFile(directory.first().resolve("w1.region"));
      System.out.println(directory.first());
      while (System.in.read() >= 0) {
        // until the test lets go
      }
    }
  }

  /** Exits with 0 if the file can be locked. */
  public static final class Locker {
    public static void main(String[] args) throws IOException {
      try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
        System.exit(channel.tryLock() == null ? 1 : 0);
      }
    }
  }

  static Process java(Class<?> main, Path argument) throws Exception {
    String path =
        Path.of(SharedDirectory.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            + ":"
            + Path.of(main.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    return new ProcessBuilder(
            java.toString(), "-Xshare:auto", "-cp", path, main.getName(), argument.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  static boolean isLockedForAnotherProcess(Path directory) throws Exception {
    Process process = java(Locker.class, directory.resolve("lock"));
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return process.exitValue() == 1;
  }

  @Test
  void create_besideALivePoolOfAnotherJvm_leavesItAloneUntilItIsKilled() throws Exception {
    Process other = java(Holder.class, base);
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(other.getInputStream(), StandardCharsets.UTF_8))) {
      Path directory = Path.of(reader.readLine());
      for (int i = 0; i < 3; i++) {
        SharedDirectory.create(List.of(base)).close();
        assertThat(directory.resolve("w1.region")).exists();
      }
      other.destroyForcibly();
      assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(directory.resolve("w1.region")).exists();
      SharedDirectory.create(List.of(base)).close();
      assertThat(directory).doesNotExist();
    } finally {
      other.destroyForcibly();
    }
  }
}

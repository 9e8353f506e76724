package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.testing.ChildJvm;
import dev.procession.testing.NoLeaks;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A shortage of what a pool needs while it runs: clear errors, and recovery when it has passed. */
@NoLeaks
@EnabledOnOs(OS.LINUX)
class ResourcesIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path tmp;

  private static String failure(ProcessFuture<?> future) throws Exception {
    Throwable thrown = future.exception(PATIENCE).orElse(null);
    return thrown == null ? "none" : String.valueOf(thrown).replace('\n', ' ');
  }

  /* ---- Descriptors ---- */

  /** Uses up the descriptors of the parent while its only worker is killed. */
  static final class NoDescriptors {
    public static void main(String[] args) throws Exception {
      try (var pool =
          ProcessPoolExecutor.builder().workers(1).name("fds").outputListener(line -> {}).build()) {
        long pid = pool.submit(() -> ProcessHandle.current().pid()).result();
        Class<?> unused = Class.forName(List.class.getName());
        System.out.println("first " + failure(pool.submit(() -> Runtime.getRuntime().exit(1))));
        List<FileInputStream> hoard = new ArrayList<>();
        try {
          while (true) {
            hoard.add(new FileInputStream("/dev/null"));
          }
        } catch (IOException e) {
          // as many as there were
        }
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        System.out.println("hoarding " + failure(pool.submit(() -> 1)));
        for (FileInputStream file : hoard) {
          file.close();
        }
        System.out.println("after " + pool.submit(() -> 1).result(PATIENCE));
      }
      System.out.println("closed");
    }
  }

  @Test
  @DisplayName("no descriptor left: the task's future says so; afterwards the pool works")
  void descriptors_usedUp_clearErrorAndRecovery() throws Exception {
    String command =
        "ulimit -n 160 && exec "
            + ChildJvm.java()
            + " -cp "
            + System.getProperty("java.class.path")
            + " '"
            + NoDescriptors.class.getName()
            + "'";
    try (var child = ChildJvm.start(List.of("sh", "-c", command))) {
      assertThat(child.awaitLine("first ")).contains("WorkerCrashedException");
      assertThat(child.awaitLine("hoarding "))
          .contains("WorkerStartException")
          .containsAnyOf("Too many open files", "error=24");
      assertThat(child.awaitLine("after ")).isEqualTo("1");
      child.awaitLine("closed");
      assertThat(child.awaitExit()).isZero();
    }
  }

  /* ---- Disk ---- */

  /** Fills both places for shared files while the pool runs. */
  static final class NoRoom {
    public static void main(String[] args) throws Exception {
      TaskFunction<byte[], Integer> length = bytes -> bytes.length;
      try (var pool =
          ProcessPoolExecutor.builder().workers(1).maxHeap("256m").name("disk").build()) {
        pool.submit(() -> 1).result();
        List<Path> fills = new ArrayList<>();
        for (String place : List.of("/dev/shm", System.getProperty("java.io.tmpdir"))) {
          Path fill = Path.of(place, "fill");
          fills.add(fill);
          try (OutputStream out = new FileOutputStream(fill.toFile())) {
            byte[] block = new byte[4096];
            while (true) {
              out.write(block);
            }
          } catch (IOException e) {
            // full
          }
        }
        System.out.println("argument " + failure(pool.submit(length, new byte[500_000])));
        System.out.println("result " + failure(pool.submit(() -> new byte[500_000])));
        System.out.println("small " + pool.submit(length, new byte[500]).result(PATIENCE));
        System.out.println("start " + failure(pool.submit(() -> Runtime.getRuntime().halt(1))));
        System.out.println("starting " + failure(pool.submit(() -> 1)));
        for (Path fill : fills) {
          Files.delete(fill);
        }
        System.out.println("after " + pool.submit(length, new byte[500_000]).result(PATIENCE));
        byte[] back = pool.submit(() -> new byte[500_000]).result(PATIENCE);
        System.out.println("back " + back.length);
      }
      System.out.println("closed");
    }
  }

  @Test
  @DisplayName(
      "/dev/shm and the disk fill up during a run: clear errors, small tasks go on, recovery")
  void disk_full_clearErrorAndRecovery() throws Exception {
    int mayMount =
        new ProcessBuilder("unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt")
            .start()
            .waitFor();
    Assumptions.assumeTrue(mayMount == 0, "may not mount here");
    String command =
        "mount -t tmpfs -o size=6m none /dev/shm && mount -t tmpfs -o size=6m none "
            + tmp
            + " && exec "
            + ChildJvm.java()
            + " -Djava.io.tmpdir="
            + tmp
            + " -cp "
            + System.getProperty("java.class.path")
            + " '"
            + NoRoom.class.getName()
            + "'";
    try (var child = ChildJvm.start(List.of("unshare", "-m", "sh", "-c", command))) {
      assertThat(child.awaitLine("argument "))
          .contains("UncheckedIOException", "no room", "No space left");
      assertThat(child.awaitLine("result "))
          .contains("ResultNotSerializableException")
          .contains("No space left");
      assertThat(child.awaitLine("small ")).isEqualTo("500");
      assertThat(child.awaitLine("start ")).contains("WorkerCrashedException");
      assertThat(child.awaitLine("starting "))
          .contains("WorkerStartException")
          .contains("No space left");
      assertThat(child.awaitLine("after ")).isEqualTo("500000");
      assertThat(child.awaitLine("back ")).isEqualTo("500000");
      child.awaitLine("closed");
      assertThat(child.awaitExit()).isZero();
    }
  }
}

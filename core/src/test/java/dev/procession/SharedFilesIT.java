package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.testing.ChildJvm;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Pools;
import dev.procession.testing.SharedFiles;
import dev.procession.testing.Signals;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The memory in which a pool on this machine has what it shares. */
@NoLeaks
class SharedFilesIT {
  @TempDir Path tmp;

  private static List<Path> sharedFiles() {
    return SharedFiles.named("share-.*");
  }

  private record Model(Map<String, Integer> weights) {
    private static Model ofSize(int size) {
      Map<String, Integer> weights = new HashMap<>();
      IntStream.range(0, size).forEach(i -> weights.put("word " + i, i));
      return new Model(weights);
    }
  }

  @Test
  @DisplayName("all workers, later ones too, read one file of the value's serialised size")
  void onceInMemory() throws Exception {
    byte[] megabytes = new byte[16 << 20];
    megabytes[megabytes.length - 1] = 7;
    try (var pool = Pools.builder(4).minWorkers(4).build();
        Shared<List<byte[]>> shared = pool.share(List.of(megabytes))) {
      Gate go = Gate.in(tmp, "go");
      List<ProcessFuture<Integer>> futures = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        futures.add(
            pool.submit(
                () -> {
                  go.await();
                  return (int) shared.get().get(0)[megabytes()];
                }));
      }
      go.open();
      for (ProcessFuture<Integer> future : futures) {
        assertThat(future.result()).isEqualTo(7);
      }
      List<Path> files = sharedFiles();
      assertThat(files).hasSize(1);
      assertThat(Files.size(files.get(0)))
          .isEqualTo(shared.size())
          .isBetween(16L << 20, (16L << 20) + 1_000);
    }
    assertThat(sharedFiles()).isEmpty();
  }

  private static int megabytes() {
    return (16 << 20) - 1;
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  @DisplayName("more values are closed than a channel takes messages: the worker is told later")
  void channelFull_toldLater() throws Exception {
    try (var pool = Pools.of(1)) {
      Shared<String> last = pool.share("last");
      assertThat(pool.submit(() -> last.get()).result()).isEqualTo("last");
      long pid = pool.snapshot().workers().get(0).pid();
      Path file = sharedFiles().get(0);
      assertThat(SharedFiles.isMapped(pid, file)).isTrue();
      Signals.stop(pid);
      for (int i = 0; i < 1_000; i++) {
        pool.share(i).close();
      }
      last.close();
      Signals.send("CONT", pid);
      assertThat(pool.submit(Pools::pid).result()).isEqualTo(pid);
      Awaitility.await()
          .until(() -> !SharedFiles.isMapped(pid, file)); // it was told of the last as well
      assertThat(pool.snapshot().restarts()).isZero();
    }
  }

  @Test
  @DisplayName("close frees it: the file, the workers' mapping, and get says so everywhere")
  void closed() throws Exception {
    try (var pool = Pools.of(1)) {
      Shared<Model> shared = pool.share(Model.ofSize(1_000));
      VoidTask use =
          () -> {
            if (shared.get().weights().size() != 1_000) {
              throw new AssertionError("another model");
            }
          };
      pool.submit(use).result();
      long worker = pool.submit(Pools::pid).result();
      Path file = sharedFiles().get(0);
      Gate go = Gate.in(tmp, "go");
      var late =
          pool.submit(
              () -> {
                go.await();
                shared.get();
              });
      shared.close();
      shared.close();
      assertThat(file).doesNotExist();
      Awaitility.await().until(() -> !SharedFiles.isMapped(worker, file));
      go.open();
      assertThat(late.exception().orElseThrow())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("was closed, or its pool has ended");
      assertThatThrownBy(shared::get)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("was closed");
      assertThatThrownBy(shared::preload).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> pool.submit(use))
          .isInstanceOf(TaskNotSerializableException.class)
          .hasMessageContaining("was closed");
    }
  }

  @Test
  @DisplayName("the pool's end closes what was left open; nothing can be shared afterwards")
  void poolEnds() {
    var pool = Pools.of(1);
    Shared<String> shared = pool.share("model");
    pool.close();
    assertThat(sharedFiles()).isEmpty();
    assertThatThrownBy(shared::get).isInstanceOf(IllegalStateException.class);
    shared.close();
    assertThatThrownBy(() -> pool.share("more")).isInstanceOf(RejectedExecutionException.class);
  }

  /** A parent to be killed. */
  static final class Sharing {
    public static void main(String[] args) throws Exception {
      try (var pool = ProcessPoolExecutor.create(1)) {
        Shared<byte[]> shared = pool.share(new byte[1 << 20]);
        pool.submit(() -> shared.get().length).result();
        System.out.println("shared");
        Thread.sleep(Duration.ofMinutes(5).toMillis());
      }
    }
  }

  @Test
  @DisplayName("nothing is left of it when the parent is killed")
  void parentKilled() throws Exception {
    try (var child = ChildJvm.run(Sharing.class)) {
      child.awaitLine("shared");
      long pid = child.pid();
      assertThat(SharedFiles.of(pid)).isNotEmpty();
      child.handle().destroyForcibly();
      Awaitility.await().until(() -> SharedFiles.of(pid).isEmpty());
    }
  }
}

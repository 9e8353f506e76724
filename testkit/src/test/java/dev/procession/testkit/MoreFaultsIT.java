package dev.procession.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.CrashReport;
import dev.procession.ExitReason;
import dev.procession.ProcessPoolExecutor;
import dev.procession.Task;
import dev.procession.TaskDeserializationException;
import dev.procession.VoidTask;
import dev.procession.WorkerCrashedException;
import dev.procession.WorkerStartException;
import dev.procession.spi.WorkerLauncher;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Pools;
import dev.procession.testing.Sources;
import java.io.File;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Faults beside the matrix: they are of one moment only, or of none of the saboteurs. */
@NoLeaks
class MoreFaultsIT {
  @TempDir Path tmp;

  /* ---- Worker start, by other means than an agent ---- */

  private static void assertNotStarted(ProcessPoolExecutor.Builder builder, String... words)
      throws Exception {
    try (var pool = builder.build()) {
      Throwable failure = pool.submit(() -> 1).exception(Arena.PATIENCE).orElseThrow();
      assertThat(failure).isInstanceOf(WorkerStartException.class).message().contains(words);
      CrashReport report = ((WorkerStartException) failure).report();
      assertThat(report.reason()).isEqualTo(ExitReason.START_FAILED);
    }
  }

  @Test
  @DisplayName("a flag that the JVM does not know: its own words reach the future")
  void start_badFlag() throws Exception {
    assertNotStarted(
        Pools.builder(1).jvmArgs("-XX:+NoSuchFlagAtAll"), "exit code 1", "NoSuchFlagAtAll");
  }

  @Test
  @DisplayName("a heap that the machine does not have")
  void start_absurdHeap() throws Exception {
    assertNotStarted(
        Pools.builder(1).jvmArgs("-Xms4000g", "-Xmx4000g", "-XX:+AlwaysPreTouch"), "exit code 1");
  }

  @Test
  @DisplayName("a launcher that throws: its exception is the cause")
  void start_launcherThrows() throws Exception {
    WorkerLauncher broken =
        prepared -> {
          throw new IOException("no sandbox today");
        };
    assertNotStarted(
        Pools.builder(1).launcher(broken), "could not be launched", "no sandbox today");
  }

  @Test
  @DisplayName("a launcher that starts something that ends at once")
  void start_launcherOfSomethingShort() throws Exception {
    assertNotStarted(
        Pools.builder(1).launcher(prepared -> prepared.command("sh", "-c", "exit 5").start()),
        "before it was ready",
        "exit code 5");
  }

  @Test
  @DisplayName("a launcher that starts something that never says hello: it is killed")
  void start_launcherOfSomethingDeaf() throws Exception {
    assertNotStarted(
        Pools.builder(1)
            .startTimeout(Duration.ofSeconds(1))
            .launcher(prepared -> prepared.command("sleep", "900").start()),
        "start timeout of 1 s");
  }

  /* ---- Results that the parent cannot read ---- */

  @Test
  @DisplayName("a result of a class that only the worker has fails its own future, named")
  void result_classMissingInParent() throws Exception {
    Path classes = tmp.resolve("classes");
    Sources.compile(
        classes,
        Map.of("Foreign.java", "public record Foreign(int x) implements java.io.Serializable {}"));
    List<Path> classPath =
        Arrays.stream(
                (classes + File.pathSeparator + System.getProperty("java.class.path"))
                    .split(File.pathSeparator))
            .map(Path::of)
            .toList();
    try (var pool = Pools.builder(1).classPath(classPath).build()) {
      Task<Object> makesForeign =
          () -> Class.forName("Foreign").getConstructor(int.class).newInstance(1);
      assertThat(pool.submit(makesForeign).exception(Arena.PATIENCE))
          .get()
          .isInstanceOf(TaskDeserializationException.class)
          .asString()
          .contains("the result could not be read", "Foreign");
      assertThat(pool.submit(() -> 1).result(Arena.PATIENCE)).isEqualTo(1);
    }
  }

  private static final class Greedy implements Serializable {
    private static final long serialVersionUID = 1L;

    private void readObject(ObjectInputStream in) {
      throw new AssertionError(new long[Integer.MAX_VALUE].length);
    }
  }

  @Test
  @DisplayName("a result that wants more memory than there is fails its own future")
  void result_wantsTooMuchMemory() throws Exception {
    try (var pool = Pools.of(1)) {
      Task<Greedy> greedy = Greedy::new;
      Throwable failure = pool.submit(greedy).exception(Arena.PATIENCE).orElseThrow();
      assertThat(failure)
          .isInstanceOf(TaskDeserializationException.class)
          .hasRootCauseInstanceOf(OutOfMemoryError.class);
      assertThat(pool.submit(() -> 1).result(Arena.PATIENCE)).isEqualTo(1);
    }
  }

  /* ---- Ends that look like others ---- */

  @Test
  @DisplayName("a crash is a crash also where the JVM is told to write no core and exits with 1")
  void run_segfaultWithoutCore() throws Exception {
    try (var pool = Pools.builder(1).jvmArgs("-XX:-CreateCoredumpOnCrash").build()) {
      Throwable failure = pool.submit(Saboteur.SEGFAULT).exception(Arena.PATIENCE).orElseThrow();
      CrashReport report = ((WorkerCrashedException) failure).report();
      assertThat(report.reason()).isEqualTo(ExitReason.NATIVE_CRASH);
      assertThat(report.fatalErrorLog()).get().asString().contains("SIGSEGV");
    }
  }

  @Test
  @DisplayName("a worker whose sockets a task has closed takes no other worker's files with it")
  void run_descriptorsClosed_othersKeepFiles() throws Exception {
    try (var pool = Pools.of(2)) {
      byte[] large = new byte[300_000];
      for (int i = 0; i < 3; i++) {
        VoidTask closes = Saboteur.CLOSES_DESCRIPTORS;
        var victim = pool.submit(closes);
        for (int j = 0; j < 5; j++) {
          assertThat(pool.submit((byte[] bytes) -> bytes.length, large).result(Arena.PATIENCE))
              .isEqualTo(large.length);
        }
        assertThat(victim.exception(Arena.PATIENCE)).isEmpty();
      }
    }
  }
}

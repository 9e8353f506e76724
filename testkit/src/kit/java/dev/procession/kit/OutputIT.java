package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.procession.AbstractProcessExecutor;
import dev.procession.OutputLine;
import dev.procession.OutputListener;
import dev.procession.ProcessFuture;
import dev.procession.TaskOptions;
import dev.procession.WorkerCrashedException;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tasks print, item 8 of the issue. After close() every line has been passed on. */
@NoLeaks
@Needs(Ability.PROCESSES)
class OutputIT {
  private final List<OutputLine> lines = new CopyOnWriteArrayList<>();

  private AbstractProcessExecutor pool() {
    return Kit.pool(1, options -> options.outputListener(lines::add));
  }

  private static TaskOptions named(String name) {
    return TaskOptions.builder().name(name).build();
  }

  private List<String> texts() {
    return lines.stream().map(OutputLine::text).toList();
  }

  @Test
  @DisplayName("X11: System.out and System.err arrive line by line with pid and task")
  void output_bothStreams_attributed() throws Exception {
    long pid;
    try (var pool = pool()) {
      var future =
          pool.with(named("printer"))
              .submit(
                  () -> {
                    System.out.println("to out");
                    System.err.println("to err, äöü €");
                    return Kit.pid();
                  });
      pid = future.result();
    }
    assertThat(lines)
        .extracting(OutputLine::text, OutputLine::error, OutputLine::taskName, OutputLine::pid)
        .containsExactlyInAnyOrder(
            tuple("to out", false, "printer", pid), tuple("to err, äöü €", true, "printer", pid));
  }

  @Test
  @DisplayName("short tasks behind one another each keep their own lines")
  void output_shortTasks_eachItsOwn() throws Exception {
    try (var pool = pool()) {
      List<ProcessFuture<Void>> futures = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        int number = i;
        futures.add(
            pool.with(named("task-" + i)).submit(() -> System.out.println("line-" + number)));
      }
      for (var future : futures) {
        future.result();
      }
    }
    assertThat(lines).hasSize(300);
    assertThat(lines)
        .allSatisfy(
            line -> assertThat(line.taskName()).isEqualTo(line.text().replace("line-", "task-")));
  }

  @Test
  @DisplayName("what processes of a task write to the inherited descriptors arrives too")
  void output_descriptors_arrive() throws Exception {
    try (var pool = pool()) {
      pool.with(named("native"))
          .submit(
              () ->
                  new ProcessBuilder("sh", "-c", "echo to fd 1; echo to fd 2 >&2")
                      .inheritIO()
                      .start()
                      .waitFor())
          .result();
    }
    assertThat(texts()).containsExactlyInAnyOrder("to fd 1", "to fd 2");
  }

  @Test
  @DisplayName("nothing is lost when the JVM ends in the middle of a line")
  void output_halt_nothingLost() throws Exception {
    try (var pool = pool()) {
      var future =
          pool.submit(
              () -> {
                System.out.println("whole");
                System.out.print("half");
                Runtime.getRuntime().halt(1);
              });
      var failure = (WorkerCrashedException) future.exception().orElseThrow();
      assertThat(failure.report().outputTail()).containsExactly("whole", "half");
      assertThat(failure.report().exitCode()).hasValue(1);
    }
    assertThat(texts()).containsExactly("whole", "half");
  }

  @Test
  @DisplayName("a flood and a very long line come whole, and results are not disturbed")
  void output_flood_comesWhole() throws Exception {
    try (var pool = pool()) {
      var future =
          pool.submit(
              () -> {
                for (int i = 0; i < 20_000; i++) {
                  System.out.println("line " + i);
                }
                System.out.println("x".repeat(200_000));
                return 7;
              });
      assertThat(future.result()).isEqualTo(7);
    }
    assertThat(texts().subList(0, 20_000)).startsWith("line 0").endsWith("line 19999");
    assertThat(texts().subList(20_000, lines.size()).stream().mapToInt(String::length).sum())
        .isEqualTo(200_000);
  }

  @Test
  @DisplayName("binary junk on standard output never reaches the wire")
  void output_junk_harmless() throws Exception {
    try (var pool = pool()) {
      var future =
          pool.submit(
              () -> {
                byte[] junk = new byte[10_000];
                new Random(1).nextBytes(junk);
                try {
                  System.out.write(junk);
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
                System.out.println();
                return "fine";
              });
      assertThat(future.result()).isEqualTo("fine");
    }
    assertThat(lines).isNotEmpty();
  }

  @Test
  @DisplayName("the initializer's lines belong to no task")
  void output_initializer_noTask() throws Exception {
    try (var pool =
        Kit.pool(
            1,
            options ->
                options
                    .outputListener(lines::add)
                    .initializer(() -> System.out.println("warming up")))) {
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
    }
    assertThat(lines).singleElement().extracting(OutputLine::taskId).isEqualTo(-1L);
  }

  @Test
  @DisplayName("a listener that throws is heard again")
  void output_listenerThrows_heardAgain() throws Exception {
    OutputListener moody =
        line -> {
          lines.add(line);
          throw new IllegalStateException("moody");
        };
    try (var pool = Kit.pool(1, options -> options.outputListener(moody))) {
      pool.submit(() -> System.out.println("one\ntwo")).result();
    }
    assertThat(texts()).containsExactly("one", "two");
  }

  private static int leaveSomebodyBehind(String pidFile) throws Exception {
    String script = "env -i sleep 600 & echo $! > '" + pidFile + "'";
    new ProcessBuilder("sh", "-c", script).inheritIO().start().waitFor();
    Runtime.getRuntime().halt(3);
    return 0;
  }

  /**
   * What a task had started with an emptied environment was not found by the worker's mark, held
   * the pipe of its output open, and a thread of the pool stayed in read() for as long.
   */
  @Test
  @DisplayName("who holds the output of an ended worker open is ended, and no thread waits for it")
  void output_heldOpenByOrphan_noThreadLeft(@TempDir Path tmp) throws Exception {
    Assumptions.assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "Linux only");
    Path pidFile = tmp.resolve("pid");
    String name;
    try (var pool = pool()) {
      name = pool.snapshot().name();
      assertThat(pool.submit(OutputIT::leaveSomebodyBehind, pidFile.toString()).exception())
          .containsInstanceOf(WorkerCrashedException.class);
    }
    long orphan = Long.parseLong(Files.readString(pidFile).trim());
    try {
      Awaitility.await()
          .atMost(Duration.ofSeconds(5))
          .until(
              () ->
                  Workers.isGone(orphan)
                      && Thread.getAllStackTraces().keySet().stream()
                          .noneMatch(
                              thread ->
                                  thread.getName().startsWith("procession-" + name + "-output")));
    } finally {
      ProcessHandle.of(orphan).ifPresent(ProcessHandle::destroyForcibly);
    }
  }
}

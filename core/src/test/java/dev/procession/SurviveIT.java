package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Occupied;
import dev.procession.testing.Pools;
import dev.procession.testing.Signals;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Survive anything, stop anything: retries, restart storms, stopped processes, grandchildren. */
@NoLeaks
class SurviveIT {
  @TempDir Path tmp;

  /** Appends this process's id; returns how often that was done before. */
  private static int mark(String file) {
    Path path = Path.of(file);
    String line = ProcessHandle.current().pid() + "\n";
    try {
      Files.writeString(path, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      return Files.readAllLines(path).size() - 1;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int haltUntil(String file, int attempts) {
    int before = mark(file);
    if (before < attempts) {
      Runtime.getRuntime().halt(7);
    }
    return before;
  }

  private static ProcessExecutorService retrying(ProcessPoolExecutor pool, int retries) {
    return pool.with(TaskOptions.builder().name("again").retries(retries).build());
  }

  /* ---- Retries ---- */

  @Test
  @DisplayName("retries: a task whose worker crashes is begun anew, in fresh workers, and counted")
  void retries_crash_begunAnew() throws Exception {
    String file = tmp.resolve("marks").toString();
    try (var pool = Pools.of(2)) {
      pool.submit(() -> 1).result();
      ProcessFuture<Integer> task = retrying(pool, 2).submit(() -> haltUntil(file, 2));
      assertThat(task.result()).isEqualTo(2);
      assertThat(task.info().attempt()).isEqualTo(3);
      assertThat(Files.readAllLines(Path.of(file))).hasSize(3).doesNotHaveDuplicates();
      assertThat(pool.snapshot().failed()).isZero();
    }
  }

  @Test
  @DisplayName("retries: a poison task ends with the report of its last crash, others unharmed")
  void retries_poison_ends() throws Exception {
    String file = tmp.resolve("marks").toString();
    try (var pool = Pools.of(1)) {
      ProcessFuture<Integer> poison =
          retrying(pool, 2).submit(() -> haltUntil(file, Integer.MAX_VALUE));
      List<ProcessFuture<Integer>> others = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        int value = i;
        others.add(pool.submit(() -> value));
      }
      assertThatThrownBy(poison::result)
          .isInstanceOf(WorkerCrashedException.class)
          .hasMessageStartingWith("attempt 3 of 3: ")
          .hasMessageContaining("exit code 7");
      assertThat(poison.info().attempt()).isEqualTo(3);
      for (int i = 0; i < 50; i++) {
        assertThat(others.get(i).result()).isEqualTo(i);
      }
      assertThat(Files.readAllLines(Path.of(file))).hasSize(3);
      assertThat(pool.snapshot().pending()).isZero();
    }
  }

  private static int throwMarked(String file) {
    throw new IllegalStateException("attempt " + mark(file));
  }

  private static int loopMarked(String file) {
    for (int i = mark(file); ; i++) {
      if (i == Integer.MIN_VALUE) {
        return i;
      }
    }
  }

  @Test
  @DisplayName("retries: neither an exception nor a deadline is a crash")
  void retries_exceptionOrDeadline_notRetried() throws Exception {
    String thrown = tmp.resolve("thrown").toString();
    String late = tmp.resolve("late").toString();
    try (var pool = Pools.of(1)) {
      assertThatThrownBy(() -> retrying(pool, 3).submit(() -> throwMarked(thrown)).result())
          .isInstanceOf(IllegalStateException.class);
      var options = TaskOptions.builder().retries(3).timeout(Duration.ofMillis(300)).build();
      assertThatThrownBy(() -> pool.with(options).submit(() -> loopMarked(late)).result())
          .isInstanceOf(TaskTimeoutException.class);
    }
    assertThat(Files.readAllLines(Path.of(thrown))).hasSize(1);
    assertThat(Files.readAllLines(Path.of(late))).hasSize(1);
  }

  @Test
  @DisplayName("retries: in a map the element that crashed is begun anew, and no other")
  void retries_map_onlyTheElement() throws Exception {
    String folder = tmp.toString();
    List<Integer> inputs = List.of(0, 1, 2, 3, 4, 5);
    try (var pool = Pools.of(1)) {
      TaskFunction<Integer, Integer> function =
          x -> x + 100 * haltUntil(folder + "/m" + x, x == 3 ? 1 : 0);
      List<Integer> results = new ArrayList<>();
      try (MapResults<Integer> map =
          retrying(pool, 1).map(MapOptions.builder().chunkSize(6).build(), function, inputs)) {
        map.forEach(results::add);
      }
      assertThat(results).containsExactly(0, 1, 2, 103, 4, 5);
    }
    for (int x : inputs) {
      assertThat(Files.readAllLines(tmp.resolve("m" + x))).hasSize(x == 3 ? 2 : 1);
    }
  }

  @Test
  @DisplayName(
      "retries: between attempts it is still running; cancel(false) is too late, (true) not")
  void retries_betweenAttempts_running() throws Exception {
    String file = tmp.resolve("marks").toString();
    Gate start = Gate.in(tmp, "start");
    VoidTask slowSecondStart =
        () -> {
          if (Files.exists(Path.of(file))) {
            start.await();
          }
        };
    try (var pool = Pools.builder(1).initializer(slowSecondStart).build()) {
      ProcessFuture<Integer> task = retrying(pool, 5).submit(() -> haltUntil(file, 5));
      Awaitility.await().until(() -> pool.snapshot().restarts() == 1);
      assertThat(task.isRunning()).isTrue();
      assertThat(task.info().attempt()).isEqualTo(1);
      assertThat(task.cancel(false)).isFalse();
      assertThat(task.isDone()).isFalse();
      assertThat(task.cancel(true)).isTrue();
      start.open();
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
    }
    assertThat(Files.readAllLines(Path.of(file))).hasSize(1);
  }

  @Test
  @DisplayName("without retries a crashed task is never begun again, with more waiting either")
  void retries_withTaskLimit_poolGoesOn() throws Exception {
    String file = tmp.resolve("marks").toString();
    try (var pool = Pools.builder(2).maxTasksPerWorker(1).build()) {
      var poison = retrying(pool, 1).submit(() -> haltUntil(file, 9));
      List<ProcessFuture<Integer>> others = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        int value = i;
        others.add(pool.submit(() -> value));
      }
      assertThatThrownBy(poison::result).isInstanceOf(WorkerCrashedException.class);
      for (int i = 0; i < 6; i++) {
        assertThat(others.get(i).result()).isEqualTo(i);
      }
    }
    assertThat(Files.readAllLines(Path.of(file))).hasSize(2);
  }

  /* ---- Restart storms ---- */

  @Test
  @DisplayName("workers that die at start break the pool after a bounded number, with the report")
  void storm_deadAtStart_breaksPool() throws Exception {
    String file = tmp.resolve("starts").toString();
    var pool =
        Pools.builder(1)
            .minWorkers(1)
            .initializer(
                () -> {
                  mark(file);
                  System.out.println("no such library");
                  Runtime.getRuntime().halt(9);
                })
            .build();
    try (pool) {
      Awaitility.await().atMost(Duration.ofSeconds(100)).until(() -> pool.isTerminated());
      assertThat(Files.readAllLines(Path.of(file))).hasSize(8);
      assertThatThrownBy(() -> pool.submit(() -> 1))
          .isInstanceOfSatisfying(
              BrokenProcessPoolException.class,
              e -> {
                assertThat(e.report().orElseThrow().exitCode()).hasValue(9);
                assertThat(e)
                    .hasMessageContaining("8 workers in a row")
                    .hasMessageContaining("no such library");
              });
      assertThatThrownBy(() -> pool.map(x -> x, List.of(1)))
          .isInstanceOf(BrokenProcessPoolException.class);
      assertThat(pool.isShutdown()).isTrue();
      assertThat(pool.awaitTermination(1, TimeUnit.SECONDS)).isTrue();
      pool.shutdown();
      assertThat(pool.shutdownNow()).isEmpty();
    }
  }

  @Test
  @DisplayName("a pool that breaks fails what waits, each future with an exception of its own")
  void storm_pendingTasks_failAtOnce() throws Exception {
    try (var pool = Pools.builder(1).jvmArgs("-XX:+NoSuchFlagAtAll").build()) {
      List<Throwable> failures = new ArrayList<>();
      while (pool.snapshot().state() == PoolState.RUNNING) {
        ProcessFuture<Integer> one;
        ProcessFuture<Integer> two;
        try {
          one = pool.submit(() -> 1);
          two = pool.submit(() -> 1);
        } catch (BrokenProcessPoolException e) {
          break; // it broke between the look and the submission
        }
        failures.add(one.exception(Duration.ofSeconds(60)).orElseThrow());
        failures.add(two.exception(Duration.ofSeconds(60)).orElseThrow());
      }
      assertThat(failures).hasSizeBetween(2, 16).doesNotHaveDuplicates();
      assertThat(failures)
          .allSatisfy(
              e ->
                  assertThat(e)
                      .isInstanceOfAny(WorkerStartException.class, BrokenProcessPoolException.class)
                      .hasMessageContaining("NoSuchFlagAtAll"));
      assertThat(failures.get(failures.size() - 1)).isInstanceOf(BrokenProcessPoolException.class);
      assertThatThrownBy(() -> pool.submit(() -> 1))
          .isInstanceOf(BrokenProcessPoolException.class)
          .hasMessageContaining("NoSuchFlagAtAll");
    }
  }

  @Test
  @DisplayName("a shortage of processes is no storm: the pool works again when it has passed")
  void shortage_passes_poolWorks() throws Exception {
    Gate more = Gate.in(tmp, "more");
    try (var pool =
        Pools.builder(1)
            .launcher(
                prepared -> {
                  if (!more.isOpen()) {
                    throw new IOException("error=11, Resource temporarily unavailable");
                  }
                  return prepared.start();
                })
            .build()) {
      for (int i = 0; i < 12; i++) {
        assertThatThrownBy(() -> pool.submit(() -> 1).result(Duration.ofSeconds(60)))
            .isInstanceOf(WorkerStartException.class)
            .hasMessageContaining("error=11");
      }
      more.open();
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
    }
  }

  /* ---- Stopped and left behind ---- */

  @Test
  @EnabledOnOs(OS.LINUX)
  @DisplayName("SIGSTOP: the task fails, says so, the lined-up ones go elsewhere, the pool goes on")
  void stopped_worker_noticed() throws Exception {
    try (var pool = Pools.of(1);
        var occupied = Occupied.worker(pool, tmp)) {
      ProcessFuture<Integer> next = pool.submit(() -> 1);
      long pid = pool.snapshot().workers().get(0).pid();
      Signals.stop(pid);
      assertThatThrownBy(() -> occupied.task().result(Duration.ofSeconds(90)))
          .isInstanceOfSatisfying(
              WorkerCrashedException.class,
              e -> assertThat(e.report().reason()).isEqualTo(ExitReason.KILLED))
          .hasMessageContaining("SIGSTOP");
      assertThat(next.result()).isEqualTo(1);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  @DisplayName(
      "SIGSTOP of a worker that idles is noticed with the next task, which is done all the same")
  void stopped_idleWorker_nextTaskDone() throws Exception {
    try (var pool = Pools.of(1)) {
      long pid = pool.submit(Pools::pid).result();
      Signals.stop(pid);
      assertThat(pool.submit(Pools::pid).result(Duration.ofSeconds(90))).isNotEqualTo(pid);
    }
  }

  private static long[] grandchildren(boolean thenHalt) throws Exception {
    Process direct = new ProcessBuilder("sleep", "1000").start();
    // Its own parent ends at once, so that it is nobody's descendant any more.
    Process shell = new ProcessBuilder("sh", "-c", "sleep 1001 >/dev/null 2>&1 & echo $!").start();
    long orphan = Long.parseLong(new String(shell.getInputStream().readAllBytes()).trim());
    shell.waitFor();
    System.out.println("pids " + direct.pid() + " " + orphan);
    if (thenHalt) {
      Runtime.getRuntime().halt(1);
    }
    return new long[] {direct.pid(), orphan};
  }

  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  @DisplayName("what a task starts goes with its worker: at a crash, reparented ones too")
  void grandchildren_crash_killed() throws Exception {
    var lines = new ConcurrentLinkedQueue<String>();
    try (var pool = Pools.builder(1).outputListener(line -> lines.add(line.text())).build()) {
      assertThatThrownBy(() -> pool.submit(() -> grandchildren(true)).result())
          .isInstanceOf(WorkerCrashedException.class);
      String said = lines.stream().filter(line -> line.startsWith("pids ")).findFirst().get();
      for (String pid : said.substring(5).split(" ")) {
        Awaitility.await().until(() -> !isAlive(Long.parseLong(pid)));
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  @DisplayName("what a task starts goes with its worker: when the pool closes")
  void grandchildren_close_killed() throws Exception {
    long[] pids;
    try (var pool = Pools.of(1)) {
      pids = pool.submit(() -> grandchildren(false)).result();
      assertThat(Arrays.stream(pids).allMatch(SurviveIT::isAlive)).isTrue();
    }
    for (long pid : pids) {
      Awaitility.await().until(() -> !isAlive(pid));
    }
  }

  /* ---- The ladder ---- */

  private static PoolListener endsTo(Queue<CrashReport> reports) {
    return new PoolListener() {
      @Override
      public void workerEnded(String pool, CrashReport report) {
        reports.add(report);
      }
    };
  }

  private static void spinDeafly() {
    while (true) {
      try {
        Thread.sleep(1);
      } catch (InterruptedException | RuntimeException e) {
        // not listening
      }
    }
  }

  @Test
  @DisplayName("a deadline's report has the worker's threads, exit signal and memory in the end")
  void deadline_report_hasThreadDump() throws Exception {
    var ended = new ConcurrentLinkedQueue<CrashReport>();
    try (var pool = Pools.builder(1).listener(endsTo(ended)).build()) {
      var options = TaskOptions.builder().name("deaf").timeout(Duration.ofMillis(300)).build();
      ProcessFuture<Void> deaf = pool.with(options).submit(SurviveIT::spinDeafly);
      Throwable failure = deaf.exception().orElseThrow();
      assertThat(failure).isInstanceOf(TaskTimeoutException.class);
      CrashReport early = ((TaskTimeoutException) failure).report();
      assertThat(early.reason()).isEqualTo(ExitReason.TIMED_OUT);
      assertThat(early.taskName()).contains("deaf");
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !ended.isEmpty());
      CrashReport report = ((TaskTimeoutException) failure).report();
      assertThat(report.threadDump().orElse("none"))
          .contains("spinDeafly")
          .contains("\"main\"")
          .contains("procession-parent-link");
      assertThat(report.signal()).contains("SIGKILL");
      assertThat(ended.element().threadDump()).isEqualTo(report.threadDump());
      assertThat(ended.element().taskName()).contains("deaf");
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
    }
  }

  private static int deadlock() throws InterruptedException {
    Object one = new Object();
    Object two = new Object();
    var first = new java.util.concurrent.CountDownLatch(1);
    var second = new java.util.concurrent.CountDownLatch(1);
    Thread other =
        new Thread(
            () -> {
              synchronized (two) {
                second.countDown();
                try {
                  first.await();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
                synchronized (one) {
                  first.countDown();
                }
              }
            },
            "the other");
    other.setDaemon(true);
    other.start();
    synchronized (one) {
      first.countDown();
      second.await();
      synchronized (two) {
        return 1;
      }
    }
  }

  @Test
  @DisplayName("a deadlocked task is stopped, and the dump names the deadlock")
  void deadline_deadlock_stoppedAndNamed() throws Exception {
    var ended = new ConcurrentLinkedQueue<CrashReport>();
    try (var pool =
        Pools.builder(1).listener(endsTo(ended)).taskTimeout(Duration.ofMillis(500)).build()) {
      assertThatThrownBy(() -> pool.submit(SurviveIT::deadlock).result())
          .isInstanceOf(TaskTimeoutException.class);
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !ended.isEmpty());
      assertThat(ended.element().threadDump().orElse("none"))
          .contains("2 threads are deadlocked")
          .contains("\"the other\"")
          .contains("held by \"main\"");
    }
  }

  @Test
  @DisplayName("cancel(true): the listener gets the thread dump of what was stopped")
  void cancel_report_hasThreadDump() throws Exception {
    var ended = new ConcurrentLinkedQueue<CrashReport>();
    try (var pool = Pools.builder(1).listener(endsTo(ended)).build()) {
      ProcessFuture<Void> deaf = pool.submit(SurviveIT::spinDeafly);
      Awaitility.await().until(deaf::isRunning);
      assertThat(deaf.cancel(true)).isTrue();
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !ended.isEmpty());
      assertThat(ended.element().reason()).isEqualTo(ExitReason.CANCELLED);
      assertThat(ended.element().threadDump().orElse("none")).contains("spinDeafly");
    }
  }
}

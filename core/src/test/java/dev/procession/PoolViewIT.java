package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.Endpoint;
import dev.procession.observe.Activity;
import dev.procession.observe.PoolIdentity;
import dev.procession.observe.PoolView;
import dev.procession.observe.TaskSpan;
import dev.procession.observe.UnreachablePoolException;
import dev.procession.testing.ChildJvm;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Signals;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Pools as they are seen from outside, from this process and from others. */
@NoLeaks
class PoolViewIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  private static void spin() {
    while (true) {
      Thread.onSpinWait();
    }
  }

  private static ProcessFuture<Void> spinning(ProcessPoolExecutor pool) {
    return pool.with(TaskOptions.builder().name("spin").build()).submit(PoolViewIT::spin);
  }

  private static WorkerSnapshot busy(PoolView view) {
    return view.snapshot().workers().stream()
        .filter(worker -> worker.currentTask().equals(Optional.of("spin")))
        .findFirst()
        .orElseThrow();
  }

  private static void awaitBusy(PoolView view) {
    await().atMost(SOON).until(() -> view.snapshot().running() == 1);
  }

  @Test
  @DisplayName("a view shows the running task and its worker, what its threads do, and stops it")
  void view_runningTask_seenAndStopped() throws Exception {
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.builder().name("seen").workers(1).build();
        PoolView view = pool.view()) {
      ProcessFuture<Void> task = spinning(pool);
      awaitBusy(view);
      await()
          .atMost(SOON)
          .until(() -> busy(view).currentTaskFor().compareTo(Duration.ofMillis(50)) > 0);
      WorkerSnapshot worker = busy(view);
      assertThat(worker.currentTaskId()).isEqualTo(task.info().id());
      assertThat(worker.cpuTime()).isPositive();
      assertThat(worker.rssBytes()).isGreaterThan(10 << 20);
      assertThat(view.identity().name()).isEqualTo("seen");
      assertThat(view.identity().pid()).isEqualTo(ProcessHandle.current().pid());

      assertThat(view.threads(worker.number())).contains("PoolViewIT.spin");
      assertThat(task.isRunning()).isTrue(); // to be asked has not ended it

      assertThat(view.cancel(task.info().id())).isTrue();
      assertThat(task.isCancelled()).isTrue();
      await().atMost(SOON).until(() -> !view.cancel(task.info().id())); // once it is gone
      assertThat(pool.submit(() -> 7).result()).isEqualTo(7);
    }
  }

  private static List<TaskSpan> spans(PoolView view, int atLeast) {
    List<TaskSpan> spans = new ArrayList<>();
    long[] from = {0};
    await()
        .atMost(SOON)
        .until(
            () -> {
              Activity activity = view.activity(from[0]);
              from[0] = activity.next();
              assertThat(activity.missed()).isZero();
              spans.addAll(activity.spans());
              return spans.size() >= atLeast;
            });
    return spans;
  }

  @Test
  @DisplayName(
      "what workers did is remembered while somebody looks: long tasks one by one, with their parts")
  void activity_longTasks_eachASpan() throws Exception {
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(1);
        PoolView view = pool.view()) {
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1); // nobody looks yet
      assertThat(view.activity(0).spans()).isEmpty();
      ProcessFuture<byte[]> slow =
          pool.with(TaskOptions.builder().name("slow").build())
              .submit(
                  () -> {
                    TimeUnit.MILLISECONDS.sleep(30);
                    return new byte[8 << 20];
                  });
      assertThat(slow.result()).hasSize(8 << 20);
      ProcessExecutorService bad = pool.with(TaskOptions.builder().name("bad").build());
      assertThat(bad.submit(() -> Integer.parseInt("x")).exception()).isPresent();
      ProcessFuture<Void> endless = spinning(pool);
      awaitBusy(view);
      assertThat(endless.cancel(true)).isTrue();
      assertThat(pool.submit(() -> Runtime.getRuntime().halt(3)).exception()).isPresent();

      List<TaskSpan> spans = spans(view, 4);
      TaskSpan first = spans.get(0);
      assertThat(first.name()).isEqualTo("slow");
      assertThat(first.task()).isEqualTo(slow.info().id());
      assertThat(first.took()).isGreaterThanOrEqualTo(Duration.ofMillis(30));
      assertThat(first.writing()).isPositive();
      assertThat(first.writing().plus(first.reading())).isLessThan(first.took());
      assertThat(first.began()).isEqualTo(slow.info().started().orElseThrow());
      assertThat(first.submitted()).isEqualTo(slow.info().submitted());
      assertThat(first.end()).isEqualTo(TaskSpan.End.ENDED);
      assertThat(spans.get(1).failed()).isEqualTo(1);
      assertThat(spans.get(1).note().orElseThrow())
          .startsWith("java.lang.NumberFormatException: For input string");
      assertThat(spans.get(2).end()).isEqualTo(TaskSpan.End.STOPPED);
      assertThat(spans.get(2).name()).isEqualTo("spin");
      assertThat(spans.get(2).note()).hasValue("cancelled");
      assertThat(spans.get(3).end()).isEqualTo(TaskSpan.End.CRASHED);
      assertThat(spans.get(3).pid()).isNotEqualTo(first.pid());
    }
  }

  @Test
  @DisplayName(
      "a hundred thousand short tasks are few spans that leave none out; elements of a map count")
  void activity_shortTasks_joined() throws Exception {
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(2);
        PoolView view = pool.view()) {
      assertThat(view.activity(0).next()).isZero();
      List<ProcessFuture<Integer>> futures = new ArrayList<>();
      for (int i = 0; i < 100_000; i++) {
        int number = i;
        futures.add(pool.submit(() -> number));
      }
      var unused = ProcessFutures.await(futures, ReturnWhen.ALL_COMPLETED);
      int ofMap = 50_000;
      try (MapResults<Integer> results =
          pool.with(TaskOptions.builder().name("mapped").build())
              .map((Integer x) -> x, java.util.stream.IntStream.range(0, ofMap).boxed().toList())) {
        assertThat(results.stream().count()).isEqualTo(ofMap);
      }
      List<TaskSpan> spans = spans(view, 1);
      assertThat(spans.stream().mapToLong(TaskSpan::tasks).sum()).isEqualTo(100_000 + ofMap);
      assertThat(spans.stream().filter(span -> span.name().equals("mapped")))
          .isNotEmpty()
          .allMatch(span -> span.failed() == 0);
      assertThat(spans).hasSizeLessThan(15_000);
      assertThat(spans).allMatch(span -> span.busy().compareTo(span.took()) <= 0);
    }
  }

  @Test
  @DisplayName(
      "failures are counted by worker; a retired worker ends in good order and is replaced")
  void retire_idleWorker_replaced() throws Exception {
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(1);
        PoolView view = pool.view()) {
      assertThat(pool.submit(() -> Integer.parseInt("x")).exception()).isPresent();
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
      WorkerSnapshot worker = view.snapshot().workers().get(0);
      assertThat(worker.tasksDone()).isEqualTo(2);
      assertThat(worker.tasksFailed()).isEqualTo(1);
      view.retire(worker.number());
      long other = pool.submit(() -> ProcessHandle.current().pid()).result();
      assertThat(other).isNotEqualTo(worker.pid());
      assertThat(pool.snapshot().restarts()).isZero();
      await() // until it is buried it is found, but there is nothing more to retire
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> view.retire(worker.number()))
                      .hasMessageContaining("has no worker " + worker.number() + " any more"));
      assertThatThrownBy(() -> view.threads(99)).hasMessageEndingWith("has no worker 99");
    }
  }

  @Test
  @DisplayName("the task of a worker that is killed by order fails, and says by whose")
  void kill_busyWorker_taskFails() throws Exception {
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(1);
        PoolView view = pool.view()) {
      ProcessFuture<Void> task = spinning(pool);
      awaitBusy(view);
      view.kill(busy(view).number());
      WorkerCrashedException crash = (WorkerCrashedException) task.exception().orElseThrow();
      assertThat(crash.report().reason()).isEqualTo(ExitReason.KILLED);
      assertThat(crash).hasMessageContaining("by order of somebody who observed the pool");
    }
  }

  @Test
  @DisplayName("a worker that is stopped by a signal does not answer, and that is said")
  void threads_stoppedWorker_saysSo() throws Exception {
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(1);
        PoolView view = pool.view()) {
      long pid = pool.submit(() -> ProcessHandle.current().pid()).result();
      Signals.stop(pid);
      assertThatThrownBy(() -> view.threads(1))
          .isInstanceOf(UnreachablePoolException.class)
          .hasMessageContaining("it was stopped by a signal");
    }
  }

  /** Has a pool with an endless task until a line comes. */
  static final class Observed {
    public static void main(String[] arguments) throws Exception {
      boolean observable = Boolean.parseBoolean(arguments[0]);
      try (ProcessPoolExecutor pool =
          ProcessPoolExecutor.builder()
              .name("observed")
              .workers(1)
              .observable(observable)
              .build()) {
        ProcessFuture<Void> task = spinning(pool);
        while (!task.isRunning()) {
          Thread.sleep(5);
        }
        System.out.println("running");
        try {
          task.get();
        } catch (java.util.concurrent.CancellationException e) {
          System.out.println("cancelled");
        }
        TimeUnit.SECONDS.sleep(Long.parseLong(arguments[1]));
      }
      System.out.println("closed");
    }
  }

  private static Optional<PoolIdentity> find(long pid) {
    return PoolView.list().stream().filter(pool -> pool.pid() == pid).findFirst();
  }

  @Test
  @DisplayName(
      "another process of the user finds the pool, looks at it, stops its task, and learns of its end")
  void attach_otherProcess_sameView() throws Exception {
    try (ChildJvm child = ChildJvm.run(Observed.class, "true", "1")) {
      child.awaitLine("running");
      await().atMost(SOON).until(() -> find(child.pid()).isPresent());
      PoolIdentity identity = find(child.pid()).orElseThrow();
      assertThat(identity.name()).isEqualTo("observed");
      assertThat(identity.command()).endsWith("PoolViewIT$Observed");
      try (PoolView view = PoolView.attach(identity);
          PoolView second = PoolView.attach(identity)) {
        awaitBusy(view);
        assertThat(second.snapshot().name()).isEqualTo("observed");
        WorkerSnapshot worker = busy(view);
        assertThat(view.threads(worker.number())).contains("PoolViewIT.spin");
        assertThatThrownBy(() -> view.retire(99))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("has no worker 99");
        assertThat(view.activity(0).spans()).isEmpty();
        assertThat(view.cancel(worker.currentTaskId())).isTrue();
        assertThat(spans(view, 1).get(0).end()).isEqualTo(TaskSpan.End.STOPPED);
        child.awaitLine("cancelled");
        second.close();
        child.awaitLine("closed");
        assertThatThrownBy(view::snapshot)
            .isInstanceOf(UnreachablePoolException.class)
            .hasMessage("pool 'observed' of process " + child.pid() + " has ended");
      }
      assertThat(child.awaitExit()).isZero();
      assertThat(find(child.pid())).isEmpty();
      assertThatThrownBy(() -> PoolView.attach(identity))
          .isInstanceOf(UnreachablePoolException.class);
    }
  }

  @Test
  @DisplayName(
      "a process that is stopped by a signal does not answer, and nobody waits for it for ever")
  void attach_stoppedProcess_saysSo() throws Exception {
    try (ChildJvm child = ChildJvm.run(Observed.class, "true", "0")) {
      child.awaitLine("running");
      await().atMost(SOON).until(() -> find(child.pid()).isPresent());
      try (PoolView view = PoolView.attach(find(child.pid()).orElseThrow())) {
        awaitBusy(view);
        Signals.stop(child.pid());
        assertThatThrownBy(view::snapshot)
            .isInstanceOf(UnreachablePoolException.class)
            .hasMessageContaining("does not answer")
            .extracting(e -> ((UnreachablePoolException) e).isSilent())
            .isEqualTo(true);
      } finally {
        new ProcessBuilder("kill", "-CONT", Long.toString(child.pid())).start().waitFor();
      }
    }
  }

  @Test
  @DisplayName("directories that others could have made are not looked into")
  void list_foreignDirectories_leftAlone() throws Exception {
    Path base = Path.of("/dev/shm");
    Path open = Files.createTempDirectory(base, "procession-");
    Path link = base.resolve("procession-link-" + ProcessHandle.current().pid());
    try {
      Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
      assertThat(new ProcessBuilder("mkfifo", open.resolve("observe").toString()).start().waitFor())
          .isZero(); // to open it would wait for ever
      Files.createSymbolicLink(link, open);
      assertThat(PoolView.list()).noneMatch(pool -> pool.address().isEmpty());
      Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwx------"));
      assertThat(PoolView.list()).noneMatch(pool -> pool.address().isEmpty());
    } finally {
      Files.deleteIfExists(link);
      Files.deleteIfExists(open.resolve("observe"));
      Files.delete(open);
    }
  }

  @Test
  @DisplayName(
      "a pool that is not observable is not found; who does not know the secret is turned away")
  void attach_withoutLeave_turnedAway() throws Exception {
    try (ChildJvm hidden = ChildJvm.run(Observed.class, "false", "0");
        ProcessPoolExecutor pool = ProcessPoolExecutor.create(1)) {
      hidden.awaitLine("running");
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
      long own = ProcessHandle.current().pid();
      await().atMost(SOON).until(() -> find(own).isPresent());
      assertThat(find(hidden.pid())).isEmpty();
      for (byte[] wrong : List.of(new byte[32], "0123456789abcdef0123456789abcdef".getBytes())) {
        try (SocketChannel stranger = Endpoint.connect(find(own).orElseThrow().address())) {
          stranger.write(ControlMessages.observe(wrong));
          assertThat(stranger.read(ByteBuffer.allocate(1))).isNegative();
        }
      }
      assertThat(pool.submit(() -> 2).result()).isEqualTo(2);
    }
  }
}

package dev.procession.cluster.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.ExitReason;
import dev.procession.OutputLine;
import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.Shared;
import dev.procession.ShutdownOptions;
import dev.procession.TaskContext;
import dev.procession.TaskDeserializationException;
import dev.procession.TaskNotSerializableException;
import dev.procession.TaskOptions;
import dev.procession.TaskProgress;
import dev.procession.TaskState;
import dev.procession.TaskTimeoutException;
import dev.procession.WhenFull;
import dev.procession.WorkerCrashedException;
import dev.procession.WorkerStartException;
import dev.procession.cluster.internal.TestCluster.ClusterExecutor;
import dev.procession.cluster.internal.submitter.Detaching;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Tally;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks that go on when who has submitted them does not. */
@NoLeaks
class DetachedIT {
  private static final TaskOptions PLAIN = TaskOptions.DEFAULT;

  @TempDir Path tmp;

  private static void await(Callable<Boolean> condition) {
    Awaitility.await().atMost(Duration.ofSeconds(40)).until(condition);
  }

  private static boolean isThere(long pid) {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
  }

  @Test
  @DisplayName("a task goes on when its pool is closed, and its result is fetched by another one")
  void fetch_afterClose() throws Exception {
    Gate gate = Gate.in(tmp, "gate");
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      String id;
      try (var pool = cluster.submitter("s")) {
        id =
            pool.detaching()
                .detach(
                    () -> {
                      gate.await();
                      return List.of(1, 2, 3);
                    },
                    PLAIN);
        assertThat(pool.snapshot().pending()).as("it is no task of this pool's").isZero();
      }
      try (var other = cluster.submitter("t")) {
        ProcessFuture<List<Integer>> future = other.detaching().fetch(id);
        await(future::isRunning);
        assertThat(future.info().workerPid()).isPositive();
        gate.open();
        assertThat(future.result()).containsExactly(1, 2, 3);
        assertThat(future.info().state()).isEqualTo(TaskState.SUCCEEDED);
        ProcessFuture<List<Integer>> again = other.detaching().fetch(id);
        assertThat(again.result()).as("fetched again").containsExactly(1, 2, 3);
      }
      try (var third = cluster.submitter("u")) {
        assertThat(third.detaching().<List<Integer>>fetch(id).result()).containsExactly(1, 2, 3);
      }
    }
  }

  @Test
  @DisplayName(
      "a task goes on, begun or not, when its submitter is lost; what was not detached ends")
  void goesOn_submitterLost() throws Exception {
    Gate gate = Gate.in(tmp, "gate");
    List<String> ids = new ArrayList<>();
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      ClusterExecutor lost = cluster.submitter("lost");
      try {
        for (int i = 0; i < 3; i++) { // a worker runs one at a time
          int number = i;
          ids.add(
              lost.detaching()
                  .detach(
                      () -> {
                        gate.await();
                        return number;
                      },
                      PLAIN));
        }
        ProcessFuture<Integer> first = lost.detaching().fetch(ids.get(0));
        await(first::isRunning);
        long worker = first.info().workerPid();
        cluster.cutOff("lost");
        assertThatThrownBy(first::result)
            .isInstanceOfSatisfying(
                WorkerCrashedException.class,
                e -> assertThat(e.report().reason()).isEqualTo(ExitReason.NODE_LOST));
        assertThat(isThere(worker)).isTrue();
        try (var pool = cluster.submitter("s")) {
          ProcessFuture<Integer> again = pool.detaching().fetch(ids.get(0));
          await(again::isRunning);
          assertThat(again.info().workerPid()).as("the same worker").isEqualTo(worker);
          gate.open();
          for (int i = 0; i < 3; i++) {
            assertThat(pool.detaching().<Integer>fetch(ids.get(i)).result()).isEqualTo(i);
          }
          await(() -> !isThere(worker)); // nothing is left to be done for that submitter
        }
      } finally {
        gate.open();
        lost.shutdownNow();
        lost.close();
      }
    }
  }

  @Test
  @DisplayName("detached tasks are divided among members, and run once each")
  void detach_many() throws Exception {
    Tally tally = Tally.in(tmp, "tally");
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      cluster.member("b", 1);
      try (var pool = cluster.submitter("s")) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          String name = "task-" + i;
          ids.add(
              pool.detaching()
                  .detach(
                      () -> {
                        tally.add(name);
                        return ProcessHandle.current().pid();
                      },
                      TaskOptions.builder().name(name).build()));
        }
        assertThat(ids).doesNotHaveDuplicates();
        Set<Long> workers = new HashSet<>();
        for (String id : ids) {
          workers.add(pool.detaching().<Long>fetch(id).result());
        }
        assertThat(workers).hasSize(2);
        assertThat(tally.lines()).hasSize(20).doesNotHaveDuplicates();
      }
    }
  }

  @Test
  @DisplayName("what was thrown, a crash and a deadline are told as ever, and again")
  void fetch_failures() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s")) {
        Detaching detaching = pool.detaching();
        String thrower = detaching.detach(() -> Integer.parseInt("no number"), PLAIN);
        String crasher =
            detaching.detach(
                () -> {
                  Runtime.getRuntime().halt(7);
                  return 0;
                },
                PLAIN);
        String endless =
            detaching.detach(
                () -> {
                  while (true) {
                    Thread.onSpinWait();
                  }
                },
                TaskOptions.builder().timeout(Duration.ofMillis(300)).build());
        for (int i = 0; i < 2; i++) {
          assertThatThrownBy(() -> detaching.fetch(thrower).result())
              .isInstanceOf(NumberFormatException.class)
              .hasMessageContaining("no number");
          assertThatThrownBy(() -> detaching.fetch(crasher).result())
              .isInstanceOfSatisfying(
                  WorkerCrashedException.class,
                  e -> {
                    assertThat(e.report().exitCode()).hasValue(7);
                    assertThat(e.report().member()).hasValue("a");
                  });
          assertThatThrownBy(() -> detaching.fetch(endless).result())
              .isInstanceOf(TaskTimeoutException.class);
        }
      }
    }
  }

  @Test
  @DisplayName("cancelling a fetched future cancels the task, for all that have fetched it")
  void cancel_running() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s");
          var other = cluster.submitter("t")) {
        String id =
            pool.detaching()
                .detach(
                    () -> {
                      while (true) {
                        Thread.onSpinWait();
                      }
                    },
                    PLAIN);
        ProcessFuture<Object> here = pool.detaching().fetch(id);
        ProcessFuture<Object> there = other.detaching().fetch(id);
        await(() -> here.isRunning() && there.isRunning());
        assertThat(here.cancel(false)).as("it has begun").isFalse();
        assertThat(here.cancel(true)).isTrue();
        assertThatThrownBy(here::result).isInstanceOf(CancellationException.class);
        await(there::isDone);
        assertThat(there.isCancelled()).isTrue();
        ProcessFuture<Object> later = other.detaching().fetch(id);
        assertThatThrownBy(later::result).isInstanceOf(CancellationException.class);
      }
    }
  }

  @Test
  @DisplayName("one that has not begun is withdrawn by cancel(false), and never runs")
  void cancel_pending() throws Exception {
    Gate gate = Gate.in(tmp, "gate");
    Path trace = tmp.resolve("trace");
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s");
          var other = cluster.submitter("t")) {
        String first =
            pool.detaching()
                .detach(
                    () -> {
                      gate.await();
                      return 1;
                    },
                    PLAIN);
        ProcessFuture<Integer> running = pool.detaching().fetch(first);
        await(running::isRunning);
        String file = trace.toString();
        String second =
            pool.detaching().detach(() -> Files.createFile(Path.of(file)).toString(), PLAIN);
        ProcessFuture<String> pending = pool.detaching().fetch(second);
        ProcessFuture<String> elsewhere = other.detaching().fetch(second);
        assertThat(pending.cancel(false)).isTrue();
        assertThat(pending.isCancelled()).isTrue();
        await(elsewhere::isCancelled);
        gate.open();
        assertThat(running.result()).isEqualTo(1);
        assertThat(pool.submit(() -> 2).result()).isEqualTo(2);
        assertThat(trace).doesNotExist();
      }
    }
  }

  @Test
  @DisplayName("when the pool of a fetched future ends, that is cancelled and the task goes on")
  void poolEnds_taskGoesOn() throws Exception {
    Gate gate = Gate.in(tmp, "gate");
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      String begun;
      String waiting;
      try (var pool = cluster.submitter("s")) {
        begun =
            pool.detaching()
                .detach(
                    () -> {
                      gate.await();
                      return "begun";
                    },
                    PLAIN);
        waiting = pool.detaching().detach(() -> "waited", PLAIN);
      }
      var now = cluster.submitter("now");
      ProcessFuture<String> running = now.detaching().fetch(begun);
      await(running::isRunning);
      ProcessFuture<String> unbegun = now.detaching().fetch(waiting);
      assertThat(now.shutdownNow()).as("it goes on elsewhere").isEmpty();
      assertThat(unbegun.isCancelled()).isTrue();
      assertThatThrownBy(running::result).isInstanceOf(CancellationException.class);
      now.close();
      var pending = cluster.submitter("pending");
      ProcessFuture<String> waits = pending.detaching().fetch(waiting);
      ShutdownOptions cancelling =
          ShutdownOptions.builder().cancelPending(true).killAfter(Duration.ofSeconds(30)).build();
      assertThat(pending.shutdown(cancelling)).isTrue();
      assertThat(waits.isCancelled()).isTrue();
      gate.open();
      try (var last = cluster.submitter("last")) {
        assertThat(last.detaching().<String>fetch(begun).result()).isEqualTo("begun");
        assertThat(last.detaching().<String>fetch(waiting).result()).isEqualTo("waited");
      }
    }
  }

  @Test
  @DisplayName("an unknown id, one that was forgotten and one that is too old are told at once")
  void fetch_unknown() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.keepResults = Duration.ofMillis(300);
      cluster.member("a", 1);
      cluster.keepResults = Duration.ofHours(1);
      try (var pool = cluster.submitter("s")) {
        String old = pool.detaching().detach(() -> 1, PLAIN);
        assertThat(pool.detaching().<Integer>fetch(old).result()).isEqualTo(1);
        await(() -> isUnknown(pool, old));
        assertThat(isUnknown(pool, "never was")).isTrue();
        assertThatThrownBy(() -> pool.detaching().fetch(old))
            .isInstanceOf(NoSuchElementException.class)
            .hasMessageContaining(old)
            .hasMessageContaining("keepResults");
      }
    }
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("b", 1);
      cluster.member("c", 1);
      try (var pool = cluster.submitter("s")) {
        String done = pool.detaching().detach(() -> 1, PLAIN);
        assertThat(pool.detaching().<Integer>fetch(done).result()).isEqualTo(1);
        pool.detaching().forget(done);
        assertThat(isUnknown(pool, done)).isTrue();
        Gate gate = Gate.in(tmp, "gate");
        String running =
            pool.detaching()
                .detach(
                    () -> {
                      gate.await();
                      return 2;
                    },
                    PLAIN);
        ProcessFuture<Integer> future = pool.detaching().fetch(running);
        pool.detaching().forget(running);
        gate.open();
        assertThat(future.result()).as("who waits gets it").isEqualTo(2);
        await(() -> isUnknown(pool, running));
      }
    }
  }

  private static boolean isUnknown(ClusterExecutor pool, String id) throws InterruptedException {
    try {
      var unused = pool.detaching().fetch(id);
      return false;
    } catch (NoSuchElementException e) {
      return true;
    }
  }

  @Test
  @DisplayName("a node that is lost takes its detached tasks along, and that is what is told")
  void nodeLost() throws Exception {
    Gate gate = Gate.in(tmp, "gate");
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s")) {
        String id =
            pool.detaching()
                .detach(
                    () -> {
                      gate.await();
                      return 1;
                    },
                    PLAIN);
        ProcessFuture<Integer> future = pool.detaching().fetch(id);
        await(future::isRunning);
        cluster.member("b", 1);
        cluster.silence("a");
        assertThatThrownBy(future::result)
            .isInstanceOfSatisfying(
                WorkerCrashedException.class,
                e -> {
                  assertThat(e.report().reason()).isEqualTo(ExitReason.NODE_LOST);
                  assertThat(e.report().member()).hasValue("a");
                });
        assertThat(isUnknown(pool, id)).isTrue();
        gate.open();
      }
    }
  }

  @Test
  @DisplayName("a node that drains finishes its detached tasks, and takes no more of them")
  void drain() throws Exception {
    Gate gate = Gate.in(tmp, "gate");
    try (TestCluster cluster = new TestCluster()) {
      var member = cluster.member("a", 1);
      String id;
      try (var pool = cluster.submitter("s")) {
        id =
            pool.detaching()
                .detach(
                    () -> {
                      gate.await();
                      return 1;
                    },
                    PLAIN);
        member.drain();
        await(() -> refuses(pool));
        ProcessFuture<Integer> future = pool.detaching().fetch(id);
        await(future::isRunning);
        assertThat(member.isDrained()).isFalse();
        gate.open();
        assertThat(future.result()).isEqualTo(1);
        await(member::isDrained);
      }
    }
  }

  private static boolean refuses(ClusterExecutor pool) {
    try {
      var unused = pool.detaching().detach(() -> 0, PLAIN);
      return false;
    } catch (RejectedExecutionException e) {
      return true;
    }
  }

  @Test
  @DisplayName(
      "output comes as long as the pool is there, and progress to who has fetched the task")
  void outputAndProgress() throws Exception {
    Gate gate = Gate.in(tmp, "gate");
    List<OutputLine> lines = new CopyOnWriteArrayList<>();
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool =
          cluster.submitter(ProcessPoolExecutor.builder().name("s").outputListener(lines::add))) {
        String id =
            pool.detaching()
                .detach(
                    () -> {
                      System.out.println("a line");
                      gate.await();
                      TaskContext.current().report(1, 2, "half");
                      return 1;
                    },
                    TaskOptions.builder().name("talker").build());
        await(() -> !lines.isEmpty());
        assertThat(lines.get(0).text()).isEqualTo("a line");
        assertThat(lines.get(0).taskName()).isEqualTo("talker");
        ProcessFuture<Integer> future = pool.detaching().fetch(id);
        List<TaskProgress> told = new CopyOnWriteArrayList<>();
        future.addProgressListener(told::add);
        gate.open();
        assertThat(future.result()).isEqualTo(1);
        await(() -> told.stream().anyMatch(each -> each.message().equals("half")));
      }
    }
  }

  @Test
  @DisplayName(
      "values that the pool shares are there for its detached tasks, old ones and new ones")
  void shared() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s");
          Shared<List<Integer>> before = pool.share(List.of(1, 2))) {
        String one = pool.detaching().detach(() -> before.get().size(), PLAIN);
        assertThat(pool.detaching().<Integer>fetch(one).result()).isEqualTo(2);
        try (Shared<String> after = pool.share("three")) {
          String two = pool.detaching().detach(() -> after.get().length(), PLAIN);
          assertThat(pool.detaching().<Integer>fetch(two).result()).isEqualTo(5);
        }
      }
    }
  }

  @Test
  @DisplayName("what is fetched takes no room of the pool's own tasks")
  void fetched_doNotCount() throws Exception {
    Gate gate = Gate.in(tmp, "gate");
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 2);
      try (var pool =
          cluster.submitter(
              ProcessPoolExecutor.builder().name("s").maxPending(1).whenFull(WhenFull.REJECT))) {
        List<ProcessFuture<Integer>> fetched = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          fetched.add(
              pool.detaching()
                  .fetch(
                      pool.detaching()
                          .detach(
                              () -> {
                                gate.await();
                                return 1;
                              },
                              PLAIN)));
        }
        assertThat(pool.snapshot().pending()).isZero();
        assertThat(pool.submit(() -> 2).result()).isEqualTo(2);
        gate.open();
        for (ProcessFuture<Integer> future : fetched) {
          assertThat(future.result()).isEqualTo(1);
        }
      }
    }
  }

  @Test
  @DisplayName("a node has so much room for detached tasks and results, and says when it is full")
  void full() throws Exception {
    byte[] large = new byte[3 << 20];
    try (TestCluster cluster = new TestCluster()) {
      cluster.mostDetachedBytes = 5 << 20;
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s")) {
        Detaching detaching = pool.detaching();
        String one = detaching.detach(() -> large.length, PLAIN);
        assertThat(detaching.<Integer>fetch(one).result()).isEqualTo(3 << 20);
        String two = detaching.detach(() -> new byte[4 << 20], PLAIN);
        assertThat(detaching.<byte[]>fetch(two).result()).hasSize(4 << 20);
        assertThatThrownBy(() -> detaching.detach(() -> large.length, PLAIN))
            .isInstanceOf(RejectedExecutionException.class)
            .hasMessageContaining("some are to be forgotten");
        detaching.forget(two);
        String three = detaching.detach(() -> large.length, PLAIN);
        assertThat(detaching.<Integer>fetch(three).result()).isEqualTo(3 << 20);
        String four = detaching.detach(() -> new byte[6 << 20], PLAIN);
        await(() -> detaching.fetch(four).isDone());
        assertThatThrownBy(() -> detaching.fetch(four).result())
            .isInstanceOf(RejectedExecutionException.class)
            .hasMessageContaining("could not be kept");
      }
    }
  }

  @Test
  @DisplayName("where no worker starts, tasks fail with the reason, later ones are refused or fail")
  void noWorkers() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool =
          cluster.submitter(ProcessPoolExecutor.builder().name("s").jvmArgs("-XX:+NoSuchOption"))) {
        String id = pool.detaching().detach(() -> 1, PLAIN);
        assertThatThrownBy(() -> pool.detaching().fetch(id).result())
            .isInstanceOf(WorkerStartException.class)
            .hasMessageContaining("could not be started");
        await(() -> refuses(pool)); // after eight that failed
        String again = pool.detaching().detach(() -> 1, PLAIN); // begun anew
        assertThatThrownBy(() -> pool.detaching().fetch(again).result())
            .isInstanceOf(WorkerStartException.class);
      }
    }
  }

  @Test
  @DisplayName("what cannot be detached is refused with the reason")
  void detach_refused() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      var pool = cluster.submitter("s");
      Detaching detaching = pool.detaching();
      Thread culprit = Thread.currentThread();
      assertThatThrownBy(() -> detaching.detach(culprit::getName, PLAIN))
          .isInstanceOf(TaskNotSerializableException.class);
      assertThatThrownBy(() -> detaching.detach(() -> 1, TaskOptions.builder().retries(1).build()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a detached task runs at most once: retries must be 0, was 1");
      byte[] large = new byte[(int) TestCluster.MOST_BYTES + 1];
      assertThatThrownBy(() -> detaching.detach(() -> large.length, PLAIN))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("maxEnvelope");
      String unreadable = detaching.detach(() -> new Unreadable(), PLAIN);
      assertThatThrownBy(() -> detaching.fetch(unreadable).result())
          .isInstanceOf(TaskDeserializationException.class);
      pool.close();
      assertThatThrownBy(() -> detaching.detach(() -> 1, PLAIN))
          .isInstanceOf(RejectedExecutionException.class);
      assertThatThrownBy(() -> detaching.fetch(unreadable))
          .isInstanceOf(RejectedExecutionException.class);
      assertThatThrownBy(() -> detaching.forget(unreadable))
          .isInstanceOf(RejectedExecutionException.class);
    }
  }

  /** What can be written, and not read back where it was asked for. */
  private static final class Unreadable implements java.io.Serializable {
    private static final long serialVersionUID = 1;

    private void readObject(java.io.ObjectInputStream in) throws java.io.IOException {
      throw new java.io.InvalidObjectException("unreadable");
    }
  }
}

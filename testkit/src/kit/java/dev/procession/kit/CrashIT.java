package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.ExitReason;
import dev.procession.ProcessFuture;
import dev.procession.TaskState;
import dev.procession.VoidTask;
import dev.procession.WorkerCrashedException;
import dev.procession.testing.Doer;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Occupied;
import dev.procession.testing.Tally;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A worker that ends costs the one task that it ran: sections 10 and 11 of the specification, where
 * Python's whole pool breaks.
 */
@NoLeaks
@Needs(Ability.PROCESSES)
class CrashIT {
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  @TempDir Path tmp;

  /** How a task may end the JVM that it runs in. */
  enum End {
    EXIT_AS_IF_WELL(ExitReason.EXIT_CALLED, "exit code 0"),
    EXIT(ExitReason.EXIT_CALLED, "exit code 5"),
    HALT(ExitReason.EXIT_CALLED, "exit code 6"),
    KILLED(ExitReason.KILLED, "SIGKILL"),
    TERMINATED(ExitReason.KILLED, "SIGTERM"),
    SEGMENTATION_FAULT(ExitReason.NATIVE_CRASH, "crashed"),
    ABORTED(ExitReason.NATIVE_CRASH, "SIGABRT");

    private final ExitReason reason;
    private final String text;

    End(ExitReason reason, String text) {
      this.reason = reason;
      this.text = text;
    }

    void now() {
      switch (this) {
        case EXIT_AS_IF_WELL -> System.exit(0);
        case EXIT -> System.exit(5);
        case HALT -> Runtime.getRuntime().halt(6);
        case KILLED -> signal("KILL");
        case TERMINATED -> signal("TERM");
        case SEGMENTATION_FAULT -> signal("SEGV");
        case ABORTED -> signal("ABRT");
      }
    }

    private static void signal(String name) {
      try {
        new ProcessBuilder("kill", "-" + name, Long.toString(Kit.pid())).inheritIO().start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      while (true) {
        Thread.onSpinWait();
      }
    }
  }

  private static WorkerCrashedException crashOf(ProcessFuture<?> future) throws Exception {
    Throwable failure = future.exception(PATIENCE).orElseThrow();
    assertThat(failure).isInstanceOf(WorkerCrashedException.class);
    return (WorkerCrashedException) failure;
  }

  private static VoidTask haltsAfter(Gate gate) {
    return () -> {
      gate.await();
      Runtime.getRuntime().halt(3);
    };
  }

  @ParameterizedTest
  @EnumSource(End.class)
  @DisplayName("X8, X9, B1, B4, B13: a task that ends its JVM is told how, and not run again")
  void end_anyWay_failsThatTask(End end) throws Exception {
    Tally begun = Tally.in(tmp, "begun");
    try (var pool = Kit.pool(1)) {
      long pid = pool.submit(Kit::pid).result();
      ProcessFuture<Void> fatal =
          pool.submit(
              () -> {
                begun.addPid();
                end.now();
              });
      WorkerCrashedException crash = crashOf(fatal);
      assertThat(crash).hasMessageContaining("pid " + pid).hasMessageContaining(end.text);
      assertThat(crash.report().reason()).isEqualTo(end.reason);
      assertThat(crash.report().pid()).isEqualTo(pid);
      assertThat(pool.submit(Kit::pid).result()).isNotEqualTo(pid);
      assertThat(begun.lines()).containsExactly(Long.toString(pid));
      assertThat(pool.snapshot().restarts()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName(
      "B2, B3, B6: what waits or runs elsewhere is untouched; each crash is told by itself")
  void crash_othersWaitAndRun_untouched() throws Exception {
    try (var pool = Kit.pool(2);
        var healthy = Occupied.worker(pool, tmp)) {
      Gate first = Gate.in(tmp, "first");
      Gate second = Gate.in(tmp, "second");
      ProcessFuture<Void> one = pool.submit(haltsAfter(first));
      ProcessFuture<Void> two = pool.submit(haltsAfter(second));
      List<ProcessFuture<Integer>> waiting =
          IntStream.range(0, 20).mapToObj(i -> pool.submit(() -> i)).toList();
      first.open();
      WorkerCrashedException crash = crashOf(one);
      assertThat(waiting).noneMatch(ProcessFuture::isDone);
      second.open();
      assertThat(crashOf(two)).isNotSameAs(crash);
      assertThat(crashOf(two).report().pid()).isNotEqualTo(crash.report().pid());
      for (int i = 0; i < waiting.size(); i++) {
        assertThat(waiting.get(i).result(PATIENCE)).isEqualTo(i);
      }
      assertThat(healthy.task().isRunning()).isTrue();
      healthy.go().open();
      assertThat(healthy.task().result(PATIENCE))
          .isNotIn(crash.report().pid(), crashOf(two).report().pid());
    }
  }

  @Test
  @DisplayName("B7: what was done keeps its outcome, what was cancelled stays cancelled")
  void crash_doneBefore_keepsOutcome() throws Exception {
    try (var pool = Kit.pool(1)) {
      Gate crash = Gate.in(tmp, "crash");
      ProcessFuture<int[]> unread = pool.submit(() -> new int[] {7});
      ProcessFuture<Void> fatal = pool.submit(haltsAfter(crash));
      ProcessFuture<Integer> cancelled = pool.submit(() -> 1);
      assertThat(cancelled.cancel(false)).isTrue();
      crash.open();
      crashOf(fatal);
      assertThat(unread.result()).containsExactly(7);
      assertThat(cancelled.isCancelled()).isTrue();
      assertThat(fatal.cancel(true)).isFalse();
      assertThat(fatal.taskState()).isEqualTo(TaskState.FAILED);
    }
  }

  @Test
  @DisplayName(
      "B8, D10: a worker that dies after shutdown began holds up neither its end nor tasks")
  void crash_duringShutdown_poolEnds() throws Exception {
    Gate crash = Gate.in(tmp, "crash");
    var pool = Kit.pool(1);
    ProcessFuture<Void> fatal = pool.submit(haltsAfter(crash));
    List<ProcessFuture<Integer>> waiting =
        IntStream.range(0, 300).mapToObj(i -> pool.submit(() -> i)).toList();
    Doer closer = Doer.start(pool::close).awaitWaiting();
    crash.open();
    assertThat(closer.awaitEnd().thrown()).isNull();
    crashOf(fatal);
    assertThat(waiting).allMatch(future -> future.taskState() == TaskState.SUCCEEDED);
    assertThat(pool.isTerminated()).isTrue();
  }

  @Test
  @DisplayName("B9: a worker killed while large arguments are on their way: at most one is lost")
  void crash_whileLargeArgumentsAreWritten_noneHangs() throws Exception {
    byte[] large = new byte[8 << 20];
    try (var pool = Kit.pool(1)) {
      for (int round = 0; round < 5; round++) {
        long pid = pool.submit(Kit::pid).result();
        List<ProcessFuture<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
          futures.add(pool.submit((byte[] bytes) -> bytes.length, large));
          if (i == round) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
          }
        }
        int lost = 0;
        for (ProcessFuture<Integer> future : futures) {
          if (future.exception(PATIENCE).isPresent()) {
            crashOf(future);
            lost++;
          } else {
            assertThat(future.result()).isEqualTo(large.length);
          }
        }
        assertThat(lost).isLessThanOrEqualTo(1);
      }
    }
  }

  private static final class FatalToWrite implements Serializable {
    private static final long serialVersionUID = 1L;

    private void writeObject(ObjectOutputStream out) throws IOException {
      Runtime.getRuntime().halt(11);
    }
  }

  private static final class FatalToReadElsewhere implements Serializable {
    private static final long serialVersionUID = 1L;
    private final long madeIn = Kit.pid();

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
      if (Kit.pid() != madeIn) {
        Runtime.getRuntime().halt(12);
      }
    }
  }

  @Test
  @DisplayName("X10: a crash while the result is written, or the task read, fails that task")
  void crash_whileSerialising_failsThatTask() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<FatalToWrite> result = pool.submit(() -> new FatalToWrite());
      assertThat(crashOf(result)).hasMessageContaining("exit code 11");
      ProcessFuture<Long> task =
          pool.submit((FatalToReadElsewhere x) -> x.madeIn, new FatalToReadElsewhere());
      assertThat(crashOf(task)).hasMessageContaining("exit code 12");
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("B5, B12: a crash is unchecked, no refusal, and get() wraps it as any failure")
  void crash_asked_everyWay() throws Exception {
    try (var pool = Kit.pool(1)) {
      ProcessFuture<Void> fatal = pool.submit(() -> Runtime.getRuntime().halt(3));
      WorkerCrashedException crash = crashOf(fatal);
      assertThatThrownBy(fatal::result).isSameAs(crash);
      assertThatThrownBy(fatal::get).hasCause(crash);
      assertThat(crash).isInstanceOf(RuntimeException.class);
      assertThat(pool.isShutdown()).isFalse();
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
    }
  }
}

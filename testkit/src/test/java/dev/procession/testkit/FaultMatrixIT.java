package dev.procession.testkit;

import static dev.procession.testkit.Cells.DEADLINE;
import static dev.procession.testkit.Cells.FORKING;
import static dev.procession.testkit.Cells.HANGING;
import static dev.procession.testkit.Cells.applicable;
import static dev.procession.testkit.Cells.speaking;
import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.CrashReport;
import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.Task;
import dev.procession.TaskOptions;
import dev.procession.TaskTimeoutException;
import dev.procession.VoidTask;
import dev.procession.WorkerCrashedException;
import dev.procession.testing.HangDumps;
import dev.procession.testing.Pools;
import dev.procession.testing.Stock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opentest4j.TestAbortedException;

/**
 * The fault matrix while a worker has a task or idles; at the beginning and the end of a worker's
 * life it goes on in {@link FaultMatrixEdgesIT}. Every saboteur at every moment: each cell checks
 * how the victim's future ends and what its report says, that bystanders before and behind it on
 * the same worker are unharmed, that the pool goes on, and that nothing is left.
 *
 * <p>A cell without a case is skipped with the reason, see {@link Expectations}.
 */
@Timeout(90)
@ExtendWith(HangDumps.class)
class FaultMatrixIT {
  /** The pool of all cells that leave one behind that is as good as new. */
  private static Arena shared;

  @TempDir static Path tmp;

  /* ---- While a worker has a task ---- */

  @ParameterizedTest(name = "{0} while the task is read")
  @EnumSource
  void taskDeserialization(Saboteur saboteur) throws Exception {
    Outcome outcome = applicable(saboteur, Moment.TASK_DESERIALIZATION);
    amongBystanders(saboteur, outcome, harm -> returning(Saboteurs.whenTaskIsRead(harm)));
  }

  @ParameterizedTest(name = "{0} in a task's run")
  @EnumSource
  void run(Saboteur saboteur) throws Exception {
    Outcome outcome = applicable(saboteur, Moment.RUN);
    amongBystanders(saboteur, outcome, FaultMatrixIT::returning);
  }

  @ParameterizedTest(name = "{0} while the result is written")
  @EnumSource
  void resultSerialization(Saboteur saboteur) throws Exception {
    Outcome outcome = applicable(saboteur, Moment.RESULT_SERIALIZATION);
    amongBystanders(saboteur, outcome, Saboteurs::whenResultIsWritten);
  }

  @ParameterizedTest(name = "{0} while the parent reads the result")
  @EnumSource
  void resultDeserialization(Saboteur saboteur) throws Exception {
    Outcome outcome = applicable(saboteur, Moment.RESULT_DESERIALIZATION);
    amongBystanders(saboteur, outcome, harm -> Saboteurs.whenResultIsRead(saboteur));
  }

  private void amongBystanders(
      Saboteur saboteur, Outcome outcome, Function<VoidTask, Task<?>> place) throws Exception {
    if (saboteur == Saboteur.NATIVE_LEAK) {
      inOwnArena(Arena::limited, arena -> victimIn(arena, saboteur, outcome, place));
    } else if (FORKING.contains(saboteur)) {
      inOwnArena(
          builder -> builder,
          arena -> {
            victimIn(arena, saboteur, outcome, place);
            killWorker(arena);
          });
    } else {
      inSharedArena(arena -> victimIn(arena, saboteur, outcome, place));
    }
  }

  private static void victimIn(
      Arena arena, Saboteur saboteur, Outcome outcome, Function<VoidTask, Task<?>> place)
      throws Exception {
    // What the serializer has to learn of these classes is not to count against the deadline.
    arena.pool.submit(place.apply(() -> {})).exception(Arena.PATIENCE);
    long pid = arena.warmUp();
    Task<?> task = place.apply(speaking(saboteur));
    long restarts = arena.pool.snapshot().restarts();
    long characters = arena.witness.characters();
    List<ProcessFuture<Integer>> earlier = arena.bystanders(6);
    ProcessFuture<?> victim = arena.pool.with(options(saboteur)).submit(task);
    List<ProcessFuture<Integer>> later = arena.bystanders(6);

    Optional<Throwable> failure = victim.exception(Arena.PATIENCE);
    Optional<CrashReport> report = outcome.check(failure);
    Arena.assertUnharmed(earlier);
    if (outcome.workerLost()) {
      assertThat(arena.awaitEndOf(pid).reason()).isEqualTo(outcome.reason());
    }
    if (outcome.kind() == Outcome.Kind.EITHER) {
      assertUnharmedOrLost(later);
    } else {
      Arena.assertUnharmed(later);
      long now = arena.pool.submit(Pools::pid).result(Arena.PATIENCE);
      assertThat(now != pid).as("another worker").isEqualTo(outcome.workerLost());
      assertThat(arena.pool.snapshot().restarts() - restarts)
          .isEqualTo(outcome.workerLost() ? 1 : 0);
    }
    report.ifPresent(told -> checkReport(saboteur, told, pid, failure.orElseThrow()));
    if (failure.orElse(null) instanceof TaskTimeoutException stopped
        && saboteur != Saboteur.STOPS_ITSELF) {
      // The task is over before its worker is.
      Awaitility.await("the worker's threads")
          .atMost(Arena.PATIENCE)
          .until(() -> stopped.report().threadDump().isPresent());
      assertThat(stopped.report().threadDump().orElseThrow())
          .contains("dev.procession.testkit.Hanging");
    }
    if (saboteur == Saboteur.FLOODS_STDOUT) {
      assertThat(arena.witness.characters() - characters).isGreaterThan(Saboteurs.FLOOD_BYTES / 2);
    }
  }

  private static TaskOptions options(Saboteur saboteur) {
    TaskOptions.Builder options = TaskOptions.builder().name(saboteur.name());
    return HANGING.contains(saboteur) ? options.timeout(DEADLINE).build() : options.build();
  }

  private static void checkReport(
      Saboteur saboteur, CrashReport report, long pid, Throwable failure) {
    assertThat(report.pid()).isEqualTo(pid);
    assertThat(report.taskName()).contains(saboteur.name());
    assertThat(report.ranFor()).isBetween(Duration.ZERO, Arena.PATIENCE);
    assertThat(report.outputTail()).contains(Arena.LAST_WORDS);
    assertThat(failure)
        .hasMessageContaining("task '" + saboteur + "'")
        .hasMessageContaining("pool '" + report.pool() + "'")
        .hasMessageContaining("pid " + pid);
    if (saboteur == Saboteur.SEGFAULT) {
      assertThat(report.fatalErrorLog()).get().asString().contains("SIGSEGV");
    } else {
      assertThat(report.fatalErrorLog()).isEmpty();
    }
  }

  /** What was in a ring of which nobody can tell any more what was begun may be lost with it. */
  private static void assertUnharmedOrLost(List<ProcessFuture<Integer>> bystanders)
      throws Exception {
    for (int i = 0; i < bystanders.size(); i++) {
      Optional<Throwable> failure = bystanders.get(i).exception(Arena.PATIENCE);
      if (failure.isPresent()) {
        assertThat(failure.get())
            .isInstanceOf(WorkerCrashedException.class)
            .hasMessageContaining("broke the protocol");
      } else {
        assertThat(bystanders.get(i).result()).isEqualTo(i);
      }
    }
  }

  /* ---- While a worker idles ---- */

  @ParameterizedTest(name = "{0} while the worker idles")
  @EnumSource
  void idle(Saboteur saboteur) throws Exception {
    Outcome outcome = applicable(saboteur, Moment.IDLE);
    VoidTask task = Saboteurs.whenWorkerIdles(speaking(saboteur));
    if (saboteur == Saboteur.NATIVE_LEAK) {
      inOwnArena(Arena::limited, arena -> idlerIn(arena, saboteur, outcome, task));
    } else if (FORKING.contains(saboteur)) {
      inOwnArena(builder -> builder, arena -> idlerIn(arena, saboteur, outcome, task));
    } else {
      inSharedArena(arena -> idlerIn(arena, saboteur, outcome, task));
    }
  }

  private static void idlerIn(Arena arena, Saboteur saboteur, Outcome outcome, VoidTask task)
      throws Exception {
    long pid = arena.warmUp();
    assertThat(arena.pool.submit(task).exception(Arena.PATIENCE)).isEmpty();
    boolean returns = outcome.kind() == Outcome.Kind.EITHER;
    if (outcome.workerLost()) {
      outcome.checked(arena.awaitEndOf(pid));
    } else {
      Awaitility.await("the saboteur's words")
          .atMost(Arena.PATIENCE)
          .until(
              () ->
                  arena.witness.hasHeard(pid, returns ? Arena.AFTERWARDS : Arena.LAST_WORDS)
                      || (returns && arena.witness.endOf(pid) != null));
    }
    Arena.assertUnharmed(arena.bystanders(12));
    long now = arena.pool.submit(Pools::pid).result(Arena.PATIENCE);
    if (!returns) {
      assertThat(now != pid).as("another worker").isEqualTo(outcome.workerLost());
    }
    if (now == pid && (returns || HANGING.contains(saboteur) || FORKING.contains(saboteur))) {
      killWorker(arena); // with what may still be in it
    }
  }

  /* ---- What the cells share ---- */

  private static Task<String> returning(VoidTask task) {
    return new Returning(task);
  }

  /** A task that has another one in it, so that it is read with it. */
  private record Returning(VoidTask task) implements Task<String> {
    @Override
    public String call() {
      task.run();
      return "done";
    }
  }

  /** A cell's steps. */
  @FunctionalInterface
  private interface Steps {
    void take(Arena arena) throws Exception;
  }

  private static void inSharedArena(Steps steps) throws Exception {
    if (shared == null || shared.pool.isShutdown()) {
      shared = Arena.open(tmp, builder -> builder.minWorkers(1));
      shared.warmUp();
    }
    boolean sound = false;
    try {
      shared.awaitRest();
      Stock before = Stock.ofLivingPool();
      steps.take(shared);
      shared.awaitRest();
      before.awaitNothingMore("left behind in the shared pool");
      sound = true;
    } catch (TestAbortedException e) {
      sound = true;
      throw e;
    } finally {
      if (!sound) {
        shared.close();
        shared = null;
      }
    }
  }

  private static void inOwnArena(UnaryOperator<ProcessPoolExecutor.Builder> options, Steps steps)
      throws Exception {
    try (Arena arena = Arena.open(tmp, options)) {
      steps.take(arena);
      arena.processes.awaitAtMost(1);
      arena.pool.close();
      arena.assertNothingLeft();
    }
  }

  private static void killWorker(Arena arena) throws Exception {
    long pid = arena.pool.submit(Pools::pid).result(Arena.PATIENCE);
    assertThat(arena.pool.submit(Saboteur.HALTS).exception(Arena.PATIENCE)).isPresent();
    arena.awaitEndOf(pid);
  }

  @AfterAll
  @DisplayName("nothing is left of the shared pool")
  static void closeShared() throws Exception {
    if (shared != null) {
      shared.pool.close();
      assertThat(shared.pool.awaitTermination(1, TimeUnit.SECONDS)).isTrue();
      shared.assertNothingLeft();
    }
  }
}

package dev.procession.testkit;

import static dev.procession.testkit.Cells.DEADLINE;
import static dev.procession.testkit.Cells.HANGING;
import static dev.procession.testkit.Cells.applicable;
import static dev.procession.testkit.Cells.speaking;
import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.CrashReport;
import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.VoidTask;
import dev.procession.testing.HangDumps;
import dev.procession.testing.Stock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The fault matrix, {@link FaultMatrixIT}, before a worker is ready and while its pool is shut
 * down.
 */
@Timeout(90)
@ExtendWith(HangDumps.class)
class FaultMatrixEdgesIT {
  @TempDir static Path tmp;

  /* ---- Before the worker is ready ---- */

  @ParameterizedTest(name = "{0} at worker start")
  @EnumSource
  void workerStart(Saboteur saboteur) throws Exception {
    Outcome outcome = applicable(saboteur, Moment.WORKER_START);
    String agent = Saboteurs.atWorkerStart(saboteur, tmp);
    ruinedStart(saboteur, outcome, Arena.open(tmp, startOptions(saboteur), agent));
  }

  @ParameterizedTest(name = "{0} in the initializer")
  @EnumSource
  void initializer(Saboteur saboteur) throws Exception {
    Outcome outcome = applicable(saboteur, Moment.INITIALIZER);
    VoidTask speaking = speaking(saboteur);
    ruinedStart(
        saboteur,
        outcome,
        Arena.open(tmp, builder -> startOptions(saboteur).apply(builder).initializer(speaking)));
  }

  private static UnaryOperator<ProcessPoolExecutor.Builder> startOptions(Saboteur saboteur) {
    return builder -> {
      if (saboteur == Saboteur.NATIVE_LEAK) {
        return Arena.limited(builder);
      }
      return builder.startTimeout(Duration.ofSeconds(HANGING.contains(saboteur) ? 2 : 40));
    };
  }

  private static void ruinedStart(Saboteur saboteur, Outcome outcome, Arena arena)
      throws Exception {
    try (arena) {
      ProcessFuture<Integer> victim = arena.pool.submit(() -> 1);
      ProcessFuture<Integer> other = arena.pool.submit(() -> 2);
      for (var future : List.of(victim, other)) {
        Optional<CrashReport> report =
            outcome.check(future.exception(Arena.PATIENCE.multipliedBy(2)));
        if (saboteur == Saboteur.SEGFAULT) {
          assertThat(report.orElseThrow().fatalErrorLog()).get().asString().contains("SIGSEGV");
        }
      }
      if (outcome.kind() == Outcome.Kind.SUCCEEDS) {
        Arena.assertUnharmed(arena.bystanders(10));
      }
      arena.pool.close();
      arena.assertNothingLeft();
    }
  }

  /* ---- While the pool is shut down ---- */

  @ParameterizedTest(name = "{0} while the pool is shut down")
  @EnumSource
  void shutdown(Saboteur saboteur) throws Exception {
    Outcome outcome = applicable(saboteur, Moment.SHUTDOWN);
    boolean hangs = HANGING.contains(saboteur) || saboteur == Saboteur.NATIVE_LEAK;
    Outcome own = hangs ? Outcome.TIMEOUT : outcome;
    Stock before = Stock.take();
    try (var closed = Shutdown.begin(tmp, saboteur, hangs ? DEADLINE : null);
        var stopped = Shutdown.begin(tmp, saboteur, null);
        var killed = Shutdown.begin(tmp, saboteur, null)) {
      closed.close(own);
      stopped.shutdownNow();
      killed.killAfter(hangs ? Duration.ofMillis(300) : Arena.PATIENCE, hangs ? null : own);
    }
    before.awaitNothingMore("left behind by a pool that was shut down");
  }
}

package dev.procession.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.PoolState;
import dev.procession.ProcessFuture;
import dev.procession.ShutdownOptions;
import dev.procession.TaskOptions;
import dev.procession.testing.Doer;
import dev.procession.testing.Gate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * A pool that is shut down while its only worker runs a task, which sabotages it as soon as the
 * shutdown has begun, and while another task waits.
 */
final class Shutdown implements AutoCloseable {
  private final Saboteur saboteur;
  private final Arena arena;
  private final Gate begun;
  private final Gate go;
  private final ProcessFuture<?> victim;
  private final ProcessFuture<Integer> waiting;

  private Shutdown(Path directory, Saboteur saboteur, Duration deadline) {
    this.saboteur = saboteur;
    String name = UUID.randomUUID().toString();
    this.begun = Gate.in(directory, name + "-begun");
    this.go = Gate.in(directory, name + "-go");
    this.arena = Arena.open(directory, builder -> builder.killGrace(Duration.ofMillis(200)));
    TaskOptions.Builder options = TaskOptions.builder().name(saboteur.name());
    if (deadline != null) {
      options.timeout(deadline);
    }
    Gate hasBegun = begun;
    Gate mayAct = go;
    this.victim =
        arena
            .pool
            .with(options.build())
            .submit(
                () -> {
                  hasBegun.open();
                  mayAct.awaitUninterruptibly();
                  saboteur.run();
                });
    this.waiting = arena.pool.submit(() -> 1);
  }

  /** Starts the pool and the task. */
  static Shutdown begin(Path directory, Saboteur saboteur, Duration deadline) {
    return new Shutdown(directory, saboteur, deadline);
  }

  /** All that was submitted runs; only a deadline ends what hangs. */
  void close(Outcome outcome) throws Exception {
    begun.await();
    Doer closer = Doer.start(arena.pool::close);
    letActDuringShutdown();
    closer.awaitEnd();
    outcome.check(victim.exception(Arena.PATIENCE));
    assertThat(waiting.result(Arena.PATIENCE)).isEqualTo(1);
    assertNothingLeft();
  }

  /** What waits never runs, what runs is stopped. */
  void shutdownNow() throws Exception {
    begun.await();
    List<Runnable> neverRan = arena.pool.shutdownNow();
    go.open();
    assertThat(neverRan).hasSize(1);
    assertThat(waiting.isCancelled()).isTrue();
    assertThat(victim.isCancelled()).isTrue();
    assertThat(arena.pool.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    assertThat(arena.pool.awaitTermination(1, TimeUnit.NANOSECONDS)).isTrue();
    assertNothingLeft();
  }

  /**
   * What runs has that long.
   *
   * @param outcome of the task; null if it is cut off
   */
  void killAfter(Duration time, Outcome outcome) throws Exception {
    begun.await();
    ShutdownOptions options = ShutdownOptions.builder().cancelPending(true).killAfter(time).build();
    Doer closer = Doer.calling(() -> arena.pool.shutdown(options));
    letActDuringShutdown();
    assertThat(closer.awaitEnd().result()).as("ran to its end").isEqualTo(outcome != null);
    assertThat(waiting.isCancelled()).isTrue();
    if (outcome == null) {
      assertThat(victim.isCancelled()).isTrue();
    } else {
      outcome.check(victim.exception(Arena.PATIENCE));
    }
    assertNothingLeft();
  }

  private void letActDuringShutdown() {
    Awaitility.await("the shutdown")
        .atMost(Arena.PATIENCE)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> arena.pool.snapshot().state() != PoolState.RUNNING);
    go.open();
  }

  private void assertNothingLeft() {
    arena.assertNoProcessLeft();
  }

  @Override
  public void close() {
    go.open();
    arena.close();
  }
}

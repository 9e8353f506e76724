package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.testing.ChildJvm;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.SharedFiles;
import dev.procession.testing.Workers;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a pool does while its JVM exits, section 16 of the specification. */
@NoLeaks
class ParentExitIT {
  private static final List<String> QUIET =
      List.of("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");

  private static void assertNothingLeft(ChildJvm parent) {
    Awaitility.await().until(() -> SharedFiles.of(parent.pid()).isEmpty());
  }

  private static VoidTask endless() {
    return () -> {
      while (true) {
        Thread.onSpinWait();
      }
    };
  }

  /** Uses a pool and ends it, or does not, in the way its argument says. */
  static final class Ends {
    public static void main(String[] args) throws Exception {
      var pool = ProcessPoolExecutor.create(1);
      System.out.println("one " + pool.submit(() -> 1).result());
      ProcessFuture<Void> running = pool.submit(endless());
      ProcessFuture<Integer> waiting = pool.submit(() -> 2);
      while (!running.isRunning()) {
        Thread.onSpinWait();
      }
      switch (args[0]) {
        case "close" -> {
          running.cancel(true);
          waiting.result();
          pool.close();
        }
        case "shutdown" -> pool.shutdown();
        case "shutdownNow" -> pool.shutdownNow();
        default -> {}
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"close", "shutdown", "shutdownNow", "nothing"})
  @DisplayName("E3, E4, E6: however the pool was left, the JVM ends, silently, and leaves nothing")
  void exit_poolLeft_silent(String how) throws Exception {
    try (var parent = ChildJvm.run(QUIET, Ends.class, how)) {
      assertThat(parent.awaitExit()).isZero();
      assertThat(parent.lines()).containsExactly("one 1");
      assertNothingLeft(parent);
    }
  }

  /** Ends while its workers start. */
  static final class EndsEarly {
    public static void main(String[] args) throws Exception {
      var pool = ProcessPoolExecutor.builder().workers(3).minWorkers(2).spareWorkers(1).build();
      pool.submit(() -> 1);
      while (pool.snapshot().workers().stream().noneMatch(worker -> worker.pid() > 0)) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  @DisplayName("E3, E6: a JVM that ends while its workers start does so silently too")
  void exit_workersStarting_silent() throws Exception {
    try (var parent = ChildJvm.run(QUIET, EndsEarly.class)) {
      assertThat(parent.awaitExit()).isZero();
      assertThat(parent.lines()).isEmpty();
      assertNothingLeft(parent);
    }
  }

  /** Uses its pool in an exit hook, once the pool's own hook has killed the workers. */
  static final class UsesPoolInHook {
    public static void main(String[] args) throws Exception {
      var pool = ProcessPoolExecutor.builder().name("late").workers(1).build();
      long worker = pool.submit(() -> ProcessHandle.current().pid()).result();
      ProcessFuture<Void> running = pool.submit(endless());
      ProcessFuture<Integer> waiting = pool.submit(() -> 2);
      while (!running.isRunning()) {
        Thread.onSpinWait();
      }
      Runtime.getRuntime()
          .addShutdownHook(new Thread(() -> hook(pool, worker, running, waiting, args[0])));
    }

    private static void hook(
        ProcessPoolExecutor pool,
        long worker,
        ProcessFuture<Void> running,
        ProcessFuture<Integer> waiting,
        String what) {
      while (!Workers.isGone(worker)) {
        LockSupport.parkNanos(1_000_000);
      }
      try {
        switch (what) {
          case "submit" -> System.out.println("got " + pool.submit(() -> 3).result());
          case "close" -> pool.close();
          case "get running" -> running.result();
          case "get waiting" -> waiting.result();
          case "shutdownNow" -> System.out.println("never begun " + pool.shutdownNow().size());
          default -> throw new AssertionError(what);
        }
      } catch (RejectedExecutionException e) {
        System.out.println("refused: " + e.getMessage());
      } catch (InterruptedException e) {
        System.out.println("interrupted");
      } catch (CancellationException e) {
        System.out.println("cancelled");
      }
      System.out.println("hook ended");
    }
  }

  @Test
  @DisplayName("E2, S5: while the JVM exits submit is refused, and says so")
  void submit_whileExiting_refused() throws Exception {
    try (var parent = ChildJvm.run(QUIET, UsesPoolInHook.class, "submit")) {
      assertThat(parent.awaitExit()).isZero();
      assertThat(parent.lines()).hasSize(2).last().isEqualTo("hook ended");
      assertThat(parent.lines().get(0)).startsWith("refused: ").contains("'late'", "exiting");
      assertNothingLeft(parent);
    }
  }

  /** The pool's own hook had killed the workers and nobody counted them out: close() waited on. */
  @ParameterizedTest
  @ValueSource(strings = {"close", "shutdownNow"})
  @DisplayName("E3, D4: a pool that is closed while the JVM exits does not keep it from exiting")
  void close_whileExiting_returns(String how) throws Exception {
    try (var parent = ChildJvm.run(QUIET, UsesPoolInHook.class, how)) {
      assertThat(parent.awaitExit()).isZero();
      assertThat(parent.lines()).last().isEqualTo("hook ended");
      assertNothingLeft(parent);
    }
  }

  /** Nobody ended the futures of a pool whose workers the exit had killed: the JVM hung. */
  @ParameterizedTest
  @ValueSource(strings = {"get running", "get waiting"})
  @DisplayName(
      "E3: an exit hook that waits for a future does not keep the JVM from exiting for long")
  void get_whileExiting_cancelled(String how) throws Exception {
    try (var parent = ChildJvm.run(QUIET, UsesPoolInHook.class, how)) {
      assertThat(parent.awaitExit()).isZero();
      assertThat(parent.lines()).containsExactly("cancelled", "hook ended");
      assertNothingLeft(parent);
    }
  }
}

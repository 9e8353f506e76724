package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.spi.WorkerLauncher;
import dev.procession.testing.ChildJvm;
import dev.procession.testing.Doer;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Pools;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What once went wrong while workers were starting. */
@NoLeaks
class StartRegressionsIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path tmp;

  /** A worker without a region yet was asked for room in its ring: IllegalStateException. */
  @Test
  @DisplayName("a pool can be shut down at any moment while its workers are starting")
  void shutdown_whileStarting_ends() throws Exception {
    List<ProcessPoolExecutor> pools = new ArrayList<>();
    var cancelling = ShutdownOptions.builder().cancelPending(true).build();
    for (int i = 0; i < 16; i++) {
      var pool = Pools.builder(2).minWorkers(2).build();
      pools.add(pool);
      if (i % 4 == 3) {
        assertThat(pool.shutdown(cancelling)).isTrue();
      } else {
        assertThat(pool.shutdownNow()).isEmpty();
      }
    }
    for (var pool : pools) {
      assertThat(pool.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** Ends its pool before its worker is launched, which cannot be killed before it says hello. */
  static final class EndsBeforeLaunch {
    public static void main(String[] args) throws Exception {
      CompletableFuture<ProcessPoolExecutor> ending = new CompletableFuture<>();
      WorkerLauncher slow =
          builder -> {
            ProcessPoolExecutor pool = ending.join();
            Process worker = WorkerLauncher.DIRECT.launch(builder);
            while (worker.isAlive() && hasNotSaidHello(pool)) {
              LockSupport.parkNanos(1_000_000);
            }
            System.out.println("said hello");
            return worker;
          };
      try (var pool = ProcessPoolExecutor.builder().workers(1).launcher(slow).build()) {
        var future = pool.submit(() -> 1);
        pool.shutdownNow();
        System.out.println(future.taskState());
        ending.complete(pool);
      }
    }

    private static boolean hasNotSaidHello(ProcessPoolExecutor pool) {
      return pool.snapshot().workers().stream().noneMatch(worker -> worker.pid() > 0);
    }
  }

  /** "A stranger was turned away" was the warning. */
  @Test
  @DisplayName("a worker that says hello while its pool ends is ended without a word")
  void shutdown_workerSaysHello_silent() throws Exception {
    var quiet = List.of("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
    try (var parent = ChildJvm.run(quiet, EndsBeforeLaunch.class)) {
      assertThat(parent.awaitExit()).isZero();
      assertThat(parent.lines()).containsExactly("CANCELLED", "said hello");
    }
  }

  /** The queue became empty by a worker that became ready, and nobody told who waited for room. */
  @Test
  @DisplayName("who waits for room goes on when a worker becomes ready and takes the queue")
  void maxPending_workerBecomesReady_submitterGoesOn() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (var pool = Pools.builder(1).maxPending(1).build()) {
      try {
        var first = pool.submit(go::await);
        Doer second =
            Doer.calling(
                () -> {
                  var future = pool.submit(() -> 2);
                  go.open(); // only now the first may end
                  return future.result(SOON);
                });
        assertThat(second.awaitEnd().result()).isEqualTo(2);
        assertThat(first.exception(SOON)).isEmpty();
      } finally {
        go.open();
      }
    }
  }

  /** The tasks that waited failed with a WorkerStartException, although they had done nothing. */
  @Test
  @DisplayName("a worker that somebody kills while it starts costs no task")
  void start_killedFromOutside_taskWaitsForTheNext() throws Exception {
    AtomicInteger launched = new AtomicInteger();
    WorkerLauncher killer =
        builder -> {
          Process worker = WorkerLauncher.DIRECT.launch(builder);
          return launched.incrementAndGet() <= 2 ? worker.destroyForcibly() : worker;
        };
    try (var pool = Pools.builder(1).launcher(killer).build()) {
      assertThat(pool.submit(() -> 1).result(SOON)).isEqualTo(1);
      assertThat(launched).hasValue(3);
    }
  }

  private static long cpuNanos(String threadName) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().equals(threadName)) {
        return threads.getThreadCpuTime(thread.getId());
      }
    }
    throw new AssertionError("no thread " + threadName);
  }

  /** After a failed start, while another worker was starting, the next was due all the time. */
  @Test
  @DisplayName("the supervisor sleeps after a failed start while another worker is starting")
  void start_failedWhileAnotherStarts_supervisorSleeps() throws Exception {
    Gate failed = Gate.in(tmp, "failed");
    Gate second = Gate.in(tmp, "second");
    Gate go = Gate.in(tmp, "go");
    try (var pool =
        Pools.builder(2)
            .initializer(
                () -> {
                  if (!failed.isOpen()) {
                    failed.open();
                    throw new IllegalStateException("not yet");
                  }
                  second.open();
                  go.await();
                })
            .build()) {
      assertThat(pool.submit(() -> 0).exception(SOON))
          .containsInstanceOf(WorkerStartException.class);
      List<ProcessFuture<Integer>> waiting = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int value = i;
        waiting.add(pool.submit(() -> value));
      }
      second.await();
      String supervisor = "procession-" + pool.snapshot().name() + "-supervisor-1";
      long cpuBefore = cpuNanos(supervisor);
      assertThatThrownBy(() -> waiting.get(0).result(Duration.ofSeconds(2)))
          .isInstanceOf(java.util.concurrent.TimeoutException.class);
      assertThat(Duration.ofNanos(cpuNanos(supervisor) - cpuBefore))
          .isLessThan(Duration.ofMillis(300));
      go.open();
      for (int i = 0; i < waiting.size(); i++) {
        assertThat(waiting.get(i).result(SOON)).isEqualTo(i);
      }
    }
  }

  /** The start timeout did nothing as long as there was no process to be killed. */
  @Test
  @DisplayName("a launcher that hangs fails its tasks after the start timeout, and close() returns")
  void launcher_hangs_startTimesOut() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    var pool =
        Pools.builder(1)
            .startTimeout(Duration.ofSeconds(1))
            .launcher(
                prepared -> {
                  try {
                    release.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                  throw new IOException("nothing came of it");
                })
            .build();
    try {
      var future = pool.submit(() -> 1);
      assertThat(future.exception(SOON)).containsInstanceOf(WorkerStartException.class);
      assertThat(Doer.start(pool::close).awaitEnd().thrown()).isNull();
    } finally {
      release.countDown();
    }
  }

  /** A launcher that comes back after all, with a process: that one must not be left behind. */
  @Test
  @DisplayName("a process that a launcher starts after the start timeout is killed")
  void launcher_tooLate_processIsKilled() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch back = new CountDownLatch(1);
    var pool =
        Pools.builder(1)
            .startTimeout(Duration.ofSeconds(1))
            .launcher(
                prepared -> {
                  try {
                    release.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                  Process process = prepared.start();
                  back.countDown();
                  return process;
                })
            .build();
    try (pool) {
      assertThat(pool.submit(() -> 1).exception(SOON))
          .containsInstanceOf(WorkerStartException.class);
    } finally {
      release.countDown();
    }
    assertThat(back.await(20, TimeUnit.SECONDS)).isTrue();
  }

  /**
   * If the end of the process was seen before what it had said last, the failure was "the process
   * ended before it was ready".
   */
  @Test
  @DisplayName("an initializer's exception is the cause, however the worker's end is noticed")
  void initializer_fails_itsExceptionIsTheCause() throws Exception {
    List<Doer> doers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      doers.add(Doer.start(StartRegressionsIT::failTwice));
    }
    for (Doer doer : doers) {
      assertThat(doer.awaitEnd().thrown()).isNull();
    }
  }

  private static void failTwice() throws InterruptedException {
    for (int i = 0; i < 2; i++) {
      var pool =
          Pools.builder(1)
              .initializer(
                  () -> {
                    throw new IllegalStateException("no database");
                  })
              .build();
      try {
        var failure = pool.submit(() -> 1).exception();
        assertThat(failure).containsInstanceOf(WorkerStartException.class);
        assertThat(failure.orElseThrow()).hasRootCauseMessage("no database");
      } finally {
        pool.shutdownNow();
      }
    }
  }
}

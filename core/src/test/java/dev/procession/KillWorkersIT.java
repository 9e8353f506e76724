package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Pools;
import dev.procession.testing.Tally;
import dev.procession.testing.Workers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code shutdownNow} in the place of Python's kill_workers, section 15 of the specification. */
@NoLeaks
class KillWorkersIT {
  @TempDir Path tmp;

  private static void assertEnds(ProcessPoolExecutor pool) throws InterruptedException {
    assertThat(pool.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
    assertThat(pool.snapshot().workers()).isEmpty();
    assertThat(Workers.live()).isEmpty();
  }

  @Test
  @DisplayName("K1, K2, K4: it does not wait for the workers to die, and refuses from then on")
  void shutdownNow_taskIgnoresInterrupts_returnsAtOnce() throws Exception {
    Gate begun = Gate.in(tmp, "begun");
    Gate go = Gate.in(tmp, "go");
    var pool = Pools.builder(1).killGrace(Duration.ofHours(1)).build();
    var running =
        pool.submit(
            () -> {
              begun.open();
              go.awaitUninterruptibly();
            });
    begun.await();
    assertThat(pool.shutdownNow()).isEmpty();
    assertThat(Workers.live()).hasSize(1);
    assertThat(running.isCancelled()).isTrue();
    assertThat(pool.isShutdown()).isTrue();
    assertThat(pool.isTerminated()).isFalse();
    assertThatThrownBy(() -> pool.submit(() -> 1))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessageContaining("shut down");
    go.open();
    assertEnds(pool);
  }

  @Test
  @DisplayName("K5, K7: workers that are dead already, or die meanwhile, are no trouble")
  void shutdownNow_workersDie_noError() throws Exception {
    for (boolean waitForDeath : new boolean[] {true, false}) {
      var pool = Pools.of(2);
      Tally begun = Tally.in(tmp, "begun-" + waitForDeath);
      Gate never = Gate.in(tmp, "never");
      var futures =
          IntStream.range(0, 2)
              .mapToObj(
                  i ->
                      pool.submit(
                          () -> {
                            begun.addPid();
                            never.await();
                          }))
              .toList();
      Awaitility.await().until(() -> begun.lines().size() == 2);
      List<ProcessHandle> workers = Workers.live();
      workers.forEach(ProcessHandle::destroyForcibly);
      if (waitForDeath) {
        Awaitility.await()
            .until(() -> workers.stream().allMatch(worker -> Workers.isGone(worker.pid())));
      }
      assertThat(pool.shutdownNow()).isEmpty();
      assertEnds(pool);
      assertThat(futures).allMatch(ProcessFuture::isDone);
    }
  }

  @Test
  @DisplayName("K6: a task in progress is cut: nothing of it is seen once the pool has ended")
  void shutdownNow_taskWrites_cut() throws Exception {
    Tally written = Tally.in(tmp, "written");
    var pool = Pools.of(1);
    pool.submit(
        () -> {
          for (long i = 0; ; i++) {
            written.add(i);
          }
        });
    Awaitility.await().until(() -> written.lines().size() > 10);
    pool.shutdownNow();
    assertEnds(pool);
    List<String> atTheEnd = written.lines();
    Awaitility.await()
        .during(Duration.ofMillis(100))
        .until(() -> written.lines().size() == atTheEnd.size());
  }

  @Test
  @DisplayName("K9: the processes that a task has started go with its worker")
  void shutdownNow_taskHasChildren_killedToo() throws Exception {
    Tally child = Tally.in(tmp, "child");
    var pool = Pools.of(1);
    pool.submit(
        () -> {
          Process sleeper = new ProcessBuilder("sleep", "600").start();
          child.add(sleeper.pid());
          return sleeper.waitFor();
        });
    Awaitility.await().until(() -> child.lines().size() == 1);
    long pid = Long.parseLong(child.lines().get(0));
    assertThat(Workers.isGone(pid)).isFalse();
    pool.shutdownNow();
    assertEnds(pool);
    Awaitility.await().until(() -> Workers.isGone(pid));
  }

  @Test
  @DisplayName("K10, T11: from then on no worker is started, whatever waits or was to be replaced")
  void shutdownNow_tasksWait_noReplacement() throws Exception {
    AtomicInteger launched = new AtomicInteger();
    Tally begun = Tally.in(tmp, "begun");
    Gate never = Gate.in(tmp, "never");
    var pool =
        Pools.builder(2)
            .spareWorkers(1)
            .maxTasksPerWorker(1)
            .launcher(
                prepared -> {
                  launched.incrementAndGet();
                  return prepared.start();
                })
            .build();
    List<ProcessFuture<Void>> futures = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      futures.add(
          pool.submit(
              () -> {
                begun.addPid();
                never.await();
              }));
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .until(
            () ->
                begun.lines().size() == 2
                    && pool.snapshot().workers().stream()
                        .noneMatch(worker -> worker.state() == WorkerState.STARTING));
    int before = launched.get();
    assertThat(pool.shutdownNow()).hasSize(8);
    assertEnds(pool);
    assertThat(launched).hasValue(before);
    assertThat(futures).allMatch(ProcessFuture::isCancelled);
    assertThat(begun.lines()).hasSize(2);
  }
}

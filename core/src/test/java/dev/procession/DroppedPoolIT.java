package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Pools;
import dev.procession.testing.Tally;
import dev.procession.testing.Workers;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pool that nobody closes and nobody refers to any more ends as by {@code shutdown()}. */
@NoLeaks
class DroppedPoolIT {
  @TempDir Path tmp;

  private static void collectUntilNoWorkerLives() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .until(
            () -> {
              System.gc();
              return Workers.live().isEmpty();
            });
  }

  @Test
  @DisplayName("D12: an idle pool that was dropped ends, its worker with it")
  void dropped_idle_ends() throws Exception {
    assertThat(Pools.of(1).submit(() -> 1).result()).isEqualTo(1);
    collectUntilNoWorkerLives();
  }

  @Test
  @DisplayName("D12, T10: what a dropped pool was given is done, in replaced workers too")
  void dropped_tasksWait_done() throws Exception {
    Gate go = Gate.in(tmp, "go");
    Tally ran = Tally.in(tmp, "ran");
    List<ProcessFuture<Long>> futures = new ArrayList<>();
    submitAndDrop(go, ran, futures);
    Awaitility.await().atMost(Duration.ofSeconds(40)).until(() -> ran.lines().size() == 1);
    for (int i = 0; i < 5; i++) {
      System.gc();
    }
    assertThat(futures).noneMatch(ProcessFuture::isDone);
    go.open();
    // Not only until no worker lives: between two of them none does.
    Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .until(
            () -> {
              System.gc();
              return futures.stream().allMatch(ProcessFuture::isDone);
            });
    collectUntilNoWorkerLives();
    for (ProcessFuture<Long> future : futures) {
      assertThat(future.taskState()).isEqualTo(TaskState.SUCCEEDED);
      assertThat(ran.lines()).contains(future.result().toString());
    }
    assertThat(ran.lines()).hasSize(4).doesNotHaveDuplicates();
  }

  private static void submitAndDrop(Gate go, Tally ran, List<ProcessFuture<Long>> futures) {
    var pool = Pools.builder(1).maxTasksPerWorker(1).build();
    for (int i = 0; i < 4; i++) {
      futures.add(
          pool.submit(
              () -> {
                ran.addPid();
                go.await();
                return Pools.pid();
              }));
    }
  }

  /** A listener, or whatever else a pool was built with, that knows its pool, as many do. */
  private static final class Owner implements PoolListener {
    private final ProcessPoolExecutor pool = Pools.builder(1).listener(this).build();
  }

  /**
   * Found by the chaos run: the cleaner of dropped pools held what a closed pool was built with.
   */
  @Test
  @DisplayName("a closed pool whose own listener refers to it is collected")
  void closed_listenerKnowsPool_collected() throws Exception {
    WeakReference<Owner> owner = closedOwner();
    Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .until(
            () -> {
              System.gc();
              return owner.get() == null;
            });
  }

  private static WeakReference<Owner> closedOwner() throws Exception {
    Owner owner = new Owner();
    try (var pool = owner.pool) {
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
    }
    return new WeakReference<>(owner);
  }

  private ProcessFuture<Integer> kept;

  /**
   * Found by the chaos run, on JDK 25: the exception's report knew the ended threads of the
   * worker's output, and they its memory. That the mappings are gone is checked after each test.
   */
  @Test
  @DisplayName("a kept future whose task was stopped keeps nothing of its worker")
  void keptFuture_deadline_keepsNoMemoryOfTheWorker() throws Exception {
    try (var pool = Pools.of(1)) {
      var brief = TaskOptions.builder().timeout(Duration.ofMillis(50)).build();
      kept =
          pool.with(brief)
              .submit(
                  () -> {
                    Thread.sleep(60_000);
                    return 1;
                  });
      assertThat(kept.exception()).containsInstanceOf(TaskTimeoutException.class);
    }
  }
}

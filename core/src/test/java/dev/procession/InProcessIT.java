package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.testing.NoLeaks;
import dev.procession.testing.Workers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Workers that are threads of the test's own process. */
@NoLeaks
class InProcessIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final AtomicInteger STATIC = new AtomicInteger();
  private static final Set<Thread> THREADS = ConcurrentHashMap.newKeySet();

  private static final WorkerLocal<Thread> OWNER = WorkerLocal.of(Thread::currentThread);

  private static ProcessPoolExecutor pool(int workers) {
    return ProcessPoolExecutor.builder().workers(workers).inProcess(true).build();
  }

  private static int sleep(long millis) throws InterruptedException {
    Thread.sleep(millis);
    return 0;
  }

  private record Box(List<Integer> list) {}

  @Test
  @DisplayName("tasks run in this process, on threads that a debugger sees")
  void here() throws Exception {
    try (var pool = ProcessPoolExecutor.inProcess()) {
      assertThat(pool.submit(() -> ProcessHandle.current().pid()).result(SOON))
          .isEqualTo(ProcessHandle.current().pid());
      assertThat(pool.submit(() -> Thread.currentThread().getName()).result(SOON))
          .matches("procession-pool-[0-9]+-worker-[0-9]+");
      pool.submit(() -> STATIC.set(42)).result(SOON);
      assertThat(STATIC).hasValue(42);
      assertThat(Workers.live()).isEmpty();
    }
  }

  @Test
  @DisplayName("what goes in and comes out is serialised as ever: a task has copies")
  void copies() throws Exception {
    try (var pool = pool(1)) {
      Box box = new Box(new ArrayList<>(List.of(1)));
      Box back =
          pool.submit(
                  () -> {
                    box.list().add(2);
                    return box;
                  })
              .result(SOON);
      assertThat(back.list()).containsExactly(1, 2);
      assertThat(box.list()).containsExactly(1);
      Thread notForOthers = Thread.currentThread();
      assertThatThrownBy(() -> pool.submit(() -> notForOthers.getName()))
          .isInstanceOf(TaskNotSerializableException.class);
      assertThatThrownBy(() -> pool.submit(() -> (Object) Thread.currentThread()).result(SOON))
          .isInstanceOf(ResultNotSerializableException.class);
    }
  }

  @Test
  @DisplayName("exceptions, deadlines, cancellation, progress, map: the same futures")
  void futures() throws Exception {
    try (var pool = pool(2)) {
      VoidTask fails =
          () -> {
            throw new IllegalStateException("as ever");
          };
      assertThatThrownBy(() -> pool.submit(fails).get())
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(IllegalStateException.class);
      var slow = TaskOptions.builder().timeout(Duration.ofMillis(50)).build();
      assertThat(pool.with(slow).submit(() -> sleep(60_000)).exception(SOON))
          .containsInstanceOf(TaskTimeoutException.class);
      var sleeping = pool.submit(() -> sleep(60_000));
      while (!sleeping.isRunning()) {
        Thread.onSpinWait();
      }
      assertThat(sleeping.cancel(true)).isTrue();
      var progressing =
          pool.submit(
              () -> {
                TaskContext.current().report(1, 2, "half");
                return TaskContext.current().name();
              });
      assertThat(progressing.result(SOON)).isNotEmpty();
      assertThat(progressing.info().progress().orElseThrow().message()).isEqualTo("half");
      try (var squares =
          pool.map((Integer i) -> i * i, IntStream.range(0, 10_000).boxed().toList())) {
        assertThat(squares.stream().mapToInt(i -> i).sum())
            .isEqualTo(IntStream.range(0, 10_000).map(i -> i * i).sum());
      }
      byte[] large = new byte[3 << 20];
      assertThat(pool.submit(() -> large).result(SOON)).hasSize(large.length);
    }
  }

  @Test
  @DisplayName("each worker has its own WorkerLocal, and closes it; a pool is not for its tasks")
  void workers() throws Exception {
    try (var pool = pool(2)) {
      for (int i = 0; i < 50; i++) {
        pool.submit(
            () -> {
              sleep(1);
              THREADS.add(Thread.currentThread());
              if (OWNER.get() != Thread.currentThread()) {
                throw new AssertionError("another worker's");
              }
              return 0;
            });
      }
      assertThatThrownBy(
              () ->
                  pool.submit(
                          () -> {
                            try (var inner = ProcessPoolExecutor.create(1)) {
                              return inner.submit(() -> 1).result();
                            }
                          })
                      .result(SOON))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("inside a worker");
    }
    assertThat(THREADS).isNotEmpty();
    THREADS.clear();
  }

  @Test
  @DisplayName("an initializer that fails, and one that works, do as ever")
  void initializer() throws Exception {
    try (var pool =
        ProcessPoolExecutor.builder()
            .workers(1)
            .inProcess(true)
            .initializer(
                () -> {
                  throw new IllegalStateException("no database");
                })
            .build()) {
      assertThat(pool.submit(() -> 1).exception(SOON))
          .containsInstanceOf(WorkerStartException.class)
          .get()
          .satisfies(e -> assertThat(e).hasRootCauseMessage("no database"));
      pool.shutdownNow();
    }
    try (var pool =
        ProcessPoolExecutor.builder()
            .workers(1)
            .inProcess(true)
            .maxTasksPerWorker(1)
            .initializer(() -> STATIC.set(7))
            .build()) {
      assertThat(pool.submit(() -> STATIC.get()).result(SOON)).isNotNegative();
      assertThat(pool.submit(() -> STATIC.get()).result(SOON)).isEqualTo(7);
    }
  }

  @Test
  @DisplayName("a task that ignores interrupts costs its thread and nothing else")
  void runaway() throws Exception {
    AtomicInteger mine = STATIC;
    mine.set(0);
    try (var pool = pool(1)) {
      var endless =
          pool.submit(
              () -> {
                while (STATIC.get() == 0) {
                  Thread.onSpinWait();
                }
              });
      while (!endless.isRunning()) {
        Thread.onSpinWait();
      }
      assertThat(endless.cancel(true)).isTrue();
      assertThat(pool.submit(() -> 5).result(SOON)).isEqualTo(5);
    } finally {
      mine.set(1);
    }
  }
}

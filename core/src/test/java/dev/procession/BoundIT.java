package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.testing.ControlGroup;
import dev.procession.testing.Doer;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Occupied;
import dev.procession.testing.Pools;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Bound anything: memory, what waits, and in which order. */
@NoLeaks
class BoundIT {
  @TempDir Path tmp;

  private static String append(String file, String line) throws IOException {
    Files.writeString(
        Path.of(file), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    return line;
  }

  /* ---- What waits ---- */

  @Test
  @DisplayName("trySubmit takes a task while there is room and refuses at once when there is none")
  void trySubmit_full_refusesAtOnce() throws Exception {
    try (var pool = Pools.builder(1).maxPending(2).build();
        var occupied = Occupied.worker(pool, tmp)) {
      Optional<ProcessFuture<Integer>> first = pool.trySubmit(() -> 1);
      Optional<ProcessFuture<Integer>> second = pool.trySubmit(x -> x + 1, 1);
      assertThat(pool.trySubmit(() -> 3)).isEmpty();
      assertThat(pool.trySubmit((a, b) -> a + b, 1, 2)).isEmpty();
      assertThat(pool.trySubmit((a, b, c) -> a + b + c, 1, 2, 3)).isEmpty();
      VoidTask nothing = () -> {};
      assertThat(pool.trySubmit(nothing)).isEmpty();
      assertThat(second.orElseThrow().cancel(false)).isTrue();
      Optional<ProcessFuture<Integer>> third = pool.trySubmit((a, b) -> a + b, 1, 2);
      occupied.go().open();
      assertThat(first.orElseThrow().result()).isEqualTo(1);
      assertThat(third.orElseThrow().result()).isEqualTo(3);
    }
  }

  @Test
  @DisplayName("trySubmit after shutdown is rejected as submit is, not merely refused")
  void trySubmit_afterShutdown_rejected() {
    var pool = Pools.of(1);
    pool.close();
    assertThatThrownBy(() -> pool.trySubmit(() -> 1))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessageContaining("shut down");
  }

  @Test
  @DisplayName("maxPendingBytes: refuses beyond the bound, names the figures, and takes one giant")
  void maxPendingBytes_reached_refuses() throws Exception {
    try (var pool = Pools.builder(1).maxPendingBytes(1_000_000).whenFull(WhenFull.REJECT).build();
        var occupied = Occupied.worker(pool, tmp)) {
      TaskFunction<byte[], Integer> length = bytes -> bytes.length;
      var first = pool.submit(length, new byte[600_000]);
      assertThatThrownBy(() -> pool.submit(length, new byte[600_000]))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("maxPendingBytes is 976.6 KiB")
          .hasMessageContaining("this one has");
      assertThat(pool.trySubmit(length, new byte[600_000])).isEmpty();
      var small = pool.trySubmit(length, new byte[1_000]);
      occupied.go().open();
      assertThat(first.result()).isEqualTo(600_000);
      assertThat(small.orElseThrow().result()).isEqualTo(1_000);
      occupied.task().result();
      // Larger than the bound, and nothing else is held.
      assertThat(pool.submit(length, new byte[3_000_000]).result()).isEqualTo(3_000_000);
    }
  }

  @Test
  @DisplayName("maxPendingBytes with BLOCK: submit waits until enough has ended")
  void maxPendingBytes_block_waits() throws Exception {
    try (var pool = Pools.builder(1).maxPendingBytes(1_000_000).build();
        var occupied = Occupied.worker(pool, tmp)) {
      TaskFunction<byte[], Integer> length = bytes -> bytes.length;
      var first = pool.submit(length, new byte[900_000]);
      Doer blocked =
          Doer.calling(() -> pool.submit(length, new byte[900_001]).result()).awaitWaiting();
      occupied.go().open();
      assertThat(blocked.awaitEnd().result()).isEqualTo(900_001);
      assertThat(first.result()).isEqualTo(900_000);
    }
  }

  /* ---- Order ---- */

  @Test
  @DisplayName("priority: higher first, first come first served within one, nobody starves")
  void priority_order_higherFirstNobodyStarves() throws Exception {
    String file = tmp.resolve("order").toString();
    List<ProcessFuture<String>> all = new ArrayList<>();
    try (var pool = Pools.of(1);
        var occupied = Occupied.worker(pool, tmp)) {
      var low = pool.with(TaskOptions.builder().priority(-1).build());
      var high = pool.with(TaskOptions.builder().priority(5).build());
      all.add(low.submit(() -> append(file, "low")));
      for (int i = 0; i < 40; i++) {
        String name = "high" + i;
        all.add(high.submit(() -> append(file, name)));
      }
      all.add(pool.submit(() -> append(file, "normal")));
      occupied.go().open();
      for (ProcessFuture<String> future : all) {
        future.result();
      }
    }
    List<String> order = Files.readAllLines(Path.of(file));
    List<String> highs = order.stream().filter(line -> line.startsWith("high")).toList();
    assertThat(highs).hasSize(40).first().isEqualTo("high0");
    for (int i = 0; i < 40; i++) {
      assertThat(highs.get(i)).isEqualTo("high" + i);
    }
    assertThat(order.indexOf("low")).as("overtaken by sixteen at most").isBetween(1, 16);
    assertThat(order.indexOf("normal")).isGreaterThan(order.indexOf("high30"));
  }

  /* ---- Memory ---- */

  @Test
  @DisplayName("the heap of a worker is chosen so that all fit, unless the user says otherwise")
  void heap_default_fits() throws Exception {
    try (var pool = Pools.of(64)) {
      long heap = pool.submit(() -> Runtime.getRuntime().maxMemory()).result();
      long parent = Runtime.getRuntime().maxMemory();
      long machine =
          ((com.sun.management.OperatingSystemMXBean)
                  java.lang.management.ManagementFactory.getOperatingSystemMXBean())
              .getTotalMemorySize();
      assertThat(64 * heap + parent).isLessThan(machine);
    }
    try (var pool = Pools.builder(64).jvmArgs("-XX:MaxRAMPercentage=1").build()) {
      assertThat(pool.submit(() -> Runtime.getRuntime().maxMemory()).result()).isPositive();
    }
  }

  private static final List<ByteBuffer> LEAKED = new ArrayList<>();

  /** Takes memory beside the heap, and touches it. */
  private static void leak(int mebibytes) {
    for (int i = 0; i < mebibytes; i++) {
      ByteBuffer piece = ByteBuffer.allocateDirect(1 << 20);
      for (int at = 0; at < piece.capacity(); at += 1024) {
        piece.put(at, (byte) 1);
      }
      LEAKED.add(piece);
    }
  }

  private static void leakForEver() {
    while (true) {
      leak(1);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  @DisplayName("memoryLimit: native memory counts; the task fails with MEMORY_LIMIT and figures")
  void memoryLimit_exceeded_taskFails() throws Exception {
    try (var pool =
        Pools.builder(1)
            .maxHeap("64m")
            .jvmArgs("-XX:MaxDirectMemorySize=4g")
            .memoryLimit("300m")
            .build()) {
      ProcessFuture<Void> leaky = pool.submit(BoundIT::leakForEver);
      ProcessFuture<Integer> next = pool.submit(() -> 1);
      assertThatThrownBy(leaky::result)
          .isInstanceOfSatisfying(
              WorkerCrashedException.class,
              e -> {
                assertThat(e.report().reason()).isEqualTo(ExitReason.MEMORY_LIMIT);
                assertThat(e.report().peakMemory().orElseThrow()).isGreaterThan(300L << 20);
                assertThat(e)
                    .hasMessageContaining("memoryLimit is 300 MiB")
                    .hasMessageContaining("raise memoryLimit");
              });
      assertThat(next.result()).isEqualTo(1);
    }
  }

  private static long growChild() throws Exception {
    // A child of the task's that takes memory the JVM knows nothing of.
    Process child =
        new ProcessBuilder("sh", "-c", "a=x; while true; do a=$a$a; done")
            .redirectErrorStream(true)
            .start();
    return child.waitFor();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  @DisplayName("memoryLimit: what the task's own processes hold counts too, and they go with it")
  void memoryLimit_children_count() throws Exception {
    try (var pool = Pools.builder(1).maxHeap("64m").memoryLimit("400m").build()) {
      assertThatThrownBy(() -> pool.submit(BoundIT::growChild).result())
          .isInstanceOfSatisfying(
              WorkerCrashedException.class,
              e -> assertThat(e.report().reason()).isEqualTo(ExitReason.MEMORY_LIMIT));
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  @DisplayName("the kernel's out-of-memory killer is named, and is neither memoryLimit nor heap")
  void memory_kernelsKiller_toldApart() throws Exception {
    try (var pool = Pools.builder(1).maxHeap("64m").jvmArgs("-XX:MaxDirectMemorySize=4g").build()) {
      long pid = pool.submit(Pools::pid).result();
      try (var group = ControlGroup.of("memory", pid)) {
        group.set("memory.limit_in_bytes", "150m");
        assertThatThrownBy(() -> pool.submit(BoundIT::leakForEver).result())
            .isInstanceOfSatisfying(
                WorkerCrashedException.class,
                e -> {
                  assertThat(e.report().reason()).isEqualTo(ExitReason.KILLED);
                  assertThat(e.report().signal()).contains("SIGKILL");
                  assertThat(e)
                      .hasMessageContaining("The kernel's out-of-memory killer was at work");
                });
        assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
      }
    }
  }

  @Test
  @DisplayName("a heap OutOfMemoryError is the task's own failure; its worker is not used again")
  void heap_outOfMemory_ownFailure() throws Exception {
    try (var pool = Pools.builder(1).maxHeap("48m").build()) {
      long before = pool.submit(Pools::pid).result();
      assertThatThrownBy(() -> pool.submit(() -> new byte[100_000_000].length).result())
          .isInstanceOf(OutOfMemoryError.class)
          .hasMessageContaining("heap");
      assertThat(pool.submit(Pools::pid).result()).isNotEqualTo(before);
    }
  }

  @Test
  @DisplayName("a JVM told to end at OutOfMemoryError is reported as OUT_OF_MEMORY")
  void heap_exitOnOutOfMemory_reported() {
    try (var pool =
        Pools.builder(1).maxHeap("48m").jvmArgs("-XX:+ExitOnOutOfMemoryError").build()) {
      assertThatThrownBy(() -> pool.submit(() -> new byte[100_000_000].length).result())
          .isInstanceOfSatisfying(
              WorkerCrashedException.class,
              e -> assertThat(e.report().reason()).isEqualTo(ExitReason.OUT_OF_MEMORY))
          .hasMessageContaining("maxHeap");
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  @DisplayName(
      "recycleAbove: a grown worker is replaced between tasks, once its successor is ready")
  void recycleAbove_grown_replacedInBackground() throws Exception {
    try (var pool =
        Pools.builder(1)
            .maxHeap("64m")
            .jvmArgs("-XX:MaxDirectMemorySize=4g")
            .recycleAbove("250m")
            .build()) {
      long first = pool.submit(Pools::pid).result();
      pool.submit(() -> leak(250)).result();
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> pool.submit(Pools::pid).result() != first);
      assertThat(pool.snapshot().failed()).isZero();
      assertThat(pool.snapshot().restarts()).isZero();
    }
  }

  @Test
  @DisplayName("recycleAbove must be below memoryLimit")
  void recycleAbove_aboveLimit_refused() {
    assertThatThrownBy(() -> Pools.builder(1).memoryLimit("300m").recycleAbove("300m").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("recycleAbove")
        .hasMessageContaining("300 MiB");
    assertThatThrownBy(() -> Pools.builder(1).memoryLimit("much"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("memoryLimit")
        .hasMessageContaining("512m");
    assertThatThrownBy(() -> Pools.builder(1).maxPendingBytes(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maxPendingBytes");
  }

  @Test
  @DisplayName("maxTasksPerWorker: the successor is ready before the last task, so nobody waits")
  void maxTasks_successor_startedAhead() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (var pool = Pools.builder(1).maxTasksPerWorker(2).build()) {
      pool.submit(() -> 1).result();
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  pool.snapshot().workers().stream()
                      .anyMatch(worker -> worker.spare() && worker.state() == WorkerState.IDLE));
      var last = pool.submit(go::await);
      go.open();
      last.result();
      assertThat(pool.submit(() -> 2).result()).isEqualTo(2);
    }
  }
}

package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.testing.ChildJvm;
import dev.procession.testing.Doer;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Occupied;
import dev.procession.testing.Pools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** "Bad input and bad luck, each with a test". */
@NoLeaks
class BadLuckIT {
  @TempDir Path tmp;

  /* ---- Nonsense ---- */

  @Test
  @DisplayName("L2, T1: each option refuses nonsense, naming option, value and range")
  void builder_nonsense_namedRefusal() {
    var builder = ProcessPoolExecutor.builder();
    refused(() -> builder.workers(0), "workers", "0", "1 to 1024");
    refused(() -> builder.workers(1025), "workers", "1025");
    refused(() -> builder.minWorkers(-1), "minWorkers", "-1");
    refused(() -> builder.spareWorkers(-1), "spareWorkers", "-1");
    refused(() -> builder.idleTimeout(Duration.ZERO), "idleTimeout", "more than zero");
    refused(() -> builder.startTimeout(Duration.ofSeconds(-1)), "startTimeout", "more than zero");
    refused(() -> builder.taskTimeout(Duration.ZERO), "taskTimeout", "more than zero");
    refused(() -> builder.killGrace(Duration.ofMillis(-1)), "killGrace", "zero or more");
    refused(() -> builder.maxHeap("lots"), "maxHeap", "lots", "512m");
    refused(() -> builder.jvmArgs("Xmx1g"), "jvmArgs", "Xmx1g");
    refused(() -> builder.environment("A=B", "c"), "environment", "A=B");
    refused(() -> builder.maxTasksPerWorker(0), "maxTasksPerWorker", "0", "at least 1");
    refused(() -> builder.maxPending(0), "maxPending", "0", "at least 1");
    refused(() -> builder.name(" "), "name");
    refused(() -> ProcessPoolExecutor.create(0), "workers", "0");
    refused(
        () -> ProcessPoolExecutor.builder().workers(1).minWorkers(2).build(),
        "minWorkers",
        "2",
        "(1)");
    refused(
        () -> ProcessPoolExecutor.builder().workingDirectory(tmp.resolve("no")).build(),
        "workingDirectory",
        "no");
  }

  private static void refused(Doer.Step step, String... parts) {
    assertThatThrownBy(step::run)
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .contains(parts);
  }

  @Test
  @DisplayName("S3, I3: null is refused everywhere, at once")
  void api_null_refused() {
    var builder = ProcessPoolExecutor.builder();
    try (var pool = Pools.of(1)) {
      List<Doer.Step> steps =
          List.of(
              () -> builder.name(null),
              () -> builder.idleTimeout(null),
              () -> builder.maxHeap(null),
              () -> builder.javaHome(null),
              () -> builder.initializer(null),
              () -> builder.serializer(null),
              () -> builder.whenFull(null),
              () -> builder.listener(null),
              () -> builder.outputListener(null),
              () -> builder.callbackExecutor(null),
              () -> pool.submit((Task<Integer>) null),
              () -> pool.submit((VoidTask) null),
              () -> pool.submit((TaskFunction<Integer, Integer>) null, 1),
              () -> pool.execute(null),
              () -> pool.map(null, List.of()),
              () -> pool.map((Integer x) -> x, null),
              () -> pool.with(null),
              () -> pool.shutdown(null),
              () -> pool.awaitTermination(1, null));
      assertThat(steps)
          .allSatisfy(
              step -> assertThatThrownBy(step::run).isInstanceOf(NullPointerException.class));
      assertThat(pool.submit((Integer x) -> x == null, (Integer) null).get()).isTrue();
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  /* ---- Submitting at the wrong time or place ---- */

  @Test
  @DisplayName("S4: submit after shutdown, also from a callback, is rejected and says so")
  void submit_afterShutdown_rejected() throws Exception {
    var pool = Pools.of(1);
    var thrown = new CompletableFuture<Throwable>();
    ProcessFuture<Integer> future = pool.submit(() -> 1);
    assertThat(future.result()).isEqualTo(1);
    pool.close();
    future.addDoneCallback(
        done -> {
          try {
            pool.submit(() -> 2);
          } catch (Throwable e) {
            thrown.complete(e);
          }
        });
    assertThat(thrown.get(20, TimeUnit.SECONDS))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessageContaining("shut down");
  }

  @Test
  @DisplayName("submit from a callback works, and close() from a callback does not hang")
  void submit_fromCallback_works() throws Exception {
    var pool = Pools.of(1);
    var next = new CompletableFuture<Integer>();
    pool.submit(() -> 1)
        .addDoneCallback(
            done -> {
              var again = pool.submit(() -> 2);
              again.addDoneCallback(
                  finished -> {
                    pool.close();
                    next.complete(2);
                  });
            });
    assertThat(next.get(30, TimeUnit.SECONDS)).isEqualTo(2);
    assertThat(pool.isTerminated()).isTrue();
  }

  static final class SubmitsAtExit {
    public static void main(String[] args) throws Exception {
      var pool = ProcessPoolExecutor.create(1);
      System.out.println("got " + pool.submit(() -> 1).result());
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    try {
                      pool.submit(() -> 2);
                      System.out.println("hook submitted");
                    } catch (RejectedExecutionException e) {
                      System.out.println("hook refused");
                    }
                    try {
                      ProcessPoolExecutor.create(1).submit(() -> 3);
                      System.out.println("second built");
                    } catch (RejectedExecutionException e) {
                      System.out.println("second refused");
                    }
                  }));
    }
  }

  @Test
  @DisplayName("submit from an exit hook neither hangs the exit nor leaves anything")
  void submit_fromExitHook_doesNotHang() throws Exception {
    try (var child = ChildJvm.run(SubmitsAtExit.class)) {
      child.awaitLine("got 1");
      child.awaitLine("hook ");
      child.awaitLine("second ");
      assertThat(child.awaitExit()).isZero();
    }
  }

  /** Its pool is built again in every worker that loads the class. */
  static final class OwnsPool {
    static final ProcessPoolExecutor POOL = ProcessPoolExecutor.create(1);

    static int submitsToOwnPool() throws InterruptedException {
      return POOL.submit(() -> 1).result();
    }
  }

  @Test
  @DisplayName("P12: a task that submits to its own pool gets a clear error, not a deadlock")
  void submit_fromTask_clearError() {
    try (var pool = OwnsPool.POOL) {
      assertThatThrownBy(() -> pool.submit(OwnsPool::submitsToOwnPool).result())
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("inside a worker");
      assertThatThrownBy(() -> pool.submit(() -> pool.submit(() -> 1).result()))
          .isInstanceOf(TaskNotSerializableException.class)
          .hasMessageContaining("cannot use the pool that it runs in");
      ProcessFuture<Integer> other = pool.submit(() -> 1);
      assertThatThrownBy(() -> pool.submit(() -> other.result()))
          .isInstanceOf(TaskNotSerializableException.class)
          .hasMessageContaining("a task cannot wait for another one");
    }
  }

  /* ---- A machine that is not as it should be ---- */

  @Test
  @DisplayName("a java that is not there, or too old, is refused by build()")
  void javaHome_missingOrOld_refused() throws Exception {
    refused(() -> Pools.builder(1).javaHome(tmp).build(), "javaHome", "no executable");
    Path old = Files.createDirectories(tmp.resolve("jdk8/bin"));
    Path java = Files.createFile(old.resolve("java"));
    assertThat(java.toFile().setExecutable(true)).isTrue();
    Files.writeString(old.getParent().resolve("release"), "JAVA_VERSION=\"1.8.0_402\"\n");
    refused(() -> Pools.builder(1).javaHome(old.getParent()).build(), "javaHome", "Java 8");
  }

  @Test
  @DisplayName("a class that is missing in the worker fails its own future, named")
  void classPath_classMissing_named() throws Exception {
    try (var pool = Pools.builder(1).classPath(List.of()).remoteClassLoading(false).build()) {
      assertThatThrownBy(() -> pool.submit(() -> 1).result())
          .isInstanceOf(TaskDeserializationException.class)
          .hasMessageContaining(BadLuckIT.class.getName())
          .hasMessageContaining("classPath");
    }
  }

  @Test
  @DisplayName("a temporary directory that cannot be written is no trouble while /dev/shm is there")
  void tmpdir_unwritable_memoryServes() throws Exception {
    Assumptions.assumeTrue(Files.isDirectory(Path.of("/dev/shm")));
    List<String> options = List.of("-Djava.io.tmpdir=" + tmp.resolve("not-there"));
    try (var child = ChildJvm.run(options, PrintsOne.class)) {
      child.awaitLine("one 1");
      assertThat(child.awaitExit()).isZero();
    }
  }

  static final class PrintsOne {
    public static void main(String[] args) throws Exception {
      try (var pool = ProcessPoolExecutor.create(1)) {
        byte[] large = new byte[300_000];
        int length = pool.submit((byte[] bytes) -> bytes.length, large).result();
        System.out.println("one " + length / 300_000);
      }
    }
  }

  private static int sh(String script) throws IOException, InterruptedException {
    return new ProcessBuilder("sh", "-c", script).inheritIO().start().waitFor();
  }

  /** Runs PrintsOne with another /dev/shm, in a mount namespace of its own. */
  private void withShm(String mount, String expected) throws Exception {
    Assumptions.assumeTrue(
        sh("unshare -m sh -c '" + mount + "' >/dev/null 2>&1") == 0, "may not mount here");
    String command =
        mount
            + " && exec "
            + ChildJvm.java()
            + " -Djava.io.tmpdir="
            + tmp
            + " -cp "
            + System.getProperty("java.class.path")
            + " "
            + PrintsOne.class.getName().replace("$", "\\$");
    try (var child = ChildJvm.start(List.of("unshare", "-m", "sh", "-c", command))) {
      child.awaitLine(expected);
      assertThat(child.awaitExit()).isZero();
    }
    try (var left = Files.list(tmp)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  @DisplayName("a full /dev/shm: the temporary directory serves")
  void shm_full_tmpServes() throws Exception {
    withShm(
        "mount -t tmpfs -o size=64k none /dev/shm && dd if=/dev/zero of=/dev/shm/fill bs=1k count=60"
            + " 2>/dev/null",
        "one 1");
  }

  @Test
  @DisplayName("a /dev/shm that cannot be written: the temporary directory serves")
  void shm_readOnly_tmpServes() throws Exception {
    withShm("mount -t tmpfs -o ro none /dev/shm", "one 1");
  }

  /* ---- Much of it ---- */

  @Test
  @DisplayName("100,000 tasks may wait, and all are done in the end")
  void queue_hundredThousand_allDone() throws Exception {
    try (var pool = Pools.of(1);
        var occupied = Occupied.worker(pool, tmp)) {
      List<ProcessFuture<Integer>> futures = new ArrayList<>();
      for (int i = 0; i < 100_000; i++) {
        int value = i;
        futures.add(pool.submit(() -> value));
      }
      assertThat(pool.snapshot().pending()).isEqualTo(100_000);
      occupied.go().open();
      for (int i = 0; i < futures.size(); i++) {
        assertThat(futures.get(i).result()).isEqualTo(i);
      }
    }
  }

  static final class LargeArgument {
    public static void main(String[] args) throws Exception {
      try (var pool = ProcessPoolExecutor.builder().workers(1).maxHeap("2g").build()) {
        byte[] large = new byte[200_000_000];
        large[199_999_999] = 42;
        byte[] back = pool.submit((byte[] bytes) -> bytes, large).result();
        System.out.println("back " + back.length + " " + back[199_999_999]);
      }
    }
  }

  @Test
  @DisplayName("an interrupted thread submits a large argument, and keeps its interrupt")
  void submit_largeByInterruptedThread_keepsTheInterrupt() throws Exception {
    try (var pool = Pools.of(1)) {
      byte[] large = new byte[600_000];
      Thread.currentThread().interrupt();
      var length = pool.submit((byte[] bytes) -> bytes.length, large);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(length.result()).isEqualTo(600_000);
    }
  }

  @Test
  @DisplayName("an argument and a result of 200 MB cross")
  void argument_200MB_crosses() throws Exception {
    try (var child = ChildJvm.run(List.of("-Xmx2g"), LargeArgument.class)) {
      child.awaitLine("back 200000000 42");
      assertThat(child.awaitExit()).isZero();
    }
  }

  @Test
  @DisplayName("a result larger than the worker's heap fails its own future; the pool goes on")
  void result_largerThanHeap_failsOwnFuture() throws Exception {
    try (var pool = Pools.builder(1).maxHeap("48m").build()) {
      assertThatThrownBy(() -> pool.submit(() -> new byte[100_000_000]).result())
          .isInstanceOf(OutOfMemoryError.class);
      Task<List<byte[]>> small =
          () -> Stream.generate(() -> new byte[30_000]).limit(1_000).toList();
      assertThatThrownBy(() -> pool.submit(small).result())
          .isInstanceOfAny(OutOfMemoryError.class, ResultNotSerializableException.class);
      // What crosses out of band takes no more of it than it has already.
      assertThat(pool.submit(() -> "x".repeat(30_000_000)).result()).hasSize(30_000_000);
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
    }
  }

  /* ---- Interrupts and bounds ---- */

  @Test
  @DisplayName("an interrupted thread that submits breaks nothing")
  void submit_interruptedThread_breaksNothing() throws Exception {
    try (var pool = Pools.of(1)) {
      for (int i = 0; i < 50; i++) {
        byte[] argument = new byte[i % 2 == 0 ? 10 : 200_000];
        Thread.currentThread().interrupt();
        ProcessFuture<Integer> future = pool.submit((byte[] bytes) -> bytes.length, argument);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(future.result()).isEqualTo(argument.length);
      }
      assertThat(pool.snapshot().restarts()).isZero();
    }
  }

  @Test
  @DisplayName("interrupt of a thread in get() ends the wait only")
  void get_interrupted_waitEnds() throws Exception {
    try (var pool = Pools.of(1);
        var occupied = Occupied.worker(pool, tmp)) {
      ProcessFuture<Integer> future = pool.submit(() -> 1);
      Doer waiter = Doer.calling(future::get).awaitWaiting();
      waiter.interrupt();
      assertThat(waiter.awaitEnd().thrown()).isInstanceOf(InterruptedException.class);
      occupied.go().open();
      assertThat(future.result()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("maxPending with REJECT refuses, with BLOCK waits; an interrupt or shutdown ends it")
  void maxPending_full_refusesOrWaits() throws Exception {
    try (var pool = Pools.builder(1).maxPending(2).whenFull(WhenFull.REJECT).build();
        var occupied = Occupied.worker(pool, tmp)) {
      var first = pool.submit(() -> 1);
      var second = pool.submit(() -> 2);
      assertThatThrownBy(() -> pool.submit(() -> 3))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("maxPending is 2");
      assertThat(second.cancel(false)).isTrue();
      assertThat((Object) pool.submit(() -> 4)).isNotNull();
      occupied.go().open();
      assertThat(first.result()).isEqualTo(1);
    }
    try (var pool = Pools.builder(1).maxPending(1).build();
        var occupied = Occupied.worker(pool, tmp)) {
      var first = pool.submit(() -> 1);
      Doer blocked = Doer.calling(() -> pool.submit(() -> 2).result()).awaitWaiting();
      Doer interrupted = Doer.calling(() -> pool.submit(() -> 3)).awaitWaiting();
      interrupted.interrupt();
      assertThat(interrupted.awaitEnd().thrown()).isInstanceOf(RejectedExecutionException.class);
      assertThat(interrupted.interruptedAtEnd()).isTrue();
      occupied.go().open();
      assertThat(blocked.awaitEnd().result()).isEqualTo(2);
      assertThat(first.result()).isEqualTo(1);
    }
  }
}

package dev.procession.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.ExitReason;
import dev.procession.MapResults;
import dev.procession.ProcessFuture;
import dev.procession.Shared;
import dev.procession.TaskOptions;
import dev.procession.WorkerCrashedException;
import dev.procession.cluster.testing.FreePorts;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.testing.ChildJvm;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Signals;
import dev.procession.testing.Tally;
import dev.procession.testing.Workers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes and gateways as processes, with the real engine between them. */
@NoLeaks
@Timeout(200) // a node takes seconds to start, ten to be missed and half a minute to come back
class IgniteIT {
  @TempDir Path tmp;

  private static ClusterNode node(String name, int workers, String... others) throws IOException {
    return ClusterNode.start(
        NodeConfig.builder()
            .name(name)
            .workers(workers)
            .port(FreePorts.pair())
            .connect(others)
            .sharedMemory(NodeConfig.LEAST_SHARED_MEMORY)
            .insecure()
            .build());
  }

  @Test
  @DisplayName("a pool runs tasks and maps on two nodes; one is killed: its task says so")
  void submit_andLoss() throws Exception {
    try (ClusterNode a = node("a", 1);
        ClusterNode b = node("b", 1, a.address());
        ClusterPool pool =
            ClusterPool.builder().name("s").connect(a.address()).insecure().build()) {
      assertThat(pool.submit(() -> 6 * 7).result()).isEqualTo(42);
      try (MapResults<Integer> results =
          pool.map(value -> value + 1, IntStream.range(0, 10_000).boxed().toList())) {
        int next = 1;
        for (int value : results) {
          assertThat(value).isEqualTo(next++);
        }
        assertThat(next).isEqualTo(10_001);
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(40))
          .until(() -> pool.snapshot().maxWorkers() == 2);
      ProcessFuture<Long> one = pool.submit(IgniteIT::sleepForEver);
      ProcessFuture<Long> other = pool.submit(IgniteIT::sleepForEver);
      Awaitility.await()
          .atMost(Duration.ofSeconds(40))
          .until(() -> one.isRunning() && other.isRunning());
      ProcessHandle.of(b.pid()).orElseThrow().destroyForcibly();
      Awaitility.await().atMost(Duration.ofSeconds(40)).until(() -> one.isDone() || other.isDone());
      ProcessFuture<Long> lost = one.isDone() ? one : other;
      ProcessFuture<Long> kept = one.isDone() ? other : one;
      assertThatThrownBy(lost::result)
          .isInstanceOfSatisfying(
              WorkerCrashedException.class,
              crash -> assertThat(crash.report().reason()).isEqualTo(ExitReason.NODE_LOST))
          .hasMessageContaining("member 'b'");
      assertThat(kept.isRunning()).isTrue();
      assertThat(kept.cancel(true)).isTrue();
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("short messages and long ones come in order: what a task prints, and its result")
  void printed_inOrder() throws Exception {
    List<String> printed = new CopyOnWriteArrayList<>();
    try (ClusterNode a = node("a", 1);
        ClusterPool pool =
            ClusterPool.builder()
                .name("s")
                .connect(a.address())
                .insecure()
                .outputListener(line -> printed.add(line.text()))
                .build()) {
      for (int task = 0; task < 20; task++) {
        int seed = task;
        pool.submit(() -> printLines(seed)).result();
      }
    }
    List<Integer> numbers =
        printed.stream().map(line -> Integer.parseInt(line.substring(0, 6))).toList();
    assertThat(numbers).isEqualTo(IntStream.range(0, 20 * LINES).boxed().toList());
  }

  private static final int LINES = 100;

  private static int printLines(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < LINES; i++) {
      String text = "x".repeat(random.nextInt(4) == 0 ? random.nextInt(12_000) : 10);
      System.out.printf("%06d %s%n", seed * LINES + i, text);
      for (int spin = random.nextInt(20_000); spin > 0; spin--) {
        Thread.onSpinWait();
      }
    }
    return seed;
  }

  @Test
  @DisplayName("a task that was detached by a program that is killed -9 goes on, and is fetched")
  void detached_programKilled() throws Exception {
    Gate go = Gate.in(tmp, "go");
    Tally workers = Tally.in(tmp, "workers");
    try (ClusterNode a = node("a", 2);
        ClusterPool pool =
            ClusterPool.builder().name("s").connect(a.address()).insecure().build()) {
      String id;
      try (ChildJvm program = ChildJvm.run(Detacher.class, a.address(), tmp.toString())) {
        id = program.awaitLine(Detacher.DETACHED);
        assertThat(sharedDirectories(program.pid())).isNotEmpty();
        await(() -> workers.lines().size() == 2);
        Signals.send("KILL", program.pid());
        await(() -> sharedDirectories(program.pid()).isEmpty()); // its gateway deletes them
      }
      ProcessFuture<String> future = pool.fetch(id);
      await(future::isRunning);
      String detached = Long.toString(future.info().workerPid());
      String other = workers.lines().stream().filter(pid -> !pid.equals(detached)).findAny().get();
      await(() -> Workers.isGone(Long.parseLong(other))); // what was not detached has ended
      assertThat(future.isRunning()).isTrue();
      go.open();
      assertThat(future.result()).isEqualTo("done");
      await(() -> Workers.isGone(Long.parseLong(detached)));
      pool.forget(id);
      assertThatThrownBy(() -> pool.fetch(id)).isInstanceOf(NoSuchElementException.class);
    }
  }

  private static List<Path> sharedDirectories(long pid) {
    List<Path> left = new ArrayList<>();
    for (Path base : SharedDirectory.defaultBases()) {
      try (DirectoryStream<Path> of = Files.newDirectoryStream(base, "procession-" + pid + "-*")) {
        of.forEach(left::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return left;
  }

  /** Submits a task and detaches another, and says so. */
  static final class Detacher {
    static final String DETACHED = "detached ";

    private Detacher() {}

    public static void main(String[] args) throws InterruptedException {
      Gate go = Gate.in(Path.of(args[1]), "go");
      Tally workers = Tally.in(Path.of(args[1]), "workers");
      ClusterPool pool = ClusterPool.builder().connect(args[0]).insecure().build();
      var unused = pool.submit(() -> work(workers, go));
      System.out.println(DETACHED + pool.detach(() -> work(workers, go)));
      Thread.sleep(Long.MAX_VALUE);
    }

    private static String work(Tally workers, Gate go) {
      workers.addPid();
      go.await();
      return "done";
    }
  }

  @Test
  @DisplayName("a node that is frozen: its workers end by themselves, then the task runs elsewhere")
  void frozen_workersEndFirst() throws Exception {
    try (ClusterNode a = node("a", 1);
        ClusterNode b = node("b", 1, a.address());
        ClusterPool pool =
            ClusterPool.builder().name("s").connect(a.address()).insecure().build()) {
      await(() -> pool.snapshot().maxWorkers() == 2);
      Bereaved tasks = Bereaved.submit(pool, tmp);
      await(tasks::areRunning);
      Signals.stop(b.pid());
      await(() -> pool.snapshot().maxWorkers() == 1);
      await(() -> pool.snapshot().pending() == 1);
      tasks.assertEndedBeforeAgain();
      Signals.send("CONT", b.pid());
      await(() -> pool.snapshot().maxWorkers() == 2); // it is back by itself
      assertThat(b.isRunning()).isTrue();
    }
  }

  @Test
  @DisplayName(
      "a node that is killed keeps nobody from speaking with the others: their leases last")
  void killed_othersGoOn() throws Exception {
    Gate go = Gate.in(tmp, "go");
    Tally begun = Tally.in(tmp, "begun");
    try (ClusterNode a = node("a", 2);
        ClusterNode b = node("b", 1, a.address());
        ClusterPool pool =
            ClusterPool.builder().name("s").connect(a.address()).insecure().build()) {
      await(() -> pool.snapshot().maxWorkers() == 3);
      List<ProcessFuture<Long>> futures = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        futures.add(
            pool.submit(
                () -> {
                  begun.addPid();
                  go.await();
                  return ProcessHandle.current().pid();
                }));
      }
      await(() -> begun.lines().size() == 3);
      await(() -> futures.stream().allMatch(ProcessFuture::isRunning));
      // With more to be said to it than goes into the buffers on the way.
      byte[] large = new byte[4 << 20];
      List<ProcessFuture<Integer>> waiting = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        waiting.add(pool.with(TaskOptions.builder().retries(1).build()).submit(() -> large.length));
      }
      ProcessHandle.of(b.pid()).orElseThrow().destroyForcibly();
      await(() -> futures.stream().filter(ProcessFuture::isDone).count() == 1);
      // Longer than a lease lasts: what was lost with the node may run anew when its lease is over.
      ProcessFuture<?> lost =
          futures.stream().filter(ProcessFuture::isDone).findFirst().orElseThrow();
      futures.remove(lost);
      long until = System.nanoTime() + Duration.ofSeconds(12).toNanos();
      await(() -> System.nanoTime() - until > 0);
      assertThat(futures).noneMatch(ProcessFuture::isDone);
      go.open();
      for (ProcessFuture<Long> future : futures) {
        assertThat(future.result()).isPositive();
      }
      for (ProcessFuture<Integer> future : waiting) {
        assertThat(future.result()).isEqualTo(large.length);
      }
    }
  }

  @Test
  @DisplayName("a submitter whose gateway is killed: its tasks are stopped, and its futures say so")
  void submitterKilled() throws Exception {
    Tally begun = Tally.in(tmp, "begun");
    try (ClusterNode a = node("a", 1);
        ClusterPool pool =
            ClusterPool.builder().name("s").connect(a.address()).insecure().build()) {
      ProcessFuture<Long> future =
          pool.submit(
              () -> {
                begun.addPid();
                while (true) {
                  Thread.onSpinWait();
                }
              });
      await(() -> begun.lines().size() == 1);
      ProcessHandle.current()
          .children()
          .filter(child -> child.info().commandLine().orElse("").contains("GatewayMain"))
          .forEach(ProcessHandle::destroyForcibly);
      assertThatThrownBy(future::result).isInstanceOf(WorkerCrashedException.class);
      long pid = Long.parseLong(begun.lines().get(0));
      await(() -> ProcessHandle.of(pid).isEmpty());
    }
  }

  @Test
  @DisplayName(
      "shared values lie in the engine's cache, outlive a node, and may be too many for it")
  void shared() throws Exception {
    try (ClusterNode a = node("a", 1);
        ClusterNode b = node("b", 1, a.address());
        ClusterPool pool =
            ClusterPool.builder().name("s").connect(a.address()).insecure().build()) {
      await(() -> pool.snapshot().maxWorkers() == 2);
      byte[] model = new byte[3 << 20];
      model[model.length - 1] = 7;
      // Between two nodes there is room for 64 MiB, each piece being at both.
      assertThatThrownBy(() -> pool.share(new byte[200 << 20]))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("sharedMemory is full");
      Shared<byte[]> shared = pool.share(model);
      assertThat(pool.submit(() -> shared.get()[model(shared)]).result()).isEqualTo((byte) 7);
      ProcessHandle.of(b.pid()).orElseThrow().destroyForcibly();
      await(() -> pool.snapshot().maxWorkers() == 1);
      try (ClusterNode c = node("c", 1, a.address())) {
        await(() -> pool.snapshot().maxWorkers() == 2);
        List<ProcessFuture<Byte>> both = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
          both.add(pool.submit(() -> shared.get()[model(shared)]));
        }
        for (ProcessFuture<Byte> future : both) {
          assertThat(future.result()).isEqualTo((byte) 7);
        }
        assertThat(c.isRunning()).isTrue();
      }
      shared.close();
      assertThat(a.isRunning()).isTrue();
    }
  }

  private static int model(Shared<byte[]> shared) {
    return shared.get().length - 1;
  }

  private static void await(Callable<Boolean> condition) {
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(condition);
  }

  private static long sleepForEver() throws InterruptedException {
    while (true) {
      Thread.sleep(1_000);
    }
  }
}

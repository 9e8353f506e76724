package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.procession.testing.ChildJvm;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Pools;
import dev.procession.testing.SharedFiles;
import java.io.IOException;
import java.net.ProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A worker works before its channel to the parent is there, which takes a third of a start. Here it
 * takes until a gate opens.
 */
@NoLeaks
@EnabledOnOs(OS.LINUX)
class EarlyWorkIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int MANY_WORKERS = 20;
  private static final String GATE = "test.gate";
  private static final String FAILS = "test.fails";
  private static final String PID = "%p"; // in the name of a gate of which each worker has its own

  @TempDir Path tmp;

  /** Makes a worker's channels as the JDK does, once the gate is open. */
  public static final class LateProvider extends SelectorProvider {
    private final SelectorProvider usual;

    public LateProvider() throws ReflectiveOperationException {
      ownGate().awaitUninterruptibly();
      usual =
          (SelectorProvider)
              Class.forName("sun.nio.ch.DefaultSelectorProvider").getMethod("get").invoke(null);
    }

    /** The gate this worker waits for, which may be its own. */
    static Gate ownGate() {
      return new Gate(System.getProperty(GATE).replace(PID, Long.toString(Pools.pid())));
    }

    @Override
    public DatagramChannel openDatagramChannel() throws IOException {
      return usual.openDatagramChannel();
    }

    @Override
    public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
      return usual.openDatagramChannel(family);
    }

    @Override
    public Pipe openPipe() throws IOException {
      return usual.openPipe();
    }

    @Override
    public AbstractSelector openSelector() throws IOException {
      return usual.openSelector();
    }

    @Override
    public ServerSocketChannel openServerSocketChannel() throws IOException {
      return usual.openServerSocketChannel();
    }

    @Override
    public SocketChannel openSocketChannel() throws IOException {
      if (Boolean.getBoolean(FAILS)) {
        throw new IOException("no channels here");
      }
      return usual.openSocketChannel();
    }

    @Override
    public SocketChannel openSocketChannel(ProtocolFamily family) throws IOException {
      return Boolean.getBoolean(FAILS) ? openSocketChannel() : usual.openSocketChannel(family);
    }
  }

  /** A pool whose worker's channel comes once the gate is open. */
  static ProcessPoolExecutor.Builder late(Gate gate) {
    return late(gate, /* fails= */ false);
  }

  private static ProcessPoolExecutor.Builder late(Gate gate, boolean fails) {
    return Pools.builder(1)
        .jvmArgs(
            "-D" + FAILS + "=" + fails,
            "-Djava.nio.channels.spi.SelectorProvider=" + LateProvider.class.getName(),
            "-D" + GATE + "=" + gate.file(),
            "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED");
  }

  @Test
  @DisplayName("tasks, maps, large results and failures come and go before the channel is there")
  void work() throws Exception {
    Gate gate = Gate.in(tmp, "connect");
    try (var pool = late(gate).build()) {
      long pid = pool.submit(Pools::pid).result(SOON);
      assertThat(pool.snapshot().workers().get(0).pid()).isEqualTo(pid);
      assertThat(pool.submit(() -> new byte[1 << 20]).result(SOON)).hasSize(1 << 20);
      assertThatThrownBy(() -> pool.submit(() -> Integer.parseInt("x")).result(SOON))
          .isInstanceOf(NumberFormatException.class);
      List<Integer> inputs = IntStream.range(0, 1_000).boxed().toList();
      try (var results = pool.map((Integer x) -> x + 1, inputs)) {
        assertThat(results).hasSize(1_000);
      }
      gate.open();
      assertThat(pool.submit(Pools::pid).result(SOON)).isEqualTo(pid);
      assertThat(pool.snapshot().restarts()).isZero();
    }
  }

  @Test
  @DisplayName("a task is stopped before the channel is there, and another worker does the next")
  void stop_nextRuns() throws Exception {
    Gate gate = Gate.in(tmp, "connect");
    Gate begun = Gate.in(tmp, "begun");
    try (var pool = late(gate).build()) {
      var endless =
          pool.submit(
              () -> {
                begun.open();
                while (true) {
                  Thread.onSpinWait();
                }
              });
      begun.await();
      assertThat(endless.cancel(/* mayInterruptIfRunning= */ true)).isTrue();
      assertThat(pool.submit(() -> 1).result(SOON)).isEqualTo(1);
      gate.open();
    }
  }

  @Test
  @DisplayName("a task that calls exit before the channel is there keeps its exit code")
  void exit_codeKept() throws Exception {
    Gate gate = Gate.in(tmp, "connect");
    try (var pool = late(gate).build()) {
      var exits = pool.submit(() -> System.exit(3));
      assertThat(exits.exception(SOON))
          .containsInstanceOf(WorkerCrashedException.class)
          .get()
          .satisfies(e -> assertThat(((WorkerCrashedException) e).report().exitCode()).hasValue(3));
      gate.open();
      assertThat(pool.submit(() -> 1).result(SOON)).isEqualTo(1);
    }
  }

  @Test
  @DisplayName(
      "tasks that crash before the channel is there, more in a row than starts may fail, break nothing")
  void crashes_inARow_poolLivesOn() throws Exception {
    Gate gate = Gate.in(tmp, "connect");
    try (var pool = late(gate).build()) {
      for (int i = 0; i < 10; i++) {
        assertThat(pool.submit(() -> Runtime.getRuntime().halt(3)).exception(SOON))
            .containsInstanceOf(WorkerCrashedException.class);
      }
      gate.open();
      assertThat(pool.submit(() -> 1).result(SOON)).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("the initializer's failure is told once the channel is there")
  void initializerFails_told() throws Exception {
    Gate gate = Gate.in(tmp, "connect");
    Gate tried = Gate.in(tmp, "tried");
    try (var pool =
        late(gate)
            .initializer(
                () -> {
                  tried.open();
                  throw new IllegalStateException("not today");
                })
            .build()) {
      var future = pool.submit(() -> 1);
      tried.await();
      gate.open();
      assertThat(future.exception(SOON))
          .containsInstanceOf(WorkerStartException.class)
          .get()
          .satisfies(e -> assertThat(e).hasRootCauseMessage("not today"));
    }
  }

  @Test
  @DisplayName("a worker whose channel does not come within the start timeout is ended")
  void neverConnects_ended() throws Exception {
    Gate gate = Gate.in(tmp, "connect");
    try (var pool = late(gate).startTimeout(Duration.ofSeconds(3)).build()) {
      var waits = pool.submit(() -> gate.await());
      assertThat(waits.exception(SOON))
          .get()
          .isInstanceOfSatisfying(
              WorkerCrashedException.class,
              e -> assertThat(e.report().reason()).isEqualTo(ExitReason.PROTOCOL_ERROR));
      gate.open();
      assertThat(pool.submit(() -> 1).result(SOON)).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("a pool none of whose workers can connect says so and breaks")
  void cannotConnect_poolBreaks() throws Exception {
    Gate gate = Gate.in(tmp, "connect");
    gate.open();
    try (var pool = late(gate, /* fails= */ true).build()) {
      assertThatThrownBy(
              () -> {
                while (true) {
                  var unused = pool.submit(() -> 1).exception(SOON); // one may even be done
                }
              })
          .isInstanceOf(BrokenProcessPoolException.class)
          .hasMessageContaining("no channels here");
    }
  }

  @Test
  @DisplayName("a pool whose workers cannot connect breaks also where each of them has run a task")
  void cannotConnect_afterATask_poolBreaks() throws Exception {
    try (var pool = late(Gate.in(tmp, "connect" + PID), /* fails= */ true).build()) {
      assertThatThrownBy(
              () -> {
                while (pool.snapshot().restarts() < MANY_WORKERS) {
                  var unused = pool.submit(() -> LateProvider.ownGate().open()).exception(SOON);
                }
              })
          .isInstanceOf(BrokenProcessPoolException.class)
          .hasMessageContaining("no channels here");
    }
  }

  /** Has its worker run a task with a process of its own, and waits to be killed. */
  static final class Parent {
    public static void main(String[] args) throws Exception {
      var pool = late(new Gate(args[0])).build();
      System.out.println("worker " + pool.submit(Pools::pid).result());
      var unused =
          pool.submit(
              () -> {
                Process child = new ProcessBuilder("sleep", "600").inheritIO().start();
                new Gate(args[1]).open();
                return child.waitFor();
              });
      new Gate(args[1]).await();
      System.out.println("ready");
      Thread.sleep(600_000);
    }
  }

  @Test
  @DisplayName("a worker whose parent dies before ends when it would connect, its task's own too")
  void parentKilled_nothingLeft() throws Exception {
    Gate gate = Gate.in(tmp, "connect");
    try (var parent = ChildJvm.run(Parent.class, gate.file(), Gate.in(tmp, "begun").file())) {
      ProcessHandle worker =
          ProcessHandle.of(Long.parseLong(parent.awaitLine("worker "))).orElseThrow();
      parent.awaitLine("ready");
      List<ProcessHandle> children = worker.descendants().toList();
      assertThat(children).isNotEmpty();
      parent.handle().destroyForcibly();
      gate.open();
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> {
                assertThat(worker.isAlive()).isFalse();
                assertThat(children).noneMatch(ProcessHandle::isAlive);
                assertThat(SharedFiles.of(parent.pid())).isEmpty();
              });
    }
  }
}

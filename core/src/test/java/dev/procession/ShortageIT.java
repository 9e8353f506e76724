package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.spi.TaskSerializer;
import dev.procession.testing.ChildJvm;
import dev.procession.testing.ControlGroup;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine on which no thread and no process can be had. */
@NoLeaks
class ShortageIT {
  private static final String MOST = "pids.max";

  @TempDir Path tmp;

  /** Goes on only as its gates are opened, and says how far it is. */
  static final class InNeedOfThreads {
    public static void main(String[] args) throws Exception {
      Path gates = Path.of(args[0]);
      Duration bound = Duration.ofSeconds(25);
      var warm = ProcessPoolExecutor.builder().workers(1).name("warm").build();
      warm.submit(() -> 1).result();
      var cold = ProcessPoolExecutor.builder().workers(1).name("cold").build();
      System.out.println("ready");
      Gate.in(gates, "none").await();
      CountDownLatch told = new CountDownLatch(1);
      var failing = cold.submit(() -> 2);
      failing.addDoneCallback(done -> told.countDown());
      System.out.println("cold " + failing.exception(bound).isPresent());
      byte[] large = new byte[3 << 20];
      System.out.println(
          "large " + warm.submit((byte[] bytes) -> bytes, large).result(bound).length);
      System.out.println("crash " + warm.submit(ShortageIT::crash).exception(bound).isPresent());
      Gate.in(gates, "plenty").await();
      System.out.println("callback " + told.await(20, TimeUnit.SECONDS));
      System.out.println("again " + cold.submit(() -> 3).result(bound));
      System.out.println("again too " + warm.submit(() -> 4).result(bound));
      Gate.in(gates, "none-at-the-end").await();
      cold.close();
      warm.close();
      System.out.println("closed");
    }
  }

  private static int crash() {
    Runtime.getRuntime().halt(3);
    return 0;
  }

  /**
   * What had been handed to a thread that could not be had was lost: a start, a copy, a burial, a
   * callback. Tasks never ended, nor did close().
   */
  @Test
  @DisplayName("without a thread to be had tasks end all the same, and the pool lives on")
  void threads_noneToBeHad_poolLivesOn() throws Exception {
    try (var child = ChildJvm.run(InNeedOfThreads.class, tmp.toString())) {
      try (var group = ControlGroup.of("pids", child.pid())) {
        child.awaitLine("ready");
        group.set(MOST, "0");
        Gate.in(tmp, "none").open();
        assertThat(child.awaitLine("cold ")).isEqualTo("true");
        assertThat(child.awaitLine("large ")).isEqualTo(Integer.toString(3 << 20));
        assertThat(child.awaitLine("crash ")).isEqualTo("true");
        group.set(MOST, "max");
        Gate.in(tmp, "plenty").open();
        assertThat(child.awaitLine("callback ")).isEqualTo("true");
        assertThat(child.awaitLine("again ")).isEqualTo("3");
        assertThat(child.awaitLine("again too ")).isEqualTo("4");
        group.set(MOST, "0");
        Gate.in(tmp, "none-at-the-end").open();
        child.awaitLine("closed");
        group.set(MOST, "max");
        child.awaitExit();
      }
    }
  }

  /** Loses its worker before that worker's channel is there, and uses Fory for the first time. */
  static final class Unprepared {
    public static void main(String[] args) throws Exception {
      Path gates = Path.of(args[0]);
      Duration bound = Duration.ofSeconds(20);
      TaskSerializer fory = TaskSerializer.fory();
      try (var pool =
          EarlyWorkIT.late(Gate.in(gates, "connect")).serializer(TaskSerializer.jdk()).build()) {
        pool.submit(() -> 1).result();
        System.out.println("ready");
        Gate.in(gates, "none").await();
        System.out.println("crash " + pool.submit(ShortageIT::crash).exception(bound).isPresent());
        byte[] bytes = fory.serialize(List.of("a", 1, Map.of("b", 2L)));
        System.out.println(
            "fory " + fory.deserialize(bytes, 0, bytes.length, ShortageIT.class.getClassLoader()));
        Gate.in(gates, "plenty").await();
        Gate.in(gates, "connect").open();
        System.out.println("again " + pool.submit(() -> 3).result(bound));
      }
      System.out.println("closed");
    }
  }

  /**
   * The JDK tells of a process's end on a thread of its own, and says nothing where there is none;
   * Fory starts a thread in the middle of a class's initialisation, which failed for good.
   */
  @Test
  @DisplayName("without a thread to be had a crash without a channel is seen, and Fory can be used")
  void threads_noneToBeHadEarly_poolLivesOn() throws Exception {
    try (var child = ChildJvm.run(Unprepared.class, tmp.toString())) {
      try (var group = ControlGroup.of("pids", child.pid())) {
        child.awaitLine("ready");
        group.set(MOST, "0");
        Gate.in(tmp, "none").open();
        assertThat(child.awaitLine("crash ")).isEqualTo("true");
        assertThat(child.awaitLine("fory ")).isEqualTo("[a, 1, {b=2}]");
        group.set(MOST, "max");
        Gate.in(tmp, "plenty").open();
        assertThat(child.awaitLine("again ")).isEqualTo("3");
        child.awaitLine("closed");
        child.awaitExit();
      }
    }
  }
}

package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.procession.testing.ChildJvm;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Occupied;
import dev.procession.testing.Pools;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is left when the parent ends: nothing. Items 2 and 7 of the issue, E1 to E5. */
@NoLeaks
class ParentDeathIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path tmp;

  /** What the worker does while its parent dies. */
  enum Doing {
    IDLING,
    LOOPING,
    SLEEPING,
    IN_A_CHILD;

    void run() throws Exception {
      switch (this) {
        case IDLING -> {}
        case LOOPING -> loop();
        case SLEEPING -> Thread.sleep(600_000);
        case IN_A_CHILD -> new ProcessBuilder("sleep", "600").inheritIO().start().waitFor();
      }
    }

    private static void loop() {
      long count = 0;
      while (count >= 0) {
        count++;
      }
    }
  }

  /** A parent that prints its worker's pid and then waits to be killed, or ends in some way. */
  static final class Parent {
    public static void main(String[] args) throws Exception {
      Doing doing = Doing.valueOf(args[0]);
      var pool = ProcessPoolExecutor.builder().workers(1).name("orphan").build();
      System.out.println("worker " + pool.submit(() -> ProcessHandle.current().pid()).result());
      var future =
          pool.submit(
              () -> {
                doing.run();
                return 1;
              });
      while (doing == Doing.IDLING ? !future.isDone() : !future.isRunning()) {
        Thread.onSpinWait();
      }
      System.out.println("ready");
      switch (args[1]) {
        case "return" -> {}
        case "exit" -> System.exit(3);
        default -> Thread.sleep(600_000);
      }
    }
  }

  private static List<Path> filesOf(long pid) throws IOException {
    List<Path> left = new ArrayList<>();
    for (String base : List.of("/dev/shm", System.getProperty("java.io.tmpdir"))) {
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(Path.of(base), "procession-" + pid + "-*")) {
        files.forEach(left::add);
      }
    }
    return left;
  }

  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  private static void assertNothingLeft(
      long parent, long worker, List<ProcessHandle> grandchildren) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(isAlive(worker)).as("worker %s lives", worker).isFalse();
              assertThat(grandchildren).noneMatch(ProcessHandle::isAlive);
              assertThat(filesOf(parent)).isEmpty();
            });
  }

  @ParameterizedTest
  @EnumSource(Doing.class)
  @DisplayName("E5: kill -9 of the parent ends its workers, whatever they do, and leaves no file")
  void parent_killed_nothingLeft(Doing doing) throws Exception {
    try (var parent = ChildJvm.run(Parent.class, doing.name(), "wait")) {
      long worker = Long.parseLong(parent.awaitLine("worker "));
      parent.awaitLine("ready");
      List<ProcessHandle> grandchildren =
          ProcessHandle.of(worker).orElseThrow().descendants().toList();
      parent.handle().destroyForcibly();
      assertNothingLeft(parent.pid(), worker, grandchildren);
    }
  }

  @ParameterizedTest
  @EnumSource(Doing.class)
  @DisplayName(
      "E1, E3: a parent that returns from main without closing its pool ends, its workers with it")
  void parent_returns_nothingLeft(Doing doing) throws Exception {
    try (var parent = ChildJvm.run(Parent.class, doing.name(), "return")) {
      long worker = Long.parseLong(parent.awaitLine("worker "));
      assertThat(parent.awaitExit()).isZero();
      assertNothingLeft(parent.pid(), worker, List.of());
    }
  }

  @Test
  @DisplayName("E3: System.exit in the parent keeps its code and ends its workers")
  void parent_exits_nothingLeft() throws Exception {
    try (var parent = ChildJvm.run(Parent.class, Doing.LOOPING.name(), "exit")) {
      long worker = Long.parseLong(parent.awaitLine("worker "));
      assertThat(parent.awaitExit()).isEqualTo(3);
      assertNothingLeft(parent.pid(), worker, List.of());
    }
  }

  @Test
  @DisplayName("X13: Ctrl-C, which the whole process group gets, ends parent and workers")
  void parent_interruptedFromTerminal_nothingLeft() throws Exception {
    try (var parent = inOwnGroup(Parent.class, Doing.LOOPING.name(), "wait")) {
      long worker = Long.parseLong(parent.awaitLine("worker "));
      parent.awaitLine("ready");
      interrupt("-" + parent.pid());
      assertThat(parent.awaitExit()).isEqualTo(130);
      assertNothingLeft(parent.pid(), worker, List.of());
    }
  }

  @Test
  @DisplayName("X13: a worker that gets Ctrl-C goes on, idle or not: it is the parent's business")
  void worker_interruptedFromTerminal_goesOn() throws Exception {
    try (var pool = Pools.of(1)) {
      long worker = pool.submit(Pools::pid).result();
      interrupt(Long.toString(worker));
      var occupied = Occupied.worker(pool, tmp);
      interrupt(Long.toString(worker));
      var waiting = pool.submit(Pools::pid);
      occupied.go().open();
      assertThat(occupied.task().result()).isEqualTo(worker);
      assertThat(waiting.result()).isEqualTo(worker);
      assertThat(pool.snapshot().restarts()).isZero();
    }
  }

  /** A parent that handles Ctrl-C itself, and whose task goes on meanwhile. */
  static final class HandlesInterrupt {
    public static void main(String[] args) throws Exception {
      Gate begun = new Gate(args[0]);
      Gate go = new Gate(args[1]);
      onInterrupt(
          () -> {
            System.out.println("handled");
            go.open();
          });
      try (var pool = ProcessPoolExecutor.create(1)) {
        var future =
            pool.submit(
                () -> {
                  begun.open();
                  go.await();
                  return 7;
                });
        begun.await();
        System.out.println("ready");
        System.out.println("task " + future.result());
        System.out.println("next " + pool.submit(() -> 8).result());
      }
    }

    /** By reflection, as in the product: the compiler would warn of sun.misc. */
    private static void onInterrupt(Runnable work) throws ReflectiveOperationException {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object working =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> {
                work.run();
                return null;
              });
      Object interrupt = signal.getConstructor(String.class).newInstance("INT");
      signal.getMethod("handle", signal, handler).invoke(null, interrupt, working);
    }
  }

  @Test
  @DisplayName("X13: where the parent handles Ctrl-C and lives on, so do its workers and tasks")
  void group_interruptedParentHandles_tasksGoOn() throws Exception {
    String begun = Gate.in(tmp, "begun").file();
    try (var parent = inOwnGroup(HandlesInterrupt.class, begun, Gate.in(tmp, "go").file())) {
      parent.awaitLine("ready");
      interrupt("-" + parent.pid());
      parent.awaitLine("handled");
      assertThat(parent.awaitLine("task ")).isEqualTo("7");
      assertThat(parent.awaitLine("next ")).isEqualTo("8");
      assertThat(parent.awaitExit()).isZero();
    }
  }

  /**
   * Starts a program as a terminal does: a process group, and deaf to no signal. A shell starts
   * what it runs in the background, these tests perhaps, deaf to Ctrl-C, and children inherit that.
   */
  private static ChildJvm inOwnGroup(Class<?> program, String... arguments) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("env", "--default-signal=INT", "setsid", ChildJvm.java()));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    command.addAll(List.of(arguments));
    return ChildJvm.start(command);
  }

  /** A negative number is a whole process group. */
  private static void interrupt(String pid) throws Exception {
    new ProcessBuilder("kill", "-INT", "--", pid).inheritIO().start().waitFor();
  }
}

package dev.procession.internal.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessTreeTest {
  private static final String ENTRY = "PROCESSION_WORKER=4f1c";
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir private Path root;

  /* ---- Memory ---- */

  @Test
  void residentBytes_ofATree_sumWhateverTheOrderOfIds() {
    FakeSystem system =
        new FakeSystem(root)
            .withProcess(1, "init", 'S', 0, 1000)
            .withProcess(30, "worker", 'S', 1, 100)
            .withProcess(31, "a (b) 1 30", 'S', 30, 20)
            .withProcess(7, "grand) child", 'R', 31, 3)
            .withProcess(5, "its child", 'R', 7, 4)
            .withProcess(32, "ended", 'Z', 30, -1)
            .withProcess(33, "other", 'S', 1, 5000)
            .with("proc/meminfo", "MemTotal: 1 kB\n");
    assertThat(ProcessTree.residentBytes(system.proc(), new long[] {30, 99, 5, 32, -1}))
        .containsExactly(127 << 10, -1, 4 << 10, -1, -1);
  }

  @Test
  void residentBytes_ofOneThatIsGone_unknownWhateverItsChildren() {
    FakeSystem system = new FakeSystem(root).withProcess(2, "child", 'S', 30, 1);
    assertThat(ProcessTree.residentBytes(system.proc(), new long[] {30})).containsExactly(-1);
  }

  /* ---- Marks ---- */

  @Test
  void startedWith_entry_exactlyThose() throws IOException {
    FakeSystem system =
        new FakeSystem(root)
            .withEnvironment(1, ENTRY)
            .withEnvironment(2, "A=b", ENTRY, "C=d")
            .withEnvironment(3, "A=b", ENTRY + "0")
            .withEnvironment(4, "A=b", "X" + ENTRY, "PROCESSION_WORKER=", "=" + ENTRY)
            .withEnvironment(5, "x".repeat((8 << 10) - 10), ENTRY)
            .withEnvironment(6, "x".repeat(1 << 20), "A=" + ENTRY, ENTRY)
            .withEnvironment(7)
            .with("proc/8/environ", "A=b\0" + ENTRY)
            .with("proc/9/stat", "no environment")
            .with("proc/self/environ", ENTRY)
            .with("proc/12345678901234567890/environ", ENTRY);
    assertThat(system.proc().startedWith(ENTRY)).containsExactlyInAnyOrder(1, 2, 5, 6, 8);
  }

  @Test
  void sweep_processesThatStartOthers_untilNoneIsLeft() {
    FakeSystem system = new FakeSystem(root).withEnvironment(1, ENTRY).withEnvironment(2, "A=b");
    AtomicInteger next = new AtomicInteger(2);
    int killed =
        new MarkSweep(
                system.proc(),
                ENTRY,
                Set.of(),
                pid -> {
                  if (next.incrementAndGet() < 50) {
                    system.withEnvironment(next.get(), ENTRY);
                  }
                  return end(system, pid);
                },
                LONG)
            .run();
    assertThat(killed).isEqualTo(48);
    assertThat(system.proc().pids()).containsExactly(2);
  }

  @Test
  void sweep_spared_leftAlone() {
    FakeSystem system = new FakeSystem(root).withEnvironment(1, ENTRY).withEnvironment(2, ENTRY);
    var sweep = new MarkSweep(system.proc(), ENTRY, Set.of(1L), pid -> end(system, pid), LONG);
    assertThat(sweep.run()).isEqualTo(1);
    assertThat(system.proc().pids()).containsExactly(1);
  }

  @Test
  void sweep_oneThatNeedsAMomentToDie_waitedFor() {
    FakeSystem system = new FakeSystem(root).withEnvironment(1, ENTRY);
    AtomicInteger kills = new AtomicInteger();
    var sweep =
        new MarkSweep(
            system.proc(),
            ENTRY,
            Set.of(),
            pid -> kills.incrementAndGet() < 5 || end(system, pid),
            LONG);
    assertThat(sweep.run()).isEqualTo(1);
    assertThat(kills).hasValue(5);
  }

  @Test
  void sweep_oneThatCannotBeKilled_givesUp() {
    FakeSystem system = new FakeSystem(root).withEnvironment(1, ENTRY);
    var sweep = new MarkSweep(system.proc(), ENTRY, Set.of(), pid -> false, Duration.ofMillis(20));
    assertThat(sweep.run()).isZero();
  }

  private static boolean end(FakeSystem system, long pid) {
    try {
      Path directory = system.root().resolve("proc/" + pid);
      Files.delete(directory.resolve("environ"));
      Files.delete(directory);
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /* ---- Killing a tree ---- */

  @Test
  void kill_tree_rootFirst() {
    List<String> killed = new ArrayList<>();
    ProcessHandle root =
        process(-1, killed, () -> Stream.of(process(-2, killed, null), process(-3, killed, null)));
    ProcessTree.kill(root, "nobody's");
    assertThat(killed).containsExactly("-1", "-2", "-3");
  }

  @Test
  void kill_descendantsCannotBeListed_rootKilledAllTheSame() {
    for (Throwable failure :
        List.of(new RuntimeException("Cannot allocate memory"), new OutOfMemoryError("native"))) {
      List<String> killed = new ArrayList<>();
      ProcessTree.kill(
          process(
              -1,
              killed,
              () -> {
                throw failure;
              }),
          "nobody's");
      assertThat(killed).containsExactly("-1");
    }
  }

  @Test
  void kill_oneCannotBeKilled_othersAre() {
    List<String> killed = new ArrayList<>();
    ProcessHandle stubborn = process(-2, null, null);
    ProcessTree.kill(
        process(-1, killed, () -> Stream.of(stubborn, process(-3, killed, null))), "nobody's");
    assertThat(killed).containsExactly("-1", "-3");
  }

  @Test
  void kill_callerAndItsAncestors_spared() {
    List<String> killed = new ArrayList<>();
    ProcessHandle self = ProcessHandle.current();
    ProcessHandle parent = self.parent().orElseThrow();
    ProcessHandle root =
        process(
            parent.pid(),
            killed,
            () -> Stream.of(process(self.pid(), killed, null), process(-3, killed, null)));
    ProcessTree.kill(root, "nobody's");
    assertThat(killed).containsExactly("-3");
  }

  private interface Descendants {
    Stream<ProcessHandle> list() throws Throwable;
  }

  /** A process that notes its being killed, or cannot be killed if there is nowhere to note it. */
  private static ProcessHandle process(long pid, List<String> killed, Descendants descendants) {
    return (ProcessHandle)
        Proxy.newProxyInstance(
            ProcessTreeTest.class.getClassLoader(),
            new Class<?>[] {ProcessHandle.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "pid" -> pid;
                  case "descendants" -> descendants.list();
                  case "destroyForcibly" -> {
                    if (killed == null) {
                      throw new IllegalStateException("not this one");
                    }
                    yield killed.add(Long.toString(pid));
                  }
                  default -> throw new AssertionError(method);
                });
  }
}

package dev.procession.internal.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.procession.testing.ChildJvm;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Signals;
import dev.procession.testing.Workers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Real processes of a shell, marked as a worker's are. */
@EnabledOnOs(OS.LINUX)
@NoLeaks
class ProcessTreeIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final String mark = UUID.randomUUID().toString();
  private final String otherMark = UUID.randomUUID().toString();
  private final List<Process> started = new ArrayList<>();
  @TempDir private Path folder;

  @AfterEach
  void killAll() {
    ProcessTree.killMarked(mark);
    ProcessTree.killMarked(otherMark);
    started.forEach(Process::destroyForcibly);
  }

  private Process shell(String mark, String script) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", script).directory(folder.toFile());
    builder.environment().put(ProcessTree.PROCESSION_WORKER, mark);
    Process process =
        builder
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    started.add(process);
    return process;
  }

  /** Waits until a script has written that many process ids into the file. */
  private List<Long> pidsIn(String file, int count) {
    await().atMost(PATIENCE).until(() -> read(file).size() >= count);
    return read(file);
  }

  private List<Long> read(String file) {
    try {
      Path path = folder.resolve(file);
      return Files.exists(path)
          ? Files.readAllLines(path).stream().filter(s -> !s.isEmpty()).map(Long::valueOf).toList()
          : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void awaitGone(List<Long> pids) {
    await().atMost(PATIENCE).until(() -> pids.stream().allMatch(Workers::isGone));
  }

  private static long[] marked(String mark) {
    return Proc.SYSTEM.startedWith(ProcessTree.PROCESSION_WORKER + "=" + mark);
  }

  @Test
  @DisplayName("a tree is killed with the processes whose own parent died before")
  void kill_treeWithReparented_allOfThem() throws Exception {
    Process root =
        shell(
            mark,
            "(sleep 600 & echo $! >> pids); sh -c 'sleep 600 & echo $! >> pids; wait' & wait");
    List<Long> pids = pidsIn("pids", 2);
    long orphan = pids.get(0);
    await()
        .atMost(PATIENCE)
        .until(() -> root.descendants().noneMatch(process -> process.pid() == orphan));
    ProcessTree.kill(root.toHandle(), mark);
    awaitGone(pids);
    assertThat(root.waitFor()).isEqualTo(128 + 9);
    assertThat(marked(mark)).isEmpty();
  }

  @Test
  @DisplayName("what a dead worker left is killed, what another one started is not")
  void killMarked_rootIsDead_onlyItsOwn() throws Exception {
    Process root = shell(mark, "sleep 600 & echo $! >> mine; wait");
    Process other = shell(otherMark, "sleep 600 & echo $! >> others; wait");
    List<Long> mine = pidsIn("mine", 1);
    List<Long> others = pidsIn("others", 1);
    root.destroyForcibly().waitFor();
    assertThat(mine).noneMatch(Workers::isGone);
    ProcessTree.killMarked(mark);
    awaitGone(mine);
    assertThat(others).noneMatch(Workers::isGone);
    assertThat(other.isAlive()).isTrue();
  }

  @Test
  @DisplayName("processes that start others while they are being killed leave none behind")
  void kill_whileForking_noneLeft() throws Exception {
    // Each of the three starts 300 at most, in sessions of their own and without a living parent.
    Process root =
        shell(
            mark,
            "for n in 1 2 3; do (sh -c 'for i in $(seq 300); do (setsid sleep 600 & echo $! >> pids);"
                + " done' &); done; wait");
    pidsIn("pids", 20);
    ProcessTree.kill(root.toHandle(), mark);
    await().atMost(PATIENCE).until(() -> marked(mark).length == 0);
    List<Long> pids = read("pids");
    awaitGone(pids);
    assertThat(read("pids")).as("nobody is left to start another").hasSameSizeAs(pids);
  }

  /** Kills its own mark. */
  public static final class Marked {
    public static void main(String[] args) throws IOException {
      Process child = new ProcessBuilder("sleep", "600").start();
      ProcessTree.killMarked(System.getenv(ProcessTree.PROCESSION_WORKER));
      System.out.println("child: " + (child.onExit().join().exitValue() - 128));
    }
  }

  @Test
  @DisplayName("a process that kills its own mark spares itself and those it comes from")
  void killMarked_ownMark_selfAndAncestorsSpared() throws Exception {
    String java = "'" + ChildJvm.java() + "' -cp \"$CP\" '" + Marked.class.getName() + "'";
    try (ChildJvm shell =
        ChildJvm.start(
            List.of(
                "env",
                "CP=" + System.getProperty("java.class.path"),
                ProcessTree.PROCESSION_WORKER + "=" + mark,
                "sh",
                "-c",
                java + "; echo \"java: $?\""))) {
      assertThat(shell.awaitLine("child: ")).isEqualTo("9");
      assertThat(shell.awaitLine("java: ")).isEqualTo("0");
      assertThat(shell.awaitExit()).isZero();
    }
  }

  @Test
  @DisplayName("a stopped process is known as such, and its tree's memory is summed")
  void status_ofRealProcesses() throws Exception {
    Process root = shell(mark, "sleep 600 & echo $! >> pids; wait");
    long child = pidsIn("pids", 1).get(0);
    await().atMost(PATIENCE).until(() -> ProcessStatus.of(child).residentBytes() > 0);
    ProcessStatus status = ProcessStatus.of(root.pid());
    assertThat(status.isStopped()).isFalse();
    assertThat(status.residentBytes()).isPositive().isLessThanOrEqualTo(status.peakBytes());
    assertThat(ProcessTree.residentBytes(root.pid()))
        .isGreaterThan(status.residentBytes())
        .isGreaterThan(ProcessStatus.of(child).residentBytes());
    Signals.send("STOP", child);
    await().atMost(PATIENCE).until(() -> ProcessStatus.of(child).isStopped());
    Signals.send("CONT", child);
    await().atMost(PATIENCE).until(() -> !ProcessStatus.of(child).isStopped());
    root.destroyForcibly().waitFor();
    assertThat(ProcessTree.residentBytes(root.pid())).isEqualTo(-1);
    assertThat(ProcessStatus.of(root.pid()).residentBytes()).isEqualTo(-1);
    assertThat(Arrays.stream(marked(mark)).boxed()).containsExactly(child);
  }

  /** Makes itself a likelier victim. */
  public static final class Victim {
    public static void main(String[] args) throws IOException {
      Path adjustment = Path.of("/proc/self/oom_score_adj");
      String before = Files.readString(adjustment).trim();
      boolean raised = KernelOomKills.becomeVictim();
      System.out.println(
          "victim: " + before + " " + raised + " " + Files.readString(adjustment).trim());
    }
  }

  @Test
  @DisplayName("a process may make itself the kernel's likelier victim")
  void becomeVictim_realProcess_scoreRaised() {
    try (ChildJvm jvm = ChildJvm.run(Victim.class)) {
      String[] words = jvm.awaitLine("victim: ").split(" ");
      int before = Integer.parseInt(words[0]);
      assertThat(words[1]).isEqualTo(Boolean.toString(before < 1000));
      assertThat(Integer.parseInt(words[2])).isEqualTo(Math.min(1000, before + 500));
    }
    assertThat(KernelOomKills.count()).isNotNegative();
  }
}

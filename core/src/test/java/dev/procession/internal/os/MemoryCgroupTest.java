package dev.procession.internal.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With plain files in the kernel's place; what the kernel does with them is not seen here. */
class MemoryCgroupTest {
  private static final String TOP = "sys/fs/cgroup";
  private static final String SLICE = TOP + "/app.slice";
  private static final String OWN = SLICE + "/run-7.scope";

  @TempDir private Path root;
  private FakeSystem system;

  @BeforeEach
  void version2() {
    system =
        new FakeSystem(root)
            .with("proc/self/cgroup", "0::/app.slice/run-7.scope\n")
            .with(
                "proc/self/mountinfo",
                "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n")
            .with(TOP + "/cgroup.subtree_control", "cpu memory pids\n")
            .with(SLICE + "/cgroup.subtree_control", "memory pids\n")
            .with(OWN + "/cgroup.subtree_control", "\n");
  }

  private Optional<MemoryCgroup> create() {
    return MemoryCgroup.create(root, "w3", 512L << 20, Duration.ofSeconds(30));
  }

  private void createIn(String parent) throws IOException {
    assertThat(create()).isPresent();
    assertThat(system.text(parent + "/w3/memory.max")).isEqualTo("536870912");
    assertThat(system.text(parent + "/w3/memory.swap.max")).isEqualTo("0");
    assertThat(system.text(parent + "/w3/memory.oom.group")).isEqualTo("1");
  }

  private void assertNone() throws IOException {
    assertThat(create()).isEmpty();
    try (Stream<Path> all = Files.walk(root)) {
      assertThat(all).noneMatch(path -> path.endsWith("w3"));
    }
  }

  @Test
  void create_ownDividesMemory_below() throws IOException {
    system.with(OWN + "/cgroup.subtree_control", "cpu memory\n");
    createIn(OWN);
  }

  @Test
  void create_parentDividesMemory_beside() throws IOException {
    createIn(SLICE);
  }

  @Test
  void create_onlyFurtherUp_none() throws IOException {
    system.with(SLICE + "/cgroup.subtree_control", "pids memory_other\n");
    assertNone();
  }

  @Test
  void create_ownAtTheTop_nothingBeside() throws IOException {
    system.with("proc/self/cgroup", "0::/\n").with(TOP + "/cgroup.subtree_control", "\n");
    system.with("sys/fs/cgroup.subtree_control", "memory\n");
    assertNone();
  }

  @Test
  void create_memoryInVersion1_none() throws IOException {
    system.with(
        "proc/self/mountinfo", "35 31 0:32 / /sys/fs/cgroup rw - cgroup cgroup rw,memory\n");
    assertNone();
  }

  @Test
  void create_nameInUse_none() throws IOException {
    system.with(SLICE + "/w3/memory.max", "7\n");
    assertThat(create()).isEmpty();
    assertThat(system.text(SLICE + "/w3/memory.max")).isEqualTo("7\n");
  }

  @Test
  void use_filesOfTheKernel() throws IOException {
    MemoryCgroup cgroup = create().orElseThrow();
    assertThat(cgroup.add(4711)).isTrue();
    assertThat(system.text(SLICE + "/w3/cgroup.procs")).isEqualTo("4711");
    system
        .with(SLICE + "/w3/memory.events", "low 0\nhigh 0\nmax 9\noom 2\noom_kill 4\n")
        .with(SLICE + "/w3/memory.current", "1048576\n")
        .with(SLICE + "/w3/memory.peak", "2097152\n")
        .with(SLICE + "/w3/cgroup.kill", "");
    assertThat(cgroup.oomKills()).isEqualTo(4);
    assertThat(cgroup.currentBytes()).isEqualTo(1 << 20);
    assertThat(cgroup.peakBytes()).isEqualTo(2 << 20);
    assertThat(cgroup.kill()).isTrue();
    assertThat(system.text(SLICE + "/w3/cgroup.kill")).isEqualTo("1");
  }

  @Test
  void use_olderKernel_unknown() {
    MemoryCgroup cgroup = create().orElseThrow();
    assertThat(cgroup.oomKills()).isEqualTo(-1);
    assertThat(cgroup.currentBytes()).isEqualTo(-1);
    assertThat(cgroup.peakBytes()).isEqualTo(-1);
    assertThat(cgroup.kill()).isFalse();
  }

  @Test
  void close_empty_gone() throws IOException {
    MemoryCgroup cgroup = create().orElseThrow();
    empty(root.resolve(SLICE + "/w3"));
    cgroup.close();
    assertThat(root.resolve(SLICE + "/w3")).doesNotExist();
    assertThat(cgroup.add(4711)).isFalse();
    cgroup.close();
  }

  /** Files in it stand for processes: both keep the directory from being removed. */
  @Test
  void close_processesThatEnd_waitsForThem() throws Exception {
    MemoryCgroup cgroup = create().orElseThrow();
    CompletableFuture<Void> closed = CompletableFuture.runAsync(cgroup::close);
    empty(root.resolve(SLICE + "/w3"));
    closed.get(20, TimeUnit.SECONDS);
    assertThat(root.resolve(SLICE + "/w3")).doesNotExist();
  }

  @Test
  void close_processesThatDoNotEnd_staysBehind() {
    MemoryCgroup.create(root, "w3", 1 << 20, Duration.ofMillis(20)).orElseThrow().close();
    assertThat(root.resolve(SLICE + "/w3")).exists();
  }

  private static void empty(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }
}

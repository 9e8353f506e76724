package dev.procession.internal.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineMemoryTest {
  private static final long GIB = 1L << 30;
  private static final long MACHINE = 24 * GIB;
  private static final String NO_LIMIT_OF_VERSION_1 = "9223372036854771712\n";

  @TempDir private Path root;
  private FakeSystem system;

  @BeforeEach
  void machineOf24Gib() {
    system =
        new FakeSystem(root)
            .with("proc/meminfo", "MemTotal:       25165824 kB\nMemFree:        23071212 kB\n");
  }

  private void version2(String cgroup, String mountRoot) {
    system
        .with("proc/self/cgroup", "0::" + cgroup + "\n")
        .with(
            "proc/self/mountinfo",
            "23 1 0:21 / /proc rw,nosuid - proc proc rw\n29 23 0:26 "
                + mountRoot
                + " /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
  }

  private void version1(String cgroup, String mountRoot) {
    system
        .with("proc/self/cgroup", "5:cpu,cpuacct:/\n4:memory:" + cgroup + "\n0::/\n")
        .with(
            "proc/self/mountinfo",
            "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n35 31 0:32 "
                + mountRoot
                + " /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
                + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  }

  private long bytes() {
    return MachineMemory.bytes(root, MACHINE);
  }

  @Test
  void bytes_noCgroup_lessOfTheMachineAndWhatTheJvmSays() {
    assertThat(bytes()).isEqualTo(MACHINE);
    assertThat(MachineMemory.bytes(root, 7 * GIB)).isEqualTo(7 * GIB);
    assertThat(MachineMemory.bytes(root, 100 * GIB)).isEqualTo(MACHINE);
    assertThat(MachineMemory.bytes(root, -1)).isEqualTo(MACHINE);
  }

  @Test
  void bytes_notLinux_whatTheJvmSays() {
    assertThat(MachineMemory.bytes(root.resolve("nowhere"), GIB)).isEqualTo(GIB);
    assertThat(MachineMemory.bytes(root.resolve("nowhere"), -1)).isEqualTo(-1);
  }

  @Test
  void bytes_version2_leastLimitFromTheOwnCgroupUp() {
    version2("/system.slice/app.service", "/");
    system
        .with("sys/fs/cgroup/system.slice/app.service/memory.max", "max\n")
        .with("sys/fs/cgroup/system.slice/memory.max", "3221225472\n")
        .with("sys/fs/cgroup/other.slice/memory.max", "1024\n");
    assertThat(bytes()).isEqualTo(3 * GIB);
    system.with("sys/fs/cgroup/system.slice/app.service/memory.max", "2147483648\n");
    assertThat(bytes()).isEqualTo(2 * GIB);
  }

  @Test
  void bytes_version2InAContainer_limitAtTheTop() {
    version2("/", "/");
    system.with("sys/fs/cgroup/memory.max", "1073741824\n");
    assertThat(bytes()).isEqualTo(GIB);
  }

  @Test
  void bytes_version2OutsideOfWhatIsSeen_limitAtTheTop() {
    version2("/../neighbour", "/");
    system.with("sys/fs/cgroup/memory.max", "1073741824\n");
    system.with("sys/fs/neighbour/memory.max", "1024\n");
    assertThat(bytes()).isEqualTo(GIB);
  }

  @Test
  void bytes_version1_leastLimitFromTheOwnCgroupUp() {
    version1("/pods/one", "/");
    system
        .with("sys/fs/cgroup/memory/memory.limit_in_bytes", NO_LIMIT_OF_VERSION_1)
        .with("sys/fs/cgroup/memory/pods/memory.limit_in_bytes", "2147483648\n")
        .with("sys/fs/cgroup/memory/pods/one/memory.limit_in_bytes", NO_LIMIT_OF_VERSION_1);
    assertThat(bytes()).isEqualTo(2 * GIB);
    system.with("sys/fs/cgroup/memory/pods/memory.limit_in_bytes", NO_LIMIT_OF_VERSION_1);
    assertThat(bytes()).isEqualTo(MACHINE);
  }

  @Test
  void bytes_version1InAContainerWithTheHostsPath_limitAtTheTop() {
    version1("/docker/4711", "/docker/4711");
    system.with("sys/fs/cgroup/memory/memory.limit_in_bytes", "2147483648\n");
    assertThat(bytes()).isEqualTo(2 * GIB);
  }

  @Test
  void bytes_limitAboveTheMachine_theMachine() {
    version2("/", "/");
    system.with("sys/fs/cgroup/memory.max", "107374182400\n");
    assertThat(bytes()).isEqualTo(MACHINE);
  }

  @Test
  void bytes_nonsense_ignored() {
    system
        .with("proc/self/cgroup", "0::\nx\n\n1:memory\n:::\n")
        .with("proc/self/mountinfo", "\n - \n1 2 3 / /sys - cgroup2\nx - cgroup\n");
    assertThat(bytes()).isEqualTo(MACHINE);
  }

  @Test
  void bytes_ofThisMachine_known() {
    assertThat(MachineMemory.bytes()).isGreaterThan(64 << 20);
  }
}

package dev.procession.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor says of machines that lack something. */
class MachineChecksTest {
  @TempDir Path root;

  private MachineChecks checks() {
    return new MachineChecks(new SystemFiles(root), /* linux= */ true);
  }

  private void file(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void sharedMemory_missing_isNoted() throws IOException {
    assertThat(checks().sharedMemory().verdict()).isEqualTo(Finding.Verdict.LACKING);
    assertThat(checks().sharedMemory().meaning()).contains("mount a tmpfs");
    Files.createDirectories(root.resolve("dev/shm"));
    assertThat(checks().sharedMemory().seen()).startsWith("/dev/shm, ").endsWith(" free");
    assertThat(root.resolve("dev/shm")).isEmptyDirectory();
  }

  @Test
  void limits_low_areNoted() throws IOException {
    file(
        "proc/self/limits",
        """
        Limit                     Soft Limit           Hard Limit           Units
        Max processes             unlimited            unlimited            processes
        Max open files            256                  4096                 files
        """);
    assertThat(checks().openFiles().verdict()).isEqualTo(Finding.Verdict.LACKING);
    assertThat(checks().openFiles().seen()).isEqualTo("256 at most");
    assertThat(checks().processes()).isEqualTo(Finding.good("processes", "unlimited at most"));
    file("sys/fs/cgroup/pids.max", "100\n");
    assertThat(checks().processes().verdict()).isEqualTo(Finding.Verdict.LACKING);
    assertThat(checks().processes().seen()).isEqualTo("unlimited at most, 100 in this cgroup");
  }

  @Test
  void cgroups_delegatedOrNot_isTold() throws IOException {
    assertThat(checks().cgroups().seen()).isEqualTo("no cgroup of version 2");
    file("proc/self/cgroup", "0::/user/app\n");
    file("sys/fs/cgroup/user/app/cgroup.subtree_control", "cpu\n");
    assertThat(checks().cgroups().verdict()).isEqualTo(Finding.Verdict.LACKING);
    assertThat(checks().cgroups().meaning()).contains("watched twenty times a second");
    file("sys/fs/cgroup/user/app/cgroup.subtree_control", "cpu memory\n");
    file("sys/fs/cgroup/user/app/cgroup.procs", "");
    assertThat(checks().cgroups().verdict()).isEqualTo(Finding.Verdict.GOOD);
  }

  @Test
  void oomScore_notWritable_isNoted() throws IOException {
    assertThat(checks().oomScore().verdict()).isEqualTo(Finding.Verdict.LACKING);
    file("proc/self/oom_score_adj", "0");
    assertThat(checks().oomScore().verdict()).isEqualTo(Finding.Verdict.GOOD);
  }
}

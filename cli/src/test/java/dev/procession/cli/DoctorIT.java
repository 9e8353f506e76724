package dev.procession.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code procession doctor} and the small commands, as the executable jar does them. */
class DoctorIT {
  @TempDir Path directory;

  @Test
  @DisplayName("doctor explains this machine, starts a pool, and fits a terminal")
  void doctor_thisMachine_poolWorks() throws Exception {
    CliRun.Ended ended = CliRun.run(directory, "doctor");
    assertThat(ended.exitCode()).as(ended.out()).isZero();
    assertThat(ended.out())
        .containsPattern("(?m)^ok    java  ")
        .containsPattern("(?m)^\\w+ +shared memory +/dev/shm")
        .containsPattern("(?s)a pool +worker \\d+ ran a task \\d+ ms after .* µs");
    assertThat(ended.out().lines()).allMatch(line -> line.length() <= 130);
  }

  @Test
  @DisplayName("help, version and completion are there")
  void smallCommands_work() throws Exception {
    assertThat(CliRun.run(directory, "--version").out()).startsWith("procession 0.1.0");
    assertThat(CliRun.run(directory).out()).contains("run ").contains("doctor ");
    assertThat(CliRun.run(directory, "run", "--help").out())
        .contains("--max-failures")
        .contains("Exit codes:")
        .contains("130");
    assertThat(CliRun.run(directory, "generate-completion").out())
        .contains("complete -F")
        .contains("--memory-limit");
  }
}

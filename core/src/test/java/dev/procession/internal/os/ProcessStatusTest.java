package dev.procession.internal.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessStatusTest {
  private static final ProcessStatus UNKNOWN = new ProcessStatus(false, -1, -1);

  @TempDir private Path root;

  @ParameterizedTest
  @ValueSource(strings = {"java", "a b", "(evil) T 1", ")", "State: T", "a\\nState:\\tT"})
  void of_anyName_stateAndMemory(String name) {
    FakeSystem system =
        new FakeSystem(root)
            .withProcess(7, name, 'S', 1, 72_872)
            .withProcess(8, name, 'T', 1, 5)
            .withProcess(9, name, 't', 1, 5);
    assertThat(ProcessStatus.of(system.proc(), 7))
        .isEqualTo(new ProcessStatus(false, 72_872L << 10, 2 * 72_872L << 10));
    assertThat(ProcessStatus.of(system.proc(), 8).isStopped()).isTrue();
    assertThat(ProcessStatus.of(system.proc(), 9).isStopped()).as("in a debugger").isFalse();
  }

  @Test
  void of_oneThatHasEnded_unknown() {
    FakeSystem system = new FakeSystem(root).withProcess(7, "java", 'Z', 1, -1);
    assertThat(ProcessStatus.of(system.proc(), 7)).isEqualTo(UNKNOWN);
    assertThat(ProcessStatus.of(system.proc(), 8)).isEqualTo(UNKNOWN);
    assertThat(ProcessStatus.of(system.proc(), -1)).isEqualTo(UNKNOWN);
    assertThat(ProcessStatus.of(new FakeSystem(root.resolve("none")).proc(), 7)).isEqualTo(UNKNOWN);
  }

  @Test
  void of_truncatedFile_unknown() {
    FakeSystem system = new FakeSystem(root).with("proc/7/status", "Name:\tjava\nState:\t");
    system.with("proc/8/status", "VmRSS").with("proc/9/status", "");
    assertThat(ProcessStatus.of(system.proc(), 7)).isEqualTo(UNKNOWN);
    assertThat(ProcessStatus.of(system.proc(), 8)).isEqualTo(UNKNOWN);
    assertThat(ProcessStatus.of(system.proc(), 9)).isEqualTo(UNKNOWN);
  }
}

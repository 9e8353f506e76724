package dev.procession.internal.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelOomKillsTest {
  @TempDir private Path root;

  private long countIn(String vmstat) {
    new FakeSystem(root).with("vmstat", vmstat);
    return KernelOomKills.count(root.resolve("vmstat").toFile());
  }

  @Test
  void count_vmstat_itsLine() {
    assertThat(countIn("nr_free_pages 5\noom_kill_x 9\noom_kill 17\nnuma_hit 3\n")).isEqualTo(17);
    assertThat(countIn("oom_kill 0")).isZero();
  }

  @Test
  void count_noSuchLineOrFile_unknown() {
    assertThat(countIn("nr_free_pages 5\nx_oom_kill 3\n")).isEqualTo(-1);
    assertThat(countIn("")).isEqualTo(-1);
    assertThat(KernelOomKills.count(root.resolve("none").toFile())).isEqualTo(-1);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 500, true",
    "-998, -498, true",
    "300, 800, true",
    "950, 1000, true",
    "1000, 1000, false"
  })
  void becomeVictim_inherited_raisedAndNeverLowered(String before, String after, boolean raised)
      throws IOException {
    FakeSystem system = new FakeSystem(root).with("oom_score_adj", before + "\n");
    assertThat(KernelOomKills.becomeVictim(root.resolve("oom_score_adj").toFile()))
        .isEqualTo(raised);
    assertThat(system.text("oom_score_adj").trim()).isEqualTo(after);
  }

  @Test
  void becomeVictim_elsewhere_no() {
    assertThat(KernelOomKills.becomeVictim(root.resolve("none").toFile())).isFalse();
    new FakeSystem(root).with("oom_score_adj", "high\n");
    assertThat(KernelOomKills.becomeVictim(root.resolve("oom_score_adj").toFile())).isFalse();
  }
}

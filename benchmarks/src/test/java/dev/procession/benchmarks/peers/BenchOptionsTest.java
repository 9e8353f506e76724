package dev.procession.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.benchmarks.Arguments.WrongUsageException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class BenchOptionsTest {
  @Test
  void nothingGiven_everythingThreeTimesOnThisJdk() throws WrongUsageException {
    BenchOptions options = BenchOptions.parse();
    assertThat(options.works())
        .contains(Work.ROUND_TRIP, Work.WATCHED)
        .noneMatch(Work::isOnCluster);
    assertThat(options.rounds()).isEqualTo(3);
    assertThat(options.javaHomes()).containsExactly(Path.of(System.getProperty("java.home")));
  }

  @Test
  void quickCheck_onlyWhatIsNotSmaller() throws WrongUsageException {
    assertThat(BenchOptions.parse("--quick").works()).contains(Work.MAP, Work.ROUND_TRIP);
    assertThat(BenchOptions.parse("--quick", "--check").works())
        .contains(Work.ROUND_TRIP)
        .doesNotContain(Work.MAP);
  }

  @Test
  void someWorks_doNotReplaceTheCommittedResults() throws WrongUsageException {
    BenchOptions all = BenchOptions.parse("--root", "project");
    assertThat(all.output()).isEqualTo(all.committed());
    BenchOptions some = BenchOptions.parse("--root", "project", "--only", "map");
    assertThat(some.works()).containsExactly(Work.MAP);
    assertThat(some.output()).startsWithRaw(some.scratch());
  }

  @Test
  void cluster_aTableOfItsOwn() throws WrongUsageException {
    BenchOptions options = BenchOptions.parse("--cluster", "--root", "project");
    assertThat(options.works()).containsExactly(Work.CLUSTER_CALL, Work.CLUSTER_TINY);
    assertThat(options.output()).isEqualTo(options.committed()).endsWithRaw(Path.of("cluster"));
    assertThatThrownBy(() -> BenchOptions.parse("--cluster", "--only", "map"))
        .isInstanceOf(WrongUsageException.class)
        .hasMessage("'map' is not one of --cluster");
    assertThatThrownBy(() -> BenchOptions.parse("--only", "cluster-call"))
        .isInstanceOf(WrongUsageException.class)
        .hasMessage("'cluster-call' is one of --cluster");
  }

  @Test
  void quickCheckOfASmallerWork_refused() {
    assertThatThrownBy(() -> BenchOptions.parse("--quick", "--check", "--only", "map"))
        .isInstanceOf(WrongUsageException.class)
        .hasMessageContaining("'map'")
        .hasMessageContaining("without --quick");
  }

  @Test
  void jdkThatIsNone_refused() {
    assertThatThrownBy(() -> BenchOptions.parse("--jdk", "no-such-folder"))
        .isInstanceOf(WrongUsageException.class)
        .hasMessage("'no-such-folder' is no JDK: it has no bin/java");
  }

  @Test
  void workThatIsNone_refusedWithThoseThereAre() {
    assertThatThrownBy(() -> BenchOptions.parse("--only", "mop"))
        .isInstanceOf(WrongUsageException.class)
        .hasMessageContaining("'mop'")
        .hasMessageContaining("map, echo-1");
  }
}

package dev.procession.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.benchmarks.Arguments.WrongUsageException;
import dev.procession.benchmarks.peers.Results.Figure;
import dev.procession.benchmarks.peers.Results.Named;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

/** What the comparison makes of its figures. */
class ReportTest {
  @TempDir private Path folder;

  private static Figure figure(Work work, String peer, double... rounds) {
    List<Double> all = java.util.Arrays.stream(rounds).boxed().toList();
    return new Figure(work.id, peer, all.get(all.size() / 2), all, Map.of("p99", 9.5));
  }

  private static Results results(double ours, double theirs) {
    return new Results(
        "2026-01-01",
        "2 × a processor",
        false,
        Map.of(
            "procession-17", new Named("Procession, JDK 17", "17.0.1"),
            "spawn", new Named("CPython, <spawn>", "3.11")),
        List.of(
            figure(Work.ROUND_TRIP, "procession-17", ours / 2, ours, 2 * ours),
            figure(Work.ROUND_TRIP, "spawn", theirs),
            figure(Work.PIPELINED, "procession-17", 1_234_567),
            figure(Work.PIPELINED, "spawn", 10_000),
            figure(Work.MEMORY, "procession-17", 50)));
  }

  @Test
  void targets_metAndMissed_told() {
    String targets = new Report(results(2, 150), List.of(), List.of()).targets();
    assertThat(targets).contains("≥ 60 × CPython (spawn) (100 ×) | 75 × ✓ |");
    assertThat(targets).contains("≥ 50 × CPython (spawn) (100 ×) | 123 × ★ |");
    assertThat(targets).contains("≤ 60 MB (45 MB) | 50 MB ✓ |");
    assertThat(new Report(results(4, 150), List.of(), List.of()).targets())
        .contains("| 37.5 × ✗ |");
    assertThat(targets).as("what was not measured").doesNotContain("64 MiB");
  }

  @Test
  void targets_moonshotOnly_neverMissed() {
    List<Figure> figures =
        List.of(
            figure(Work.ROUND_TRIP, "procession-17", 2), figure(Work.ROUND_TRIP, "c-spin", 0.1));
    Results results = new Results("2026-01-01", "", false, results(2, 150).peers(), figures);
    assertThat(new Report(results, List.of(), List.of()).targets())
        .contains("| (0.1 × C spin ring) | 0.05 × |");
  }

  @Test
  void markdown_everything_isThere() {
    String page =
        new Report(results(2, 150), List.of("loky: not installed"), List.of("map of X: died\nmore"))
            .markdown();
    assertThat(page)
        .contains("### hot round trip of `submit(() -> k).get()`, one caller")
        .contains("| Procession, JDK 17 | 2 | 75 % | p99 9.5 |")
        .contains("| Procession, JDK 17 | 1,230,000 |")
        .contains("![round-trip](round-trip.svg)")
        .contains("- loky: not installed")
        .contains("- map of X: died")
        .contains("2 × a processor")
        .doesNotContain("more\n");
  }

  @Test
  void chart_anyFigures_isXml() throws Exception {
    Results results = results(2, 150);
    String svg = new Chart(results, Work.ROUND_TRIP).svg();
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)));
    assertThat(document.getElementsByTagName("rect").getLength()).isEqualTo(2);
    assertThat(svg).contains("CPython, &lt;spawn&gt;").contains("less is better");
    assertThat(svg.indexOf("Procession")).as("best first").isLessThan(svg.indexOf("CPython"));
    assertThat(Chart.isOf(results, Work.MEMORY)).as("of one alone").isFalse();
  }

  @Test
  void results_writtenAndRead_same() throws Exception {
    Results results = results(2, 150);
    Path file = folder.resolve("results.json");
    results.write(file);
    assertThat(Results.read(file)).isEqualTo(results);
  }

  @Test
  void check_withinAndBeyondTheMargin() {
    Results before = results(2, 150);
    assertThat(Check.compare(before, results(2.5, 150))).isEmpty();
    assertThat(Check.compare(before, results(1, 150))).as("better").isEmpty();
    assertThat(Check.compare(before, results(4, 150)))
        .singleElement()
        .asString()
        .contains("round-trip against CPython (spawn) on 17 was 75 ×, is 37.5 ×");
  }

  @Test
  void numbers_threeDigits() {
    assertThat(List.of(0.0, 0.0371, 1.234, 12.34, 123.4, 1234.5, 9_876_543.0))
        .extracting(Numbers::text)
        .containsExactly("0", "0.04", "1.23", "12.3", "123", "1,230", "9,880,000");
  }

  @Test
  void options_wrongOnes_named() throws Exception {
    assertThat(BenchOptions.parse("--quick").works())
        .contains(Work.ROUND_TRIP)
        .doesNotContain(Work.ECHO_64);
    assertThat(BenchOptions.parse().rounds()).isEqualTo(3);
    assertThat(BenchOptions.parse("--only", "map", "--only", "stop").works())
        .containsExactlyInAnyOrder(Work.MAP, Work.STOP);
    assertThatThrownBy(() -> BenchOptions.parse("--only", "nothing"))
        .isInstanceOf(WrongUsageException.class)
        .hasMessageContaining("no work is called 'nothing'; there are round-trip, ");
    assertThatThrownBy(() -> BenchOptions.parse("--rounds", "0"))
        .isInstanceOf(WrongUsageException.class)
        .hasMessageContaining("1 to 20");
    assertThatThrownBy(() -> BenchOptions.parse("--fast"))
        .isInstanceOf(WrongUsageException.class)
        .hasMessageContaining("'--fast'");
  }
}

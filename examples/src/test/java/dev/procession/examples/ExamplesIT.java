package dev.procession.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs each example as its readers would. What the pages say it prints is what it prints. */
class ExamplesIT {
  @TempDir Path directory;

  private String outputOf(Class<?> example) throws Exception {
    ChildJvm.Ended ended = ChildJvm.run(directory, example);
    assertThat(ended.err()).isEmpty();
    assertThat(ended.exitCode()).isZero();
    return ended.out();
  }

  /** Process ids and times are different each time. */
  private static String withoutNumbers(String text) {
    return text.replaceAll("[0-9]+( ms|(\\.[0-9]+)? s)?", "#")
        .replace(System.lineSeparator(), "\n");
  }

  private void assertPrintsWhatPagesSay(Class<?> example) throws Exception {
    List<Pages.Block> blocks =
        Pages.blocks().stream()
            .filter(block -> block.origin().equals("output: " + example.getSimpleName()))
            .toList();
    assertThat(blocks).as("blocks with the output of %s", example).isNotEmpty();
    String printed = withoutNumbers(outputOf(example));
    assertThat(blocks)
        .allSatisfy(block -> assertThat(withoutNumbers(block.text())).isEqualTo(printed));
  }

  @Test
  @DisplayName("HelloPool prints what the README says")
  void helloPool() throws Exception {
    assertPrintsWhatPagesSay(HelloPool.class);
  }

  @Test
  @DisplayName("SurviveCrash prints what the README says")
  void surviveCrash() throws Exception {
    assertPrintsWhatPagesSay(SurviveCrash.class);
  }

  @Test
  @DisplayName("StopAnything prints what the page on futures says")
  void stopAnything() throws Exception {
    assertPrintsWhatPagesSay(StopAnything.class);
  }

  @Test
  @DisplayName("MapAndProgress gives results in order, failures at their place, and an end")
  void mapAndProgress() throws Exception {
    assertThat(outputOf(MapAndProgress.class).lines())
        .containsExactly(
            "1 of 6: 664 digits",
            "2 of 6: 687 digits",
            "3 of 6: 969 digits",
            "4 of 6: 1281 digits",
            "5 of 6: 1332 digits",
            "6 of 6: 2917 digits",
            "20",
            "java.lang.ArithmeticException: / by zero",
            "5",
            "took 1000 of endlessly many");
  }

  @Test
  @DisplayName("InsideTask says how far it is and has a value for each worker")
  void insideTask() throws Exception {
    assertThat(outputOf(InsideTask.class).lines())
        .containsSubsequence("40 pages", "page 40 was the last", "202", "62", "46")
        .anyMatch(line -> line.matches("page \\d+ of 40"));
  }

  @Test
  @DisplayName("Watched shows progress on standard error, in lines where that is no terminal")
  void watched() throws Exception {
    ChildJvm.Ended ended = ChildJvm.run(directory, Watched.class);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out()).isEqualToIgnoringNewLines("sum 19900");
    assertThat(ended.err().lines())
        .anyMatch(line -> line.matches("\\d\\d%  \\d+/200  .*ETA.*"))
        .anyMatch(line -> line.startsWith("100%  200/200  "))
        .anyMatch(line -> line.startsWith("image 100%  30/30  "))
        .anyMatch(line -> line.startsWith("page  100%  30/30  "))
        .anyMatch(line -> line.startsWith("all   100%  60/60  "));
  }

  @Test
  @DisplayName("OnAPage shows a pool on a page, and writes the page and a trace into files")
  void onAPage() throws Exception {
    ChildJvm.Ended ended = ChildJvm.run(directory, OnAPage.class, directory.toString());
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out()).startsWith("look at http://127.0.0.1:");
    assertThat(directory.resolve("report.html")).content().contains("<canvas", "page");
    assertThat(directory.resolve("trace.json")).content().contains("\"traceEvents\"", "image");
  }

  @Test
  @DisplayName("SharedModel gives all workers one model")
  void sharedModel() throws Exception {
    assertThat(outputOf(SharedModel.class).lines())
        .contains("sum 3440")
        .anyMatch(line -> line.matches("8,\\d{3},\\d{3} bytes, for all workers together"));
  }

  @Test
  @DisplayName("SharedMemory is written by tasks and read by the parent")
  void sharedMemory() throws Exception {
    assertThat(outputOf(SharedMemory.class).lines())
        .containsExactly("first -1, last -1", "page of 16777216 bytes, colour 7");
  }

  @Test
  @DisplayName("CrossingCosts prints the table of the page on data, with other times")
  void crossingCosts() throws Exception {
    List<String> printed = outputOf(CrossingCosts.class).lines().map(ExamplesIT::what).toList();
    String page = Files.readString(Pages.root().resolve("docs/data.md"), UTF_8);
    List<String> told = page.lines().map(ExamplesIT::what).toList();
    assertThat(printed).hasSize(17);
    assertThat(told).containsSequence(printed);
  }

  /** The first column. */
  private static String what(String row) {
    return row.startsWith("|") ? row.split("\\|")[1].strip() : "";
  }

  @Test
  @DisplayName("OnACluster runs a node and a pool that uses it")
  void onACluster() throws Exception {
    assertThat(outputOf(OnACluster.class).lines())
        .containsExactly("42", "3", "5", "done meanwhile", "here is there");
  }

  @Test
  @DisplayName("GatherAsCompleted gives futures as they complete")
  void gatherAsCompleted() throws Exception {
    assertThat(outputOf(GatherAsCompleted.class).lines())
        .containsExactlyInAnyOrder("quick", "follow-up", "slow", "1 done, 1 not")
        .endsWith("1 done, 1 not");
  }
}

package dev.procession.benchmarks.chaos.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the judge of a run finds in its journal. */
class JudgeTest {
  private static List<String> violations(String... lines) {
    List<String> found = new ArrayList<>();
    new Judge(found::add)
        .judge(Stream.of(lines).map(line -> line.split(" ")).toList(), Set.of("9"));
    return found;
  }

  @Test
  @DisplayName("a run as it should be")
  void nothing() {
    assertThat(
            violations(
                "SUBMITTED 1 8 0 RETURN",
                "BEGUN 1 77",
                "ENDED 1 77",
                "OUTCOME 1 VALUE",
                "SUBMITTED 2 8 1 SLEEP",
                "BEGUN 2 77",
                "BEGUN 2 78",
                "ENDED 2 78",
                "OUTCOME 2 VALUE",
                "SUBMITTED 3 8 0 RETURN",
                "OUTCOME 3 NODE_LOST",
                "SUBMITTED 4 9 0 SLEEP",
                "BEGUN 4 79"))
        .isEmpty();
  }

  @Test
  @DisplayName("more attempts than it may have, and two at a time")
  void attempts() {
    assertThat(
            violations(
                "SUBMITTED 1 8 0 RETURN",
                "BEGUN 1 77",
                "BEGUN 1 78",
                "ENDED 1 78",
                "OUTCOME 1 VALUE"))
        .singleElement()
        .asString()
        .contains("begun 2 times");
    assertThat(violations("SUBMITTED 4 9 1 SLEEP", "BEGUN 4 77", "OVERLAP 4 78 77", "BEGUN 4 78"))
        .singleElement()
        .asString()
        .contains("while it was alive in 77");
  }

  @Test
  @DisplayName("a future that was never told, or told twice, though nobody killed its program")
  void outcomes() {
    assertThat(violations("SUBMITTED 1 8 0 RETURN", "BEGUN 1 77", "ENDED 1 77"))
        .singleElement()
        .asString()
        .contains("never told");
    assertThat(violations("SUBMITTED 1 8 0 SLEEP", "OUTCOME 1 CANCELLED", "OUTCOME 1 NODE_LOST"))
        .singleElement()
        .asString()
        .contains("told 2 times");
  }

  @Test
  @DisplayName("a value of a task that never ended, or cannot have one, or that nobody expects")
  void values() {
    assertThat(violations("SUBMITTED 1 8 0 RETURN", "BEGUN 1 77", "OUTCOME 1 VALUE")).hasSize(1);
    assertThat(violations("SUBMITTED 1 8 0 HALT", "BEGUN 1 77", "ENDED 1 77", "OUTCOME 1 VALUE"))
        .hasSize(1);
    assertThat(violations("SUBMITTED 1 8 0 RETURN", "OUTCOME 1 CRASHED")).hasSize(1);
    assertThat(violations("SUBMITTED 1 8 0 RETURN", "OUTCOME 1 UNEXPECTED:x")).hasSize(1);
    assertThat(violations("OUTCOME 1 CANCELLED")).hasSize(1);
  }

  @Test
  @DisplayName("a detached task has no outcome of its own, and the same one for all that fetch it")
  void detached() {
    assertThat(
            violations(
                "SUBMITTED 1 8 0 SLEEP",
                "DETACHED 1 key",
                "BEGUN 1 77",
                "FETCHED 1 LATE",
                "ENDED 1 77",
                "FETCHED 1 VALUE",
                "FETCHED 1 VALUE",
                "FETCHED 1 GONE",
                "SUBMITTED 2 8 0 RETURN",
                "DETACHED 2 other"))
        .isEmpty();
    assertThat(
            violations(
                "SUBMITTED 1 8 0 SLEEP",
                "DETACHED 1 key",
                "BEGUN 1 77",
                "ENDED 1 77",
                "FETCHED 1 VALUE",
                "FETCHED 1 CRASHED"))
        .singleElement()
        .asString()
        .contains("which differ");
    assertThat(violations("SUBMITTED 1 8 0 SLEEP", "DETACHED 1 key", "FETCHED 1 VALUE"))
        .singleElement()
        .asString()
        .contains("never ended");
    assertThat(
            violations(
                "SUBMITTED 1 8 0 SLEEP",
                "DETACHED 1 key",
                "BEGUN 1 77",
                "BEGUN 1 78",
                "ENDED 1 78",
                "FETCHED 1 VALUE"))
        .singleElement()
        .asString()
        .contains("begun 2 times");
  }
}

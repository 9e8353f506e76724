package dev.procession.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DurationsTest {

  @Test
  void convert_everyUnit() {
    Durations durations = new Durations();
    assertThat(durations.convert("500ms")).isEqualTo(Duration.ofMillis(500));
    assertThat(durations.convert("30")).isEqualTo(Duration.ofSeconds(30));
    assertThat(durations.convert("1.5h")).isEqualTo(Duration.ofMinutes(90));
    assertThat(durations.convert("2 m")).isEqualTo(Duration.ofMinutes(2));
    assertThat(durations.convert("PT3S")).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void suggestion_onlyWhatIsNear() {
    assertThat(Suggestion.of("wordcout", List.of("other", "wordCount")))
        .isEqualTo("; did you mean 'wordCount'?");
    assertThat(Suggestion.of("x", List.of("entirelyDifferent"))).isEmpty();
  }
}

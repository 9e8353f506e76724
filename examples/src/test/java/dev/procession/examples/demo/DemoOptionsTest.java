package dev.procession.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.procession.examples.demo.DemoOptions.WrongUsageException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DemoOptionsTest {
  @Test
  void parse_ofNothing_givesTheDefaults() throws WrongUsageException {
    DemoOptions options = DemoOptions.parse(7);
    assertThat(options.workers()).isEqualTo(7);
    assertThat(options.limit()).isEqualTo(Integer.MAX_VALUE);
    assertThat(options.help()).isFalse();
  }

  @Test
  void parse_takesValuesBothWays() throws WrongUsageException {
    assertThat(DemoOptions.parse(7, "--workers", "3", "--limit=50"))
        .isEqualTo(new DemoOptions(3, 50, false));
    assertThat(DemoOptions.parse(7, "-h").help()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--wokers 2       | unknown option '--wokers'",
        "2                | unknown option '2'",
        "--workers        | --workers needs a number from 1 to 1024 after it",
        "--workers 0      | --workers needs a number from 1 to 1024, was '0'",
        "--workers=2000   | --workers needs a number from 1 to 1024, was '2000'",
        "--limit ten      | --limit needs a number from 1, was 'ten'",
        "--limit -1       | --limit needs a number from 1, was '-1'",
      })
  void parse_ofNonsense_namesOptionValueAndRange(String line, String message) {
    assertThatExceptionOfType(WrongUsageException.class)
        .isThrownBy(() -> DemoOptions.parse(7, line.split(" ")))
        .withMessage(message);
  }

  @Test
  void spread_takesEvenlyFromTheWholeList() {
    List<String> files = List.of("a", "b", "c", "d", "e", "f");
    assertThat(ModuleImage.spread(files, 3)).containsExactly("a", "c", "e");
    assertThat(ModuleImage.spread(files, 6)).isEqualTo(files);
    assertThat(ModuleImage.spread(files, 100)).isEqualTo(files);
  }

  @Test
  void wrapped_breaksAtWordsOnly() {
    String word = "x".repeat(40);
    assertThat(Summary.wrapped(word + " " + word + " " + word))
        .containsExactly(word + " " + word, word);
    assertThat(Summary.wrapped("y".repeat(200) + " z")).containsExactly("y".repeat(200) + " z");
    assertThat(Summary.wrapped("")).containsExactly("");
  }
}

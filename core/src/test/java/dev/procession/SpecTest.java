package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Every statement of the specification is named by a test or, with a reason, by SPEC.md. */
class SpecTest {
  /** How many statements each section has. */
  private static final Map<String, Integer> STATEMENTS =
      Map.ofEntries(
          Map.entry("F", 17),
          Map.entry("Ca", 8),
          Map.entry("R", 10),
          Map.entry("C", 17),
          Map.entry("W", 19),
          Map.entry("A", 13),
          Map.entry("S", 11),
          Map.entry("M", 29),
          Map.entry("P", 13),
          Map.entry("X", 13),
          Map.entry("B", 13),
          Map.entry("I", 7),
          Map.entry("T", 11),
          Map.entry("D", 13),
          Map.entry("K", 11),
          Map.entry("E", 6),
          Map.entry("L", 5),
          Map.entry("H", 6),
          Map.entry("N", 6));

  private static final Path TESTS = Path.of("src", "test", "java");
  private static final Path KIT = Path.of("..", "testkit", "src", "kit", "java");
  private static final Pattern NAME = Pattern.compile("@DisplayName\\(\\s*\"([^\"]*)\"");
  private static final Pattern ID = Pattern.compile("\\b([A-Z][a-z]?)(\\d+)( to [A-Z](\\d+))?");

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void addIds(String text, Set<String> ids) {
    Matcher matcher = ID.matcher(text);
    while (matcher.find()) {
      int first = Integer.parseInt(matcher.group(2));
      int last = matcher.group(4) == null ? first : Integer.parseInt(matcher.group(4));
      for (int number = first; number <= last; number++) {
        ids.add(matcher.group(1) + number);
      }
    }
  }

  private static Set<String> all() {
    Set<String> all = new TreeSet<>();
    STATEMENTS.forEach((section, count) -> addIds(section + "1 to X" + count, all));
    return all;
  }

  private static Set<String> namedByTests() throws IOException {
    Set<String> named = new TreeSet<>();
    for (Path tests : List.of(TESTS, KIT)) {
      try (Stream<Path> files = Files.walk(tests)) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .flatMap(file -> NAME.matcher(text(file)).results())
            .forEach(name -> addIds(name.group(1), named));
      }
    }
    return named;
  }

  private static Set<String> notApplicable() {
    String page = text(TESTS.resolve("dev/procession/SPEC.md"));
    int from = page.indexOf("## Not applicable");
    int to = page.indexOf("## Procession decides otherwise");
    Set<String> excused = new TreeSet<>();
    page.substring(from, to)
        .lines()
        .filter(line -> line.startsWith("| "))
        .forEach(line -> addIds(line.split("\\|")[1], excused));
    return excused;
  }

  @Test
  @DisplayName("each statement is either proved by a test that names it, or does not apply")
  void statements_all_namedOrExcused() throws IOException {
    Set<String> proved = namedByTests();
    Set<String> excused = notApplicable();
    Set<String> missing = all();
    missing.removeAll(proved);
    missing.removeAll(excused);
    assertThat(missing).as("neither named by a test nor excused in SPEC.md").isEmpty();
    assertThat(excused).as("excused, and proved all the same").doesNotContainAnyElementsOf(proved);
  }
}

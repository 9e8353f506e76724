package dev.procession.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Keeps the pages true: every Java block is a region of a source that is compiled and run.
 *
 * <p>A block is preceded by a line such as {@code <!-- code: HelloPool.java#hello -->}; in the file
 * of that name the region begins after {@code // @start region=hello} and ends before {@code //
 * @end}.
 */
class DocsTest {
  private static final Pattern CODE = Pattern.compile("code: ([A-Za-z0-9_]+\\.java)#([a-z-]+)");
  private static final Pattern PROMISE =
      Pattern.compile("\\[([A-Z]\\w+)\\.(\\w+)\\]\\(([^)]+\\.java)\\)");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)(#[^)]*)?\\)");

  @TestFactory
  @DisplayName("Java blocks are what the sources say")
  Stream<DynamicTest> javaBlocks() throws IOException {
    return Pages.blocks().stream()
        .filter(block -> block.language().equals("java"))
        .map(
            block ->
                DynamicTest.dynamicTest(
                    block.page().getFileName() + " " + block.origin(),
                    () -> assertThat(block.text()).isEqualTo(regionFor(block))));
  }

  @Test
  @DisplayName("The README has Java blocks at all")
  void readmeHasCode() throws IOException {
    assertThat(Pages.blocks())
        .filteredOn(block -> block.page().endsWith("README.md") && block.language().equals("java"))
        .hasSizeGreaterThanOrEqualTo(2);
  }

  @Test
  @DisplayName("The README is short")
  void readmeIsShort() throws IOException {
    assertThat(Files.readAllLines(Pages.root().resolve("README.md"))).hasSizeLessThanOrEqualTo(150);
  }

  @TestFactory
  @DisplayName("Links to files lead somewhere")
  Stream<DynamicTest> links() throws IOException {
    return Pages.all().stream().flatMap(page -> linksOf(page).map(link -> linkTest(page, link)));
  }

  private static Stream<String> linksOf(Path page) {
    try {
      return LINK.matcher(Files.readString(page, UTF_8)).results().map(link -> link.group(1));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static DynamicTest linkTest(Path page, String link) {
    return DynamicTest.dynamicTest(
        page.getFileName() + " → " + link,
        () -> {
          if (URI.create(link).getScheme() == null) {
            assertThat(page.getParent().resolve(link)).exists();
          }
        });
  }

  @TestFactory
  @DisplayName("Promises link to tests that exist")
  Stream<DynamicTest> promises() throws IOException {
    Path page = Pages.root().resolve("docs/reliability.md");
    List<MatchResult> links = PROMISE.matcher(Files.readString(page, UTF_8)).results().toList();
    assertThat(links).hasSizeGreaterThan(20);
    return links.stream()
        .map(
            link ->
                DynamicTest.dynamicTest(
                    link.group(1) + "." + link.group(2),
                    () ->
                        assertThat(Files.readString(page.resolveSibling(link.group(3)), UTF_8))
                            .contains("class " + link.group(1))
                            .containsPattern("void " + link.group(2) + "\\(")));
  }

  private static String regionFor(Pages.Block block) throws IOException {
    Matcher origin = CODE.matcher(block.origin());
    assertThat(origin.matches())
        .as("the line before a java block of %s must name its region:%n%s", block.page(), block)
        .isTrue();
    return region(source(origin.group(1)), origin.group(2));
  }

  private static Path source(String name) throws IOException {
    List<Path> found = new ArrayList<>();
    for (String module : List.of("examples", "examples-arrow", "examples-logging")) {
      try (Stream<Path> sources = Files.walk(Pages.root().resolve(module + "/src"))) {
        sources.filter(file -> file.endsWith(name)).forEach(found::add);
      }
    }
    assertThat(found).as("sources named %s", name).hasSize(1);
    return found.get(0);
  }

  private static String region(Path source, String name) throws IOException {
    List<String> lines = Files.readAllLines(source, UTF_8);
    int start = indexOf(lines, "// @start region=" + name, 0);
    int end = indexOf(lines, "// @end", start);
    return String.join("\n", lines.subList(start + 1, end)).stripTrailing().stripIndent() + "\n";
  }

  private static int indexOf(List<String> lines, String mark, int from) {
    for (int i = from; i < lines.size(); i++) {
      if (lines.get(i).strip().equals(mark)) {
        return i;
      }
    }
    throw new AssertionError("no line '" + mark + "' from line " + from);
  }
}

package dev.procession.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The repository's pages for users, and the fenced blocks in them. */
final class Pages {
  /**
   * A fenced block.
   *
   * @param page the page it stands in, for messages
   * @param language what follows the opening fence
   * @param origin the comment on the line before the fence, without its marks; empty if none
   * @param text what stands between the fences
   */
  record Block(Path page, String language, String origin, String text) {}

  private static final String FENCE = "```";

  private Pages() {}

  /** The repository's root; tests run in the module's folder. */
  static Path root() {
    return Path.of("").toAbsolutePath().getParent();
  }

  static List<Path> all() throws IOException {
    List<Path> pages = new ArrayList<>();
    pages.add(root().resolve("README.md"));
    try (Stream<Path> docs = Files.walk(root().resolve("docs"))) {
      docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    return pages;
  }

  static List<Block> blocks() throws IOException {
    List<Block> blocks = new ArrayList<>();
    for (Path page : all()) {
      blocks.addAll(blocksOf(page));
    }
    return blocks;
  }

  private static List<Block> blocksOf(Path page) throws IOException {
    List<Block> blocks = new ArrayList<>();
    String before = "";
    String language = null;
    StringBuilder text = new StringBuilder();
    for (String line : Files.readAllLines(page, UTF_8)) {
      if (language == null && line.startsWith(FENCE)) {
        language = line.substring(FENCE.length()).strip();
        text.setLength(0);
      } else if (language != null && line.startsWith(FENCE)) {
        blocks.add(new Block(page, language, commentIn(before), text.toString()));
        language = null;
        before = "";
      } else if (language != null) {
        text.append(line).append('\n');
      } else {
        before = line;
      }
    }
    return blocks;
  }

  private static String commentIn(String line) {
    return line.startsWith("<!--") && line.endsWith("-->")
        ? line.substring(4, line.length() - 3).strip()
        : "";
  }
}

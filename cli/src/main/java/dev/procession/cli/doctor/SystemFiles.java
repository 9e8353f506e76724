package dev.procession.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Files of the system, below a root that tests choose; what cannot be read is as if it were not.
 */
record SystemFiles(Path root) {

  Path path(String absolute) {
    return root.resolve(absolute.substring(1));
  }

  Optional<String> text(String absolute) {
    try {
      return Optional.of(Files.readString(path(absolute)).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  List<String> lines(String absolute) {
    return text(absolute).map(text -> text.lines().toList()).orElse(List.of());
  }
}

package dev.procession.testing;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** A list of lines that tasks in all processes add to. A lambda may capture it. */
public record Tally(String file) implements Serializable {
  /** An empty tally in a directory of the test's own. */
  public static Tally in(Path directory, String name) {
    return new Tally(directory.resolve(name + ".tally").toString());
  }

  /** Adds a line, whole even if others add at the same time. */
  public void add(Object line) {
    try {
      Files.writeString(
          Path.of(file), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds the id of the calling process. */
  public void addPid() {
    add(ProcessHandle.current().pid());
  }

  /** What was added so far, in order. */
  public List<String> lines() {
    try {
      return Files.exists(Path.of(file)) ? Files.readAllLines(Path.of(file)) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

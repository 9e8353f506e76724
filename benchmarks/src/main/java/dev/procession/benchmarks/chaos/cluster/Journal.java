package dev.procession.benchmarks.chaos.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A file to which all processes of a run add lines, each whole, and what was written outlives a
 * kill.
 *
 * <pre>
 *   SUBMITTED id submitter retries deed
 *   BEGUN     id pid
 *   ENDED     id pid
 *   OVERLAP   id pid of-pid      an attempt before this one was still alive
 *   OUTCOME   id what
 *   DETACHED  id key             a node has it, and whoever knows the key may fetch it
 *   FETCHED   id what
 * </pre>
 */
record Journal(String file) implements java.io.Serializable {
  static final String SUBMITTED = "SUBMITTED";
  static final String BEGUN = "BEGUN";
  static final String ENDED = "ENDED";
  static final String OVERLAP = "OVERLAP";
  static final String OUTCOME = "OUTCOME";
  static final String DETACHED = "DETACHED";
  static final String FETCHED = "FETCHED";

  /** Adds a line. */
  void add(String what, long id, Object... more) {
    StringBuilder line = new StringBuilder(what).append(' ').append(id);
    for (Object one : more) {
      line.append(' ').append(one);
    }
    try {
      Files.write(
          Path.of(file),
          line.append('\n').toString().getBytes(StandardCharsets.UTF_8),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All that was added. */
  List<String[]> lines() throws IOException {
    return Files.readAllLines(Path.of(file)).stream().map(line -> line.split(" ")).toList();
  }
}

package dev.procession.cli.input;

import dev.procession.cli.Suggestion;
import dev.procession.cli.WrongUsageException;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Inputs of a file or of standard input; reads no further than it is asked. */
abstract class StreamInputs implements InputSource {
  /** {@code --input -} and the like. */
  static final String STANDARD_INPUT = "-";

  /** Counting is a reading too: what is larger is not counted beforehand. */
  private static final long LARGEST_COUNTED = 64 << 20;

  private final String file;

  StreamInputs(String file) {
    this.file = file;
    if (!isStandardInput()) {
      check(Path.of(file));
    }
  }

  private static void check(Path path) {
    if (!Files.exists(path)) {
      throw new WrongUsageException("no such file: " + path + Suggestion.ofFile(path));
    }
    if (Files.isDirectory(path)) {
      throw new WrongUsageException(
          "a folder, not a file: " + path + " (--files 'PATTERN' takes the files of a folder)");
    }
    if (!Files.isReadable(path)) {
      throw new WrongUsageException("not readable: " + path);
    }
  }

  private boolean isStandardInput() {
    return file.equals(STANDARD_INPUT);
  }

  /** Whether it can be read more than once, unlike a pipe. */
  final boolean isRegularFile() {
    return !isStandardInput() && Files.isRegularFile(Path.of(file));
  }

  /** As messages call it. */
  final String name() {
    return isStandardInput() ? "standard input" : file;
  }

  final InputStream stream() throws IOException {
    return new BufferedInputStream(
        isStandardInput() ? new Kept(System.in) : Files.newInputStream(Path.of(file)), 1 << 16);
  }

  @Override
  public final long count() throws IOException {
    if (!isRegularFile() || Files.size(Path.of(file)) > LARGEST_COUNTED) {
      return UNKNOWN;
    }
    long count = 0;
    try (Reading reading = open()) {
      while (reading.hasNext()) {
        reading.next();
        count++;
      }
    }
    return count;
  }

  /** Standard input, which is not ours to close. */
  private static final class Kept extends FilterInputStream {
    Kept(InputStream in) {
      super(in);
    }

    @Override
    public void close() {}
  }
}

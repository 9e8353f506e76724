package dev.procession.cli.input;

import dev.procession.cli.WrongUsageException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/** The files that a pattern such as {@code docs/**.pdf} names, in order of their names. */
public final class MatchingFiles {
  private static final String WILD = "*?[{";

  private MatchingFiles() {}

  /**
   * Finds them.
   *
   * @throws WrongUsageException if the pattern is not one, its folder is not there, or nothing
   *     matches
   */
  public static ListedInputs of(String glob) {
    Path folder = folderOf(glob);
    if (!Files.isDirectory(folder)) {
      throw new WrongUsageException("no such folder: " + folder + " (of --files '" + glob + "')");
    }
    PathMatcher matcher = matcher(glob);
    try (Stream<Path> files = Files.walk(folder)) {
      List<Input> found =
          files
              .map(file -> relative(folder) ? Path.of("").resolve(strip(file)) : file)
              .filter(file -> matcher.matches(file) && Files.isRegularFile(file))
              .map(Path::toString)
              .sorted()
              .map(file -> new Input(file, file))
              .toList();
      if (found.isEmpty()) {
        throw new WrongUsageException("no file matches '" + glob + "'" + advice(glob));
      }
      return new ListedInputs(found);
    } catch (IOException | UncheckedIOException e) {
      throw new WrongUsageException("cannot look for '" + glob + "': " + e.getMessage(), e);
    }
  }

  private static String advice(String glob) {
    return glob.contains("**") ? "" : "; in folders below as well: '**'";
  }

  private static boolean relative(Path folder) {
    return folder.toString().equals(".");
  }

  /** Without the {@code ./} that the walk of the current folder puts in front. */
  private static Path strip(Path file) {
    return file.getNameCount() > 1 ? file.subpath(1, file.getNameCount()) : file;
  }

  private static PathMatcher matcher(String glob) {
    try {
      return FileSystems.getDefault().getPathMatcher("glob:" + glob);
    } catch (PatternSyntaxException e) {
      throw new WrongUsageException("'" + glob + "' is no pattern: " + e.getDescription(), e);
    }
  }

  /** What stands before the first folder with a wildcard. */
  private static Path folderOf(String glob) {
    int wild = 0;
    while (wild < glob.length() && WILD.indexOf(glob.charAt(wild)) < 0) {
      wild++;
    }
    int end = Math.max(glob.lastIndexOf('/', wild), glob.lastIndexOf(File.separatorChar, wild));
    return end < 0 ? Path.of(".") : end == 0 ? Path.of("/") : Path.of(glob.substring(0, end));
  }
}

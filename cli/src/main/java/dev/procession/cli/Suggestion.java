package dev.procession.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The valid name that a user may have meant. */
public final class Suggestion {
  private Suggestion() {}

  /**
   * {@code "; did you mean 'x'?"}, or nothing if none of the names is near.
   *
   * @param wrong what was written
   * @param names what there is
   */
  public static String of(String wrong, Collection<String> names) {
    return nearest(wrong, names).map(name -> "; did you mean '" + name + "'?").orElse("");
  }

  /** The file of the same folder that a user may have meant, as {@link #of} says it. */
  public static String ofFile(Path wrong) {
    Path folder = wrong.toAbsolutePath().getParent();
    Path name = wrong.getFileName();
    if (folder == null || name == null || !Files.isDirectory(folder)) {
      return "";
    }
    try (Stream<Path> files = Files.list(folder)) {
      return of(name.toString(), files.map(file -> String.valueOf(file.getFileName())).toList());
    } catch (IOException e) {
      return "";
    }
  }

  /**
   * The nearest name, if at most a third of its letters, and one more, would have to be changed.
   */
  static Optional<String> nearest(String wrong, Collection<String> names) {
    String written = wrong.toLowerCase(Locale.ROOT);
    return names.stream()
        .distinct()
        .filter(name -> distance(written, name) <= 1 + Math.max(wrong.length(), name.length()) / 3)
        .min(
            Comparator.<String>comparingInt(name -> distance(written, name))
                .thenComparing(Comparator.naturalOrder()));
  }

  /** Levenshtein's distance, with the case of letters left aside. */
  private static int distance(String written, String name) {
    String other = name.toLowerCase(Locale.ROOT);
    int[] row = new int[other.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= written.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int changed = diagonal + (written.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[other.length()];
  }
}

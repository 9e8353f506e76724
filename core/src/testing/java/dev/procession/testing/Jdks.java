package dev.procession.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The JDKs of this machine. */
public final class Jdks {
  private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"(\\d+)");

  private Jdks() {}

  /** The JDK under test. */
  public static Path home() {
    return Path.of(System.getProperty("java.home"));
  }

  /** A JDK of another version, 17 or later. */
  public static Optional<Path> other() {
    return installed().stream()
        .filter(home -> version(home) >= 17 && version(home) != Runtime.version().feature())
        .findFirst();
  }

  /** Feature version of the JDK in that directory, 0 if there is none. */
  public static int version(Path home) {
    try {
      Matcher matcher = VERSION.matcher(Files.readString(home.resolve("release")));
      return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  private static List<Path> installed() {
    List<Path> homes = new ArrayList<>();
    for (String variable : List.of("JDK17_HOME", "JDK25_HOME")) {
      Optional.ofNullable(System.getenv(variable)).map(Path::of).ifPresent(homes::add);
    }
    Path beside = home().getParent();
    try (DirectoryStream<Path> siblings = Files.newDirectoryStream(beside)) {
      siblings.forEach(homes::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return homes;
  }
}

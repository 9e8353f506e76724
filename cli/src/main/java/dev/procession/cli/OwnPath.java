package dev.procession.cli;

import dev.procession.ProcessPoolExecutor;
import dev.procession.cli.function.ClassPath;
import dev.procession.cli.function.Invocation;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Where this program's own classes are: one jar, or what a build made of each module. */
final class OwnPath {
  private static final List<String> SHARED =
      List.of(
          "org/slf4j/Logger.class",
          "org/apache/fory/Fory.class",
          "org/jline/terminal/Terminal.class",
          "dev/procession/ProcessPoolExecutor.class");

  private OwnPath() {}

  /** What a worker needs to call functions; what core needs it finds itself. */
  static List<Path> entries() {
    return Stream.of(Invocation.class, ProcessPoolExecutor.class)
        .map(OwnPath::of)
        .distinct()
        .toList();
  }

  /**
   * The class path of workers that call the user's functions. The user's entries come first where
   * they have libraries that Procession has as well, perhaps in another version; elsewhere last, so
   * that workers start from a class archive.
   */
  static List<Path> with(ClassPath users) {
    boolean usersFirst = users.holdsAny(SHARED);
    return Stream.concat(
            (usersFirst ? users.entries() : entries()).stream(),
            (usersFirst ? entries() : users.entries()).stream())
        .toList();
  }

  private static Path of(Class<?> type) {
    CodeSource source = Objects.requireNonNull(type.getProtectionDomain().getCodeSource());
    try {
      return Path.of(source.getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e); // the class loader made it of a path
    }
  }
}

package dev.procession.cli;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a command and a cluster know each other: one of the two has to be said. */
final class SecurityOption {
  @Option(
      names = "--security",
      paramLabel = "FILE",
      description =
          "properties with certificates and users, as 'procession cluster keys' makes them")
  private @Nullable Path file;

  @Option(
      names = "--insecure",
      description =
          "without: whoever reaches the port of a node can have it run anything, and read all")
  private boolean insecure; // which of the two it is, picocli sees to

  /** Tells a builder. */
  void tell(Consumer<Path> security, Runnable none) {
    if (file != null) {
      security.accept(file);
    }
    if (insecure) {
      none.run();
    }
  }
}

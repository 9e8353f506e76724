package dev.procession.testing;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** Classes that are compiled while a test runs, so that they are on no class path yet. */
public final class Sources {
  private Sources() {}

  /**
   * Compiles for Java 17.
   *
   * @param to where the classes go; made if need be
   * @param sources text by file name, "demo/Main.java" for example
   * @param options further options of javac
   */
  public static void compile(Path to, Map<String, String> sources, String... options) {
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    List<String> arguments = new ArrayList<>(List.of("--release", "17", "-proc:none"));
    arguments.addAll(List.of("-d", to.toString()));
    arguments.addAll(List.of(options));
    try {
      Path from = Files.createTempDirectory(to.toAbsolutePath().getParent(), "sources");
      List<Path> files = new ArrayList<>();
      for (Map.Entry<String, String> source : sources.entrySet()) {
        Path file = from.resolve(source.getKey());
        Files.createDirectories(file.getParent());
        files.add(Files.writeString(file, source.getValue()));
      }
      Files.createDirectories(to);
      try (var manager = javac.getStandardFileManager(null, null, null)) {
        boolean compiled =
            javac
                .getTask(
                    messages,
                    manager,
                    null,
                    arguments,
                    null,
                    manager.getJavaFileObjectsFromPaths(files))
                .call();
        if (!compiled) {
          throw new IllegalArgumentException(messages.toString());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

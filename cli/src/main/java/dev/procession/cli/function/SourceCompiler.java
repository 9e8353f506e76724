package dev.procession.cli.function;

import dev.procession.cli.Suggestion;
import dev.procession.cli.WrongUsageException;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Classes compiled from a source file of the user's, in a folder that is deleted at the end. */
public final class SourceCompiler implements AutoCloseable {
  private static final int MOST_ERRORS = 5;

  private final Path folder;

  /** Makes an empty folder. */
  public SourceCompiler() throws IOException {
    this.folder = Files.createTempDirectory("procession-source-");
  }

  /** Where the classes are. */
  public Path folder() {
    return folder;
  }

  /**
   * Compiles a source.
   *
   * @return the names of its classes that are not nested ones
   * @throws WrongUsageException if it does not compile; the message has the compiler's errors
   */
  public List<String> compile(Path source, List<Path> classPath) throws IOException {
    if (!Files.isRegularFile(source) || !Files.isReadable(source)) {
      throw new WrongUsageException("cannot read the source " + source + Suggestion.ofFile(source));
    }
    if (!source.toString().endsWith(".java")) {
      throw new WrongUsageException("a source's name ends with .java, unlike " + source);
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new WrongUsageException(
          "--source needs a JDK; this Java has no compiler: " + System.getProperty("java.home"));
    }
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(found, Locale.ROOT, StandardCharsets.UTF_8)) {
      String path =
          classPath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
      boolean compiled =
          compiler
              .getTask(
                  new StringWriter(),
                  files,
                  found,
                  List.of("-d", folder.toString(), "-parameters", "-proc:none", "-g", "-cp", path),
                  null,
                  files.getJavaFileObjects(source))
              .call();
      if (!compiled) {
        throw new WrongUsageException(source + " does not compile:\n" + errors(found));
      }
    }
    return List.copyOf(ClassPath.namesIn(List.of(folder)));
  }

  private static String errors(DiagnosticCollector<JavaFileObject> found) {
    List<String> errors =
        found.getDiagnostics().stream()
            .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
            .map(error -> "  line " + error.getLineNumber() + ": " + error.getMessage(Locale.ROOT))
            .toList();
    String shown = String.join("\n", errors.subList(0, Math.min(MOST_ERRORS, errors.size())));
    return errors.size() > MOST_ERRORS
        ? shown + "\n  and " + (errors.size() - MOST_ERRORS) + " more"
        : shown;
  }

  /** Deletes the folder. */
  @Override
  public void close() {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.procession.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.spi.TaskSerializer;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.fory.Fory;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Runs a test's main method in a JVM of its own. */
final class ForkedJava {
  private ForkedJava() {}

  /** All that the program and its JVM print; fails unless the program ends well and soon. */
  static String consoleOf(
      Path java, Path folder, List<String> jvmArgs, Class<?> program, String... args)
      throws Exception {
    Path console = folder.resolve("console");
    List<String> command =
        Stream.of(
                Stream.of(java.toString()),
                jvmArgs.stream(),
                Stream.of("-cp", classPath(program), program.getName()),
                Stream.of(args))
            .flatMap(part -> part)
            .toList();
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    Process process = builder.redirectOutput(console.toFile()).start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    String text = Files.readString(console);
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }

  // Not java.class.path: the test launcher may have put a single jar there that loads the rest.
  private static String classPath(Class<?> program) {
    return Stream.of(program, TaskSerializer.class, Fory.class, Nullable.class, LoggerFactory.class)
        .map(ForkedJava::origin)
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String origin(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}

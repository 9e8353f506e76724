package dev.procession.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs a main class in a JVM of its own, and sees to it that nothing is left of it. */
public final class ChildJvm {
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  /** What a run left behind: its exit code and what it printed. */
  public record Ended(int exitCode, String out, String err) {}

  private final Process process;
  private final Path directory;
  private final Set<ProcessHandle> descendants = ConcurrentHashMap.newKeySet();

  private ChildJvm(Process process, Path directory) {
    this.process = process;
    this.directory = directory;
  }

  /**
   * Starts a main class.
   *
   * @param directory an empty one; its temporary files and its output are put there
   */
  public static ChildJvm start(Path directory, Class<?> main, String... arguments)
      throws IOException {
    Files.createDirectories(directory.resolve("tmp"));
    List<String> command = new ArrayList<>();
    if (System.getProperty("os.name").equals("Linux")) {
      // A shell starts what it runs in the background, these tests perhaps, deaf to Ctrl-C.
      command.addAll(List.of("env", "--default-signal=INT"));
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:-UsePerfData"); // the JVM's own file in the temporary directory
    command.add("-Djava.io.tmpdir=" + directory.resolve("tmp"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(Arrays.asList(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(directory.resolve("out").toFile())
            .redirectError(directory.resolve("err").toFile())
            .start();
    return new ChildJvm(process, directory);
  }

  /** Runs a main class to its end. */
  public static Ended run(Path directory, Class<?> main, String... arguments) throws Exception {
    ChildJvm child = start(directory, main, arguments);
    return child.awaitEnd();
  }

  /** What it has printed to standard error so far. */
  public String err() throws IOException {
    return Files.readString(directory.resolve("err"), UTF_8);
  }

  /** Its worker processes, as far as they live. */
  public List<ProcessHandle> workers() {
    List<ProcessHandle> living = process.descendants().toList();
    descendants.addAll(living);
    return living;
  }

  /** Asks it to end, as Ctrl-C does. */
  public void interrupt() throws Exception {
    String pid = Long.toString(process.pid());
    assertThat(new ProcessBuilder("kill", "-INT", pid).start().waitFor()).isZero();
  }

  /** Waits for the end and checks that no process and no file of it is left. */
  public Ended awaitEnd() throws Exception {
    try {
      await()
          .atMost(Duration.ofSeconds(100))
          .pollInterval(Duration.ofMillis(20))
          .until(
              () -> {
                workers();
                return !process.isAlive();
              });
    } finally {
      if (process.isAlive()) {
        process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
      }
    }
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(descendants).noneMatch(ProcessHandle::isAlive));
    assertThat(directory.resolve("tmp")).isEmptyDirectory();
    if (Files.isDirectory(SHARED_MEMORY)) {
      try (Stream<Path> files = Files.list(SHARED_MEMORY)) {
        assertThat(files.map(Path::getFileName).map(Path::toString))
            .noneMatch(name -> name.startsWith("procession-" + process.pid() + "-"));
      }
    }
    return new Ended(process.exitValue(), Files.readString(directory.resolve("out"), UTF_8), err());
  }
}

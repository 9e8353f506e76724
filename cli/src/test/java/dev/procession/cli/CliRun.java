package dev.procession.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The executable jar, run as a user runs it; sees to it that nothing is left of a run. */
final class CliRun {
  static final String CLASSES = Path.of("target/test-classes").toAbsolutePath().toString();
  private static final Path JAR = Path.of("target/procession-cli.jar").toAbsolutePath();

  private final Process process;
  private final Path directory;

  private CliRun(Process process, Path directory) {
    this.process = process;
    this.directory = directory;
  }

  /** Starts it with nothing to read on standard input. */
  static CliRun start(Path directory, String... arguments) throws IOException {
    Path nothing = directory.resolve("nothing");
    Files.write(nothing, new byte[0]);
    return start(directory, ProcessBuilder.Redirect.from(nothing.toFile()), arguments);
  }

  static CliRun start(Path directory, ProcessBuilder.Redirect input, String... arguments)
      throws IOException {
    Process process =
        new ProcessBuilder(command(directory, arguments))
            .directory(directory.toFile())
            .redirectInput(input)
            .redirectOutput(directory.resolve("out").toFile())
            .redirectError(directory.resolve("err").toFile())
            .start();
    return new CliRun(process, directory);
  }

  static List<String> command(Path directory, String... arguments) throws IOException {
    Files.createDirectories(directory.resolve("tmp"));
    List<String> command = new ArrayList<>();
    if (System.getProperty("os.name").equals("Linux")) {
      // A shell starts what it runs in the background, these tests perhaps, deaf to Ctrl-C.
      command.addAll(List.of("env", "--default-signal=INT"));
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:-UsePerfData"); // the JVM's own file in the temporary directory
    command.add("-Djava.io.tmpdir=" + directory.resolve("tmp"));
    command.add("-jar");
    command.add(JAR.toString());
    command.addAll(List.of(arguments));
    return command;
  }

  /** What a run left behind. */
  record Ended(int exitCode, String out, String err) {

    /** The results on standard output. */
    List<JsonObject> results() {
      return resultsOf(out);
    }
  }

  static List<JsonObject> resultsOf(String text) {
    return text.lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
  }

  /** Runs it to its end. */
  static Ended run(Path directory, String... arguments) throws Exception {
    return start(directory, arguments).awaitEnd();
  }

  Process process() {
    return process;
  }

  String err() throws IOException {
    return Files.readString(directory.resolve("err"), UTF_8);
  }

  String out() throws IOException {
    return Files.readString(directory.resolve("out"), UTF_8);
  }

  /** What Ctrl-C does in a terminal: every process of the run gets it. */
  void interrupt() throws Exception {
    List<ProcessHandle> all = process.descendants().collect(java.util.stream.Collectors.toList());
    all.add(process.toHandle());
    for (ProcessHandle each : all) {
      new ProcessBuilder("kill", "-INT", String.valueOf(each.pid())).start().waitFor();
    }
  }

  Ended awaitEnd() throws Exception {
    List<ProcessHandle> workers = process.descendants().toList();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("it hangs; it has said " + err() + out());
    }
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(workers).noneMatch(ProcessHandle::isAlive));
    try (Stream<Path> left = Files.list(directory.resolve("tmp"))) {
      assertThat(left).as("temporary files that are left").isEmpty();
    }
    try (Stream<Path> left = Files.list(Path.of("/dev/shm"))) {
      assertThat(left.filter(path -> path.toString().contains("procession-" + process.pid() + "-")))
          .isEmpty();
    } catch (java.nio.file.NoSuchFileException e) {
      // There is no such folder on this system.
    }
    return new Ended(process.exitValue(), out(), err());
  }
}

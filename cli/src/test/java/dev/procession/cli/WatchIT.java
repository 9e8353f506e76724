package dev.procession.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code procession ls}, {@code top} and {@code dump}, of a pool in another process. */
@EnabledOnOs(OS.LINUX)
class WatchIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path directory;

  private CliRun observed;
  private String pid;

  @BeforeEach
  void startPool() throws Exception {
    Path own = Files.createDirectory(directory.resolve("observed"));
    observed =
        CliRun.start(
            own,
            "run",
            "-w",
            "1",
            "--chunk",
            "1",
            "--exec",
            "sh -c 'touch begun; sleep 60'",
            "a",
            "b");
    pid = Long.toString(observed.process().pid());
    await().atMost(SOON).until(() -> Files.exists(own.resolve("begun")));
    await().atMost(SOON).until(() -> command("ls").out().contains(pid));
  }

  @AfterEach
  void killPool() throws Exception {
    observed.process().destroyForcibly().waitFor();
    await() // its worker follows by itself, with what it started
        .atMost(SOON)
        .until(() -> ProcessHandle.allProcesses().noneMatch(this::isOfPool));
  }

  private boolean isOfPool(ProcessHandle process) {
    return process.info().commandLine().orElse("").contains("procession-" + pid + "-");
  }

  private CliRun.Ended command(String... arguments) throws Exception {
    Path own = Files.createTempDirectory(directory, "command");
    return CliRun.run(own, arguments);
  }

  @Test
  @DisplayName("top --web gives a page about it, until the pool has ended")
  void web_poolOfAnotherProcess_pageOfIt() throws Exception {
    Path own = Files.createTempDirectory(directory, "web");
    CliRun web = CliRun.start(own, "top", "--web", pid);
    Pattern address = Pattern.compile("http://127\\.0\\.0\\.1:\\d+/[0-9a-f]{32}/");
    await().atMost(SOON).until(() -> address.matcher(web.out()).find());
    Matcher found = address.matcher(web.out());
    assertThat(found.find()).isTrue();
    HttpClient http = HttpClient.newHttpClient();
    URI threads = URI.create(found.group()).resolve("api/threads?worker=1");
    HttpResponse<String> answer =
        http.send(HttpRequest.newBuilder(threads).build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.body()).contains("ProgramCall.run");
    observed.process().destroyForcibly().waitFor();
    assertThat(web.awaitEnd().exitCode()).isZero();
  }

  @Test
  @DisplayName(
      "ls lists it, top prints it, dump says what its worker does; other names are refused")
  void watch_poolOfAnotherProcess_isSeen() throws Exception {
    assertThat(command("ls").out().lines().filter(line -> line.contains(pid)))
        .singleElement()
        .asString()
        .contains(" run ", " running ", "1 of 1");
    CliRun.Ended top = command("top", pid, "-n", "2", "--interval", "200ms");
    assertThat(top.exitCode()).isZero();
    assertThat(top.out())
        .contains("run  pid " + pid + "  running  up ")
        .containsPattern("tasks    1 running  \\d waiting  0 done  0 failed  0 cancelled  0\\.0/s")
        .containsPattern("(?m)^1 +\\d+ +busy +\\d+ +\\d+ MB +0 +0 +\\d +[\\d.]+ .?s +\\d+ +sh$");
    CliRun.Ended dump = command("dump", pid + "/run", "--worker", "1");
    assertThat(dump.exitCode()).isZero();
    assertThat(dump.out()).contains("== worker 1, pid ").contains("ProgramCall.run");
    CliRun.Ended none = command("dump", "rum");
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).contains("no pool 'rum'; did you mean 'run'?").contains(pid + "/run");
    assertThat(command("dump", pid, "--worker", "7").err()).contains("has no worker 7 now");
  }

  @Test
  @DisplayName("in a terminal, keys show a worker's stack, stop its task, kill it, and quit")
  void top_keys_doWhatTheySay() throws Exception {
    Path screen = directory.resolve("screen");
    List<String> top = CliRun.command(directory, "top", pid, "--interval", "100ms");
    Process terminal =
        new ProcessBuilder(
                "script", "-qfec", "stty rows 24 cols 120; " + String.join(" ", top), "/dev/null")
            .directory(directory.toFile())
            .redirectOutput(screen.toFile())
            .redirectError(directory.resolve("err").toFile())
            .start();
    try (Writer keys = terminal.outputWriter()) {
      awaitScreen(screen, "1 running");
      press(keys, "s");
      awaitScreen(screen, "ProgramCall.run");
      press(keys, " ");
      press(keys, "x");
      awaitScreen(screen, "is cancelled");
      Pattern second = Pattern.compile("\n2 +\\d+ +busy"); // which has the other task
      await().atMost(SOON).until(() -> second.matcher(Files.readString(screen, UTF_8)).find());
      press(keys, "K"); // of the worker that is gone: another one is not to suffer for that
      awaitScreen(screen, "worker 1 is gone; choose another");
      press(keys, "j");
      press(keys, "K");
      awaitScreen(screen, "is killed");
      CliRun.Ended ended = observed.awaitEnd(); // there were two tasks
      assertThat(ended.results())
          .as(ended.err() + Files.readString(screen, UTF_8))
          .extracting(result -> result.get("reason").getAsString())
          .containsExactly("cancelled", "killed");
      assertThat(ended.out()).contains("by order of somebody who observed the pool");
      assertThat(terminal.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(terminal.exitValue()).isZero(); // the pool has ended, and so does the view of it
    } finally {
      terminal.destroyForcibly();
    }
    assertThat(Files.readString(screen, UTF_8)).contains("has ended");
  }

  @Test
  @DisplayName("Ctrl-C quits it, and the terminal is as it was")
  void top_interrupted_restoresTerminal() throws Exception {
    Path screen = directory.resolve("screen");
    List<String> top = CliRun.command(directory, "top", pid, "--interval", "100ms");
    Process terminal =
        new ProcessBuilder(
                "script",
                "-qfec",
                String.join(" ", top) + "; stty -a | grep -o '[-]*icanon'",
                "/dev/null")
            .directory(directory.toFile())
            .redirectOutput(screen.toFile())
            .redirectError(directory.resolve("err").toFile())
            .start();
    try (Writer keys = terminal.outputWriter()) {
      awaitScreen(screen, "1 running");
      press(keys, "\003");
      assertThat(terminal.waitFor(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      terminal.destroyForcibly();
    }
    assertThat(Files.readString(screen, UTF_8).strip())
        .endsWith("icanon")
        .doesNotEndWith("-icanon");
    assertThat(Files.readString(screen, UTF_8)).contains("\033[?25h\033[?1049l");
  }

  private static void press(Writer keys, String key) throws Exception {
    keys.write(key);
    keys.flush();
  }

  private static void awaitScreen(Path screen, String text) {
    await().atMost(SOON).until(() -> Files.readString(screen, UTF_8).contains(text));
  }
}

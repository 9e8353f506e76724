package dev.procession.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * A program in a JVM of its own, of the JDK under test: for what a test cannot do to its own JVM.
 * Closing it kills what is left of it.
 */
public final class ChildJvm implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Thread reader;

  private ChildJvm(Process process) {
    this.process = process;
    this.reader = new Thread(this::read, "child-jvm-output");
    reader.setDaemon(true);
    reader.start();
  }

  /** Runs a class of the tests that has a {@code main}. */
  public static ChildJvm run(Class<?> program, String... arguments) {
    return run(List.of(), program, arguments);
  }

  /** Runs a class of the tests with further options of the JVM. */
  public static ChildJvm run(List<String> options, Class<?> program, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(java());
    command.addAll(options);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(program.getName());
    command.addAll(List.of(arguments));
    return start(command);
  }

  /** Runs any command; standard error is read with standard output. */
  public static ChildJvm start(List<String> command) {
    try {
      return new ChildJvm(new ProcessBuilder(command).redirectErrorStream(true).start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The java executable of the JDK under test. */
  public static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private void read() {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      in.lines().forEach(lines::add);
    } catch (UncheckedIOException | IOException e) {
      // closed under us
    }
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** Its process. */
  public ProcessHandle handle() {
    return process.toHandle();
  }

  /** What it has printed so far. */
  public List<String> lines() {
    return lines;
  }

  /** Waits for a line with that beginning and returns the rest of it. */
  public String awaitLine(String beginning) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .failFast(
            () -> {
              if (!process.isAlive() && !reader.isAlive() && find(beginning) == null) {
                throw new AssertionError("it ended without '" + beginning + "': " + lines);
              }
            })
        .until(() -> find(beginning) != null);
    return find(beginning);
  }

  private String find(String beginning) {
    return lines.stream()
        .filter(line -> line.startsWith(beginning))
        .map(line -> line.substring(beginning.length()).trim())
        .findFirst()
        .orElse(null);
  }

  /** Waits for its end and returns the exit code. */
  public int awaitExit() throws InterruptedException {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("the program does not end; it printed " + lines);
    }
    reader.join(PATIENCE.toMillis());
    return process.exitValue();
  }

  /** Kills it and what it has started. */
  @Override
  public void close() {
    List<ProcessHandle> descendants = process.descendants().toList();
    process.destroyForcibly();
    descendants.forEach(ProcessHandle::destroyForcibly);
  }
}

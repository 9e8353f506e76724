package dev.procession.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/** A control group (version 1) of its own for a process and what it will start. */
public final class ControlGroup implements AutoCloseable {
  private static final Path ALL = Path.of("/sys/fs/cgroup");

  private final Path directory;

  private ControlGroup(Path directory) {
    this.directory = directory;
  }

  /** Puts the process into a new group of that controller, or aborts the test where it may not. */
  public static ControlGroup of(String controller, long pid) {
    Path parent = ALL.resolve(controller);
    Assumptions.assumeTrue(Files.isWritable(parent), () -> "no control groups of " + controller);
    Path directory = parent.resolve("procession-test-" + pid);
    try {
      Files.createDirectory(directory);
      Files.writeString(directory.resolve("cgroup.procs"), Long.toString(pid));
    } catch (IOException e) {
      var unused = directory.toFile().delete();
      Assumptions.abort("may not make a control group of " + controller + ": " + e);
    }
    return new ControlGroup(directory);
  }

  /** Sets one of its limits, by the name of the file. */
  public void set(String limit, String value) throws IOException {
    Files.writeString(directory.resolve(limit), value);
  }

  /** Ends what is left in it and removes it; limits that hinder an end are the caller's to lift. */
  @Override
  public void close() throws IOException {
    for (String pid : Files.readAllLines(directory.resolve("cgroup.procs"))) {
      ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
    }
    Awaitility.await().until(() -> directory.toFile().delete());
  }
}

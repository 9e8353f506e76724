package dev.procession.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/**
 * The processes of one pool, found by a variable in their environment: its workers and all that
 * they started, whoever its parent is by now.
 */
final class MarkedProcesses {
  static final String VARIABLE = "PROCESSION_FAULT_MATRIX";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  final String mark = UUID.randomUUID().toString();

  List<ProcessHandle> live() {
    byte[] wanted = (VARIABLE + "=" + mark).getBytes(StandardCharsets.US_ASCII);
    String text = new String(wanted, StandardCharsets.ISO_8859_1);
    return ProcessHandle.allProcesses().filter(p -> environment(p.pid()).contains(text)).toList();
  }

  private static String environment(long pid) {
    try {
      byte[] bytes = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "environ"));
      return new String(bytes, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return ""; // gone, or another user's
    }
  }

  /** Waits until there are only so many. */
  void awaitAtMost(int number) {
    Awaitility.await("at most " + number + " processes of the pool")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .pollDelay(Duration.ZERO)
        .until(() -> live().size() <= number);
  }

  void kill() {
    live().forEach(ProcessHandle::destroyForcibly);
  }

  @Override
  public String toString() {
    return live().stream()
        .map(process -> process.pid() + " " + process.info().commandLine().orElse("?"))
        .collect(Collectors.joining(", "));
  }
}

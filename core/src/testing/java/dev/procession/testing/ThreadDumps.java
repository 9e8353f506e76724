package dev.procession.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Prints what every thread does, here and in the workers. */
public final class ThreadDumps {
  private static final long PATIENCE_SECONDS = 5;

  private ThreadDumps() {}

  /** Prints this JVM's threads and those of all its workers. */
  public static synchronized void print(String why) {
    StringBuilder text = new StringBuilder("===== " + why + System.lineSeparator());
    text.append("===== threads of this JVM, pid ").append(ProcessHandle.current().pid());
    text.append(System.lineSeparator());
    for (Map.Entry<Thread, StackTraceElement[]> entry : Thread.getAllStackTraces().entrySet()) {
      Thread thread = entry.getKey();
      text.append('"').append(thread.getName()).append("\" ").append(thread.getState());
      text.append(System.lineSeparator());
      for (StackTraceElement frame : entry.getValue()) {
        text.append("    at ").append(frame).append(System.lineSeparator());
      }
    }
    for (ProcessHandle worker : Workers.live()) {
      text.append("===== threads of worker pid ").append(worker.pid());
      text.append(System.lineSeparator()).append(ofProcess(worker.pid()));
    }
    System.err.println(text.append("===== end of dump"));
  }

  /** The threads of another JVM, or why they cannot be had: it may never reach a safepoint. */
  private static String ofProcess(long pid) {
    Path jstack = Path.of(System.getProperty("java.home"), "bin", "jstack");
    try {
      Path output = Files.createTempFile("jstack", ".txt");
      try {
        Process process =
            new ProcessBuilder(jstack.toString(), "-l", Long.toString(pid))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        return Files.readString(output)
            + (ended ? "" : "(no answer in " + PATIENCE_SECONDS + " s)\n");
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      return "(" + e + ")\n";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "(interrupted)\n";
    }
  }
}

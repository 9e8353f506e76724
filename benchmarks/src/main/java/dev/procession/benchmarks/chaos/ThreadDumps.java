package dev.procession.benchmarks.chaos;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Prints what every thread does, here and in the workers. */
final class ThreadDumps {
  private static final long PATIENCE_SECONDS = 10;

  private ThreadDumps() {}

  static void print(PrintStream out, String why) {
    StringBuilder text = new StringBuilder("===== " + why + System.lineSeparator());
    text.append("===== threads of this JVM").append(System.lineSeparator());
    for (Map.Entry<Thread, StackTraceElement[]> entry : Thread.getAllStackTraces().entrySet()) {
      Thread thread = entry.getKey();
      text.append('"').append(thread.getName()).append("\" ").append(thread.getState());
      text.append(System.lineSeparator());
      for (StackTraceElement frame : entry.getValue()) {
        text.append("    at ").append(frame).append(System.lineSeparator());
      }
    }
    ProcessHandle.current()
        .children()
        .forEach(
            child -> {
              text.append("===== child ").append(child.pid()).append(' ').append(child.info());
              text.append(System.lineSeparator()).append(ofProcess(child.pid()));
            });
    out.println(text.append("===== end of dump"));
  }

  /** The threads of another JVM, or why they cannot be had: it may be stopped. */
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
        String state = Files.readString(Path.of("/proc/" + pid + "/stat"));
        return "state " + state + Files.readString(output) + (ended ? "" : "(no answer)\n");
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

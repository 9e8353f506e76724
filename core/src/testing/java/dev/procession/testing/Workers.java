package dev.procession.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Worker processes as the operating system sees them. */
public final class Workers {
  private Workers() {}

  /** Those of this JVM's pools, launching ones included. */
  public static List<ProcessHandle> live() {
    return ProcessHandle.current()
        .descendants()
        .filter(process -> isWorker(process.pid()) && !isGone(process.pid()))
        .filter(process -> !isOfArchive(process))
        .toList();
  }

  /** The process that makes an archive of workers' classes has a pool of its own. */
  private static boolean isOfArchive(ProcessHandle worker) {
    return worker
        .parent()
        .filter(parent -> commandLine(parent.pid()).contains("ArchiveTraining"))
        .isPresent();
  }

  /** Whether the process has ended, be it that nobody has buried it yet. */
  public static boolean isGone(long pid) {
    Path stat = Path.of("/proc", Long.toString(pid), "stat");
    if (!Files.isDirectory(Path.of("/proc/self"))) {
      return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty();
    }
    try {
      String text = Files.readString(stat);
      return text.charAt(text.lastIndexOf(')') + 2) == 'Z';
    } catch (IOException e) {
      return true;
    }
  }

  /** An argument file hides the main class; its name tells. */
  private static boolean isWorker(long pid) {
    String line = commandLine(pid);
    return line.contains("WorkerMain") || (line.contains("@") && line.contains("/procession-"));
  }

  private static String commandLine(long pid) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline")).replace('\0', ' ');
    } catch (IOException e) {
      return ProcessHandle.of(pid).flatMap(process -> process.info().commandLine()).orElse("");
    }
  }
}

package dev.procession.internal.parent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Resident memory of a process, where the system tells it: Linux's {@code /proc}. */
final class ResidentMemory {
  /** In kibibytes, unlike {@code statm}, which counts pages of a size to be asked for elsewhere. */
  private static final String FIELD = "VmRSS:";

  private ResidentMemory() {}

  /** Bytes, or -1 if they cannot be told. */
  static long ofProcess(long pid) {
    if (pid <= 0) {
      return -1;
    }
    try {
      for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
        if (line.startsWith(FIELD)) {
          String digits = line.substring(FIELD.length()).replaceAll("[^0-9]", "");
          return Long.parseLong(digits) << 10;
        }
      }
    } catch (IOException | RuntimeException e) {
      // Another system, or the process is gone.
    }
    return -1;
  }
}

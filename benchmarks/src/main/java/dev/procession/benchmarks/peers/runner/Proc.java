package dev.procession.benchmarks.peers.runner;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** What Linux says of processes. */
final class Proc {
  private Proc() {}

  /** The processes that this one has started and that still run. */
  static List<Long> children() {
    return ProcessHandle.current().descendants().map(ProcessHandle::pid).toList();
  }

  /** Processor time of a process's threads, in nanoseconds. */
  static long cpuNanos(long pid) throws IOException {
    long sum = 0;
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
      for (Path thread : threads) {
        sum += schedstat(thread);
      }
    }
    return sum;
  }

  /** A thread that has ended meanwhile counts nothing. */
  private static long schedstat(Path thread) throws IOException {
    try {
      String text = Files.readString(thread.resolve("schedstat"));
      return Long.parseLong(text.substring(0, text.indexOf(' ')));
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  /** Processor time of the threads of this process whose names begin with that, in nanoseconds. */
  static long cpuNanosOfThreads(String prefix) throws IOException {
    long sum = 0;
    String shown = prefix.substring(0, Math.min(15, prefix.length())); // the kernel keeps as many
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) {
        if (Files.readString(thread.resolve("comm")).startsWith(shown)) {
          sum += schedstat(thread);
        }
      }
    }
    return sum;
  }

  /** Resident memory of a process, in bytes. */
  static long rssBytes(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D+", "")) << 10;
      }
    }
    throw new IOException("no VmRSS of " + pid);
  }
}

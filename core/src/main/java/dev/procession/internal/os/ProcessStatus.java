package dev.procession.internal.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How a process fares, where the system tells it: Linux's {@code /proc}.
 *
 * @param isStopped whether a signal (SIGSTOP, Ctrl-Z) has put it to sleep until SIGCONT
 * @param residentBytes memory it holds in RAM, -1 if unknown
 * @param peakBytes the most that {@code residentBytes} has been, -1 if unknown
 */
public record ProcessStatus(boolean isStopped, long residentBytes, long peakBytes) {
  private static final int USER_TIME = 11;
  private static final int SYSTEM_TIME = 12;
  private static final ProcessStatus UNKNOWN = new ProcessStatus(false, -1, -1);

  /** Of a process; all unknown if it is gone or this is not Linux. */
  public static ProcessStatus of(long pid) {
    return of(Proc.SYSTEM, pid);
  }

  static ProcessStatus of(Proc proc, long pid) {
    if (pid <= 0) {
      return UNKNOWN;
    }
    // One file for all three. Its line of the name comes first and has line ends escaped, so that
    // no name can pass for another line. In kibibytes, where other files count pages of a size to
    // be asked for elsewhere.
    KernelText text = proc.status(pid);
    return new ProcessStatus(
        text.letter("State") == 'T', bytes(text.number("VmRSS")), bytes(text.number("VmHWM")));
  }

  /**
   * Processor time that a process has used; zero if it is gone or this is not Linux. The kernel
   * tells it to programs in hundredths of a second, whatever its own clock does.
   */
  public static Duration cpuTime(long pid) {
    if (pid <= 0) {
      return Duration.ZERO;
    }
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      // Behind the name, which may hold anything: state, parent, and so on; two of them are ours.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return Duration.ofMillis(
          10 * (Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME])));
    } catch (IOException | RuntimeException e) {
      return Duration.ZERO;
    }
  }

  private static long bytes(long kibibytes) {
    return kibibytes < 0 ? -1 : kibibytes << 10;
  }
}

package dev.procession.internal.os;

/**
 * How a process fares, where the system tells it: Linux's {@code /proc}.
 *
 * @param isStopped whether a signal (SIGSTOP, Ctrl-Z) has put it to sleep until SIGCONT
 * @param residentBytes memory it holds in RAM, -1 if unknown
 * @param peakBytes the most that {@code residentBytes} has been, -1 if unknown
 */
public record ProcessStatus(boolean isStopped, long residentBytes, long peakBytes) {
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

  private static long bytes(long kibibytes) {
    return kibibytes < 0 ? -1 : kibibytes << 10;
  }
}

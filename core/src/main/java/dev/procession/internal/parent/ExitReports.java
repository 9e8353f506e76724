package dev.procession.internal.parent;

import dev.procession.CrashReport;
import dev.procession.ExitReason;
import dev.procession.internal.wire.WorkerExit;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The words in which the end of a worker is told. */
final class ExitReports {
  /** A process that a signal ended has this plus the signal's number as exit value. */
  private static final int SIGNAL_BASE = 128;

  /** Exit value of a JVM that has crashed. */
  private static final int ABORTED = SIGNAL_BASE + 6;

  /** Of a JVM with -XX:+ExitOnOutOfMemoryError. */
  private static final int EXIT_ON_OUT_OF_MEMORY = 3;

  private static final Map<Integer, String> SIGNALS =
      Map.ofEntries(
          Map.entry(1, "SIGHUP"),
          Map.entry(2, "SIGINT"),
          Map.entry(3, "SIGQUIT"),
          Map.entry(4, "SIGILL"),
          Map.entry(6, "SIGABRT"),
          Map.entry(7, "SIGBUS"),
          Map.entry(8, "SIGFPE"),
          Map.entry(9, "SIGKILL"),
          Map.entry(11, "SIGSEGV"),
          Map.entry(13, "SIGPIPE"),
          Map.entry(14, "SIGALRM"),
          Map.entry(15, "SIGTERM"),
          Map.entry(24, "SIGXCPU"),
          Map.entry(31, "SIGSYS"));

  private ExitReports() {}

  static @Nullable String signalName(int exitValue) {
    return SIGNALS.get(exitValue - SIGNAL_BASE);
  }

  /** What an end that nobody ordered means. */
  static ExitReason reasonOf(
      @Nullable Integer code,
      @Nullable String signal,
      List<String> tail,
      @Nullable String fatalErrorLog) {
    if ((code != null && code == WorkerExit.OUT_OF_MEMORY) || diedOfMemory(code, tail)) {
      return ExitReason.OUT_OF_MEMORY;
    }
    if (fatalErrorLog != null) {
      return ExitReason.NATIVE_CRASH; // with -XX:-CreateCoredumpOnCrash its exit code is 1
    }
    if (signal != null) {
      return switch (signal) {
        case "SIGILL", "SIGABRT", "SIGBUS", "SIGFPE", "SIGSEGV", "SIGSYS" ->
            ExitReason.NATIVE_CRASH;
        default -> ExitReason.KILLED;
      };
    }
    if (code == null) {
      return ExitReason.KILLED;
    }
    return code == WorkerExit.BROKEN ? ExitReason.PROTOCOL_ERROR : ExitReason.EXIT_CALLED;
  }

  /** The JVM was told to end at the first OutOfMemoryError, and says so. */
  private static boolean diedOfMemory(@Nullable Integer code, List<String> tail) {
    return code != null
        && (code == EXIT_ON_OUT_OF_MEMORY || code == ABORTED)
        && tail.stream().anyMatch(line -> line.contains("due to java.lang.OutOfMemoryError"));
  }

  static String crashText(CrashReport report, String poolLine) {
    StringBuilder text = new StringBuilder();
    text.append("worker ").append(report.worker()).append(" of pool '").append(report.pool());
    text.append("' (pid ").append(report.pid()).append(") ").append(how(report));
    report
        .taskName()
        .ifPresent(
            name ->
                text.append(" while it ran task '")
                    .append(name)
                    .append("', ")
                    .append(seconds(report.ranFor()))
                    .append(" after it began"));
    text.append(". ").append(report.detail().orElseGet(() -> advice(report.reason())));
    text.append(" ").append(poolLine);
    appendTail(text, report);
    return text.toString();
  }

  private static String how(CrashReport report) {
    String end =
        report.signal().map(signal -> "was ended by " + signal).orElse("ended")
            + (report.exitCodeOrNull() == null ? "" : " with exit code " + report.exitCodeOrNull());
    return switch (report.reason()) {
      case EXIT_CALLED -> end + ": something in it called System.exit or Runtime.halt";
      case NATIVE_CRASH -> end + ": the JVM or native code crashed";
      case KILLED -> end + ": it was killed from outside";
      case OUT_OF_MEMORY -> end + " out of memory";
      case MEMORY_LIMIT -> end + " over its memory limit";
      case TIMED_OUT, CANCELLED -> end + " because its task was stopped";
      case PROTOCOL_ERROR -> end + " because it broke the protocol or closed its channel";
      case START_FAILED -> end + " before it was ready";
      case NODE_LOST -> "is on a member of the cluster that was lost";
      case RETIRED -> end + " in good order";
    };
  }

  private static String advice(ExitReason reason) {
    return switch (reason) {
      case EXIT_CALLED -> "Have the task return or throw instead of ending its JVM.";
      case NATIVE_CRASH -> "The report's fatalErrorLog() shows where, if the JVM could write one.";
      case KILLED ->
          "If nobody did it on purpose, the kernel was short of memory: see maxHeap and workers.";
      case OUT_OF_MEMORY -> "Give the workers more with maxHeap, or the task less at a time.";
      case PROTOCOL_ERROR -> "Does the task close descriptors or write to memory it does not own?";
      default -> "See the report for more.";
    };
  }

  static String timedOutText(PoolConfig config, WorkerSlot slot, PendingTask task, Duration ran) {
    return "task '"
        + task.name()
        + "' overran its deadline of "
        + seconds(Duration.ofNanos(task.timeoutNanos))
        + ": stopped after "
        + seconds(ran)
        + " in worker "
        + slot.number
        + " (pid "
        + slot.pid()
        + ") of pool '"
        + config.name()
        + "'. The worker is interrupted, killed after "
        + seconds(config.killGrace())
        + " if that does not help, and replaced.";
  }

  static String startFailedText(CrashReport report, String why) {
    StringBuilder text = new StringBuilder();
    text.append("worker ").append(report.worker()).append(" of pool '").append(report.pool());
    text.append("' could not be started: ").append(why);
    appendTail(text, report);
    return text.toString();
  }

  private static void appendTail(StringBuilder text, CrashReport report) {
    int size = report.outputTail().size();
    if (size > 0) {
      text.append(System.lineSeparator()).append("  last output of the worker:");
      for (String line : report.outputTail().subList(Math.max(0, size - 10), size)) {
        text.append(System.lineSeparator()).append("  | ").append(line);
      }
    }
  }

  /** "2.5 s" or "20 ms". */
  static String seconds(Duration duration) {
    long millis = duration.toMillis();
    if (millis < 1_000) {
      return millis + " ms";
    }
    return millis % 1000 == 0
        ? millis / 1_000 + " s"
        : String.format(Locale.ROOT, "%.1f s", millis / 1_000.0);
  }
}

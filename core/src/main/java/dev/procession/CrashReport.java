package dev.procession;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of a worker's end.
 *
 * @param pool name of the pool
 * @param worker the worker's number in the pool
 * @param pid process id, or -1 if there never was a process
 * @param reason why it ended
 * @param exitCodeOrNull the process's exit code, null if it was ended by a signal or is not known
 * @param signalOrNull name of the signal that ended it ("SIGKILL"), null if none did
 * @param taskNameOrNull name of the task it was running, null if none
 * @param ranFor how long that task had run
 * @param outputTail last lines the worker printed, native code's included; at most 50
 * @param fatalErrorLogOrNull text of the JVM's fatal-error log, cut to its first 64 KiB, null if
 *     there is none
 * @param threadDumpOrNull what the worker's threads did before it was killed, null if it could not
 *     say
 * @param peakMemoryBytes most resident memory of the process that was seen, -1 if none was; it is
 *     looked at about once a second while it works, so this is a lower bound
 * @param detailOrNull what else Procession knows of the cause, a sentence or more, null if nothing
 * @param memberOrNull name of the cluster's node that it was a worker of, null for one of this
 *     machine
 */
public record CrashReport(
    String pool,
    int worker,
    long pid,
    ExitReason reason,
    @Nullable Integer exitCodeOrNull,
    @Nullable String signalOrNull,
    @Nullable String taskNameOrNull,
    Duration ranFor,
    List<String> outputTail,
    @Nullable String fatalErrorLogOrNull,
    @Nullable String threadDumpOrNull,
    long peakMemoryBytes,
    @Nullable String detailOrNull,
    @Nullable String memberOrNull)
    implements Serializable {

  /** Copies the list. */
  public CrashReport {
    outputTail = List.copyOf(outputTail);
  }

  /** The process's exit code. */
  public OptionalInt exitCode() {
    return exitCodeOrNull == null ? OptionalInt.empty() : OptionalInt.of(exitCodeOrNull);
  }

  /** Name of the signal that ended the process. */
  public Optional<String> signal() {
    return Optional.ofNullable(signalOrNull);
  }

  /** Name of the task the worker was running. */
  public Optional<String> taskName() {
    return Optional.ofNullable(taskNameOrNull);
  }

  /** Text of the JVM's fatal-error log. */
  public Optional<String> fatalErrorLog() {
    return Optional.ofNullable(fatalErrorLogOrNull);
  }

  /** The worker's threads shortly before it was killed. */
  public Optional<String> threadDump() {
    return Optional.ofNullable(threadDumpOrNull);
  }

  /** Most resident memory of the process that was seen, in bytes; a lower bound. */
  public OptionalLong peakMemory() {
    return peakMemoryBytes < 0 ? OptionalLong.empty() : OptionalLong.of(peakMemoryBytes);
  }

  /** What else Procession knows of the cause. */
  public Optional<String> detail() {
    return Optional.ofNullable(detailOrNull);
  }

  /** Name of the cluster's node that it was a worker of; empty for one of this machine. */
  public Optional<String> member() {
    return Optional.ofNullable(memberOrNull);
  }

  /** The report in one line: of the long texts it has no more than their length. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("CrashReport[");
    text.append("pool=").append(pool).append(", worker=").append(worker);
    add(text, "member", memberOrNull);
    add(text, "pid", pid < 0 ? null : pid);
    add(text, "reason", reason);
    add(text, "exitCode", exitCodeOrNull);
    add(text, "signal", signalOrNull);
    add(text, "task", taskNameOrNull);
    add(text, "ranFor", ranFor);
    add(text, "peakMemory", peakMemoryBytes < 0 ? null : peakMemoryBytes);
    add(text, "detail", detailOrNull);
    add(text, "outputTail", outputTail.isEmpty() ? null : outputTail.size() + " lines");
    add(text, "fatalErrorLog", lengthOf(fatalErrorLogOrNull));
    add(text, "threadDump", lengthOf(threadDumpOrNull));
    return text.append(']').toString();
  }

  private static void add(StringBuilder text, String name, @Nullable Object value) {
    if (value != null) {
      text.append(", ").append(name).append('=').append(value);
    }
  }

  private static @Nullable String lengthOf(@Nullable String text) {
    return text == null ? null : text.length() + " characters";
  }
}

package dev.procession;

import java.util.List;
import java.util.Objects;
import java.util.StringJoiner;

/**
 * What {@link ProcessExecutorService#verify} has found out about a task without running it.
 *
 * @param code where the task was written, such as {@code lambda at Report.java:42}
 * @param bytes size of the serialised task
 * @param carried what it carries: captured values and arguments, in order
 * @param warnings what will surprise, with what to do about it; empty if nothing
 */
public record TaskCheck(String code, long bytes, List<Carried> carried, List<String> warnings) {
  /**
   * A value that crosses with the task.
   *
   * @param what which one: {@code captured argument 0}, {@code this}, {@code argument 1}
   * @param type its class
   * @param bytes its size when serialised alone
   */
  public record Carried(String what, String type, long bytes) {}

  /** Copies the lists. */
  public TaskCheck {
    Objects.requireNonNull(code, "code");
    carried = List.copyOf(carried);
    warnings = List.copyOf(warnings);
  }

  /** All of it, a line each. */
  @Override
  public String toString() {
    StringJoiner lines = new StringJoiner("\n");
    lines.add(code + ": " + bytes + " bytes");
    for (Carried value : carried) {
      lines.add("  " + value.what + " (" + value.type + "): " + value.bytes + " bytes");
    }
    for (String warning : warnings) {
      lines.add("  warning: " + warning);
    }
    return lines.toString();
  }
}

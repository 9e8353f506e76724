package dev.procession.observe;

import java.io.Serializable;
import java.time.Instant;

/**
 * A line that a worker printed or logged.
 *
 * @param at when it came here
 * @param worker the worker's number in its pool
 * @param pid its process id
 * @param task number of the task that printed it, -1 if none is known
 * @param taskName that task's name, empty if none is known
 * @param source where it was written to
 * @param text the line without its line end; a very long one is cut
 */
public record PrintedLine(
    Instant at, int worker, long pid, long task, String taskName, Source source, String text)
    implements Serializable {

  /** Where a line was written to. */
  public enum Source {
    /** Standard output. */
    OUT,
    /** Standard error. */
    ERR,
    /** A logger. */
    LOG
  }
}

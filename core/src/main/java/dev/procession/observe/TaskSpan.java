package dev.procession.observe;

import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a worker did for a while: one task, one chunk of a map, or several short tasks of one name
 * that followed each other closely.
 *
 * @param worker the worker's number in its pool
 * @param pid its process id
 * @param task number of the task, of the first if there are several
 * @param name the tasks' name
 * @param tasks how many ended, elements of a map counted one by one; 0 if it was ended before any
 * @param failed how many of those did not give a value
 * @param failedTask number of the last task that did not, or that was ended; -1 if there is none
 * @param submitted when the first of them was submitted
 * @param began when the worker began
 * @param took from then to the end
 * @param busy how much of it tasks took, without the gaps between them
 * @param reading at the beginning of a single task, until it was read; zero where that is not known
 * @param writing at the end of a single task, while its result was written; zero likewise
 * @param end how it ended
 * @param noteOrNull what the last one failed with, or why it was ended; null if neither
 */
public record TaskSpan(
    int worker,
    long pid,
    long task,
    String name,
    int tasks,
    int failed,
    long failedTask,
    Instant submitted,
    Instant began,
    Duration took,
    Duration busy,
    Duration reading,
    Duration writing,
    End end,
    @Nullable String noteOrNull)
    implements Serializable {

  /** How a span ended. */
  public enum End {
    /** The tasks came to their own end: with values, or with exceptions. */
    ENDED,
    /** It was cancelled or overran its deadline. */
    STOPPED,
    /** Its worker ended under it. */
    CRASHED
  }

  /** What the last one failed with, or why it was ended. */
  public Optional<String> note() {
    return Optional.ofNullable(noteOrNull);
  }
}

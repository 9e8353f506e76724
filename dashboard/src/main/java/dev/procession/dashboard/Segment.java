package dev.procession.dashboard;

import dev.procession.observe.TaskSpan;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of what a worker did, as it is drawn: a {@link TaskSpan}, or several that were merged.
 * Times are microseconds since the pool was built.
 *
 * @param lane the row it is drawn in
 * @param worker the worker's number
 * @param pid its process id
 * @param task number of the task, of the first if there are several
 * @param name number of the tasks' name
 * @param tasks how many ended in it
 * @param failed how many of those did not give a value
 * @param failedTask number of the last that did not, or that was ended; -1 if there is none
 * @param submitted when the first was submitted
 * @param began when it began
 * @param took how long it took
 * @param busy how much of that tasks ran
 * @param reading how long reading the task took, 0 if unknown
 * @param writing how long writing the result took, 0 if unknown
 * @param end how it ended
 * @param note what failed, or why it was ended
 */
record Segment(
    int lane,
    int worker,
    long pid,
    long task,
    int name,
    int tasks,
    int failed,
    long failedTask,
    long submitted,
    long began,
    long took,
    long busy,
    long reading,
    long writing,
    TaskSpan.End end,
    @Nullable String note) {

  static Segment of(TaskSpan span, int lane, int name, long startMicros) {
    return new Segment(
        lane,
        span.worker(),
        span.pid(),
        span.task(),
        name,
        span.tasks(),
        span.failed(),
        span.failedTask(),
        micros(span.submitted()) - startMicros,
        micros(span.began()) - startMicros,
        span.took().toNanos() / 1_000,
        span.busy().toNanos() / 1_000,
        span.reading().toNanos() / 1_000,
        span.writing().toNanos() / 1_000,
        span.end(),
        span.note().orElse(null));
  }

  static long micros(java.time.Instant at) {
    return TimeUnit.SECONDS.toMicros(at.getEpochSecond()) + at.getNano() / 1_000;
  }

  long over() {
    return began + took;
  }

  /** Whether something in it failed, or it was ended. */
  boolean isBad() {
    return failed > 0 || end != TaskSpan.End.ENDED;
  }

  /** Whether nothing worth a row of its own is lost if it is merged with another. */
  boolean mayMerge(long shorterThan) {
    return !isBad() && took < shorterThan;
  }

  /** The two as one; the other one is the later. */
  Segment with(Segment later) {
    Segment longer = later.busy > busy ? later : this;
    return new Segment(
        lane,
        worker,
        pid,
        task,
        longer.name,
        tasks + later.tasks,
        failed + later.failed,
        later.failedTask < 0 ? failedTask : later.failedTask,
        submitted,
        began,
        Math.max(took, later.over() - began),
        busy + later.busy,
        /* reading= */ 0,
        /* writing= */ 0,
        end,
        later.note == null ? note : later.note);
  }
}

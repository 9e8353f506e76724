package dev.procession;

import dev.procession.internal.worker.CallContexts;
import java.time.Instant;
import java.util.Optional;

/**
 * What a task can learn and say of itself while it runs.
 *
 * <pre>{@code
 * TaskContext context = TaskContext.current();
 * for (int page = 0; page < pages; page++) {
 *   if (context.isCancelled()) {
 *     return partOf(result);
 *   }
 *   convert(page);
 *   context.report(page + 1, pages, "page " + (page + 1));
 * }
 * }</pre>
 *
 * <p>It belongs to one attempt of one task, and to one chunk of a {@code map}. Any thread of the
 * worker may use it. What it costs is paid only by tasks that use it.
 */
public interface TaskContext {

  /**
   * The context of the task that this thread works for: the one that it runs, or the one in which
   * the thread was made.
   *
   * @throws IllegalStateException if it works for none, as in an initializer or outside a worker
   */
  static TaskContext current() {
    return currentIfAny()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "this thread works for no task: TaskContext.current() is for code that a"
                        + " worker runs as a task, in the task's own thread or one made by it"));
  }

  /** Like {@link #current()}, for code that also runs elsewhere. */
  static Optional<TaskContext> currentIfAny() {
    return Optional.ofNullable(CallContexts.ofThread());
  }

  /**
   * The task's number, unique and ascending within its pool. The first question about a task is put
   * to the parent, which takes some 100 microseconds.
   *
   * @throws IllegalStateException if that was not asked before the task ended
   */
  long id();

  /**
   * The task's name, as in {@link TaskStory#name}.
   *
   * @throws IllegalStateException if that was not asked before the task ended
   */
  String name();

  /**
   * Which attempt this is, from 1.
   *
   * @throws IllegalStateException if that was not asked before the task ended
   */
  int attempt();

  /**
   * When the task will be stopped if it still runs; empty if it has no deadline. In a {@code map},
   * that of the element that ran when it was first asked.
   *
   * @throws IllegalStateException if that was not asked before the task ended
   */
  Optional<Instant> deadline();

  /**
   * Whether the task is being stopped: it was cancelled, or its deadline has passed. The future
   * gets its outcome at that moment, and the process is killed after {@code killGrace}; the thread
   * was interrupted as well.
   */
  boolean isCancelled();

  /**
   * Says how far the task is. It never waits: the parent gets what was said last, at most 20 times
   * a second and once at the end, and gives it to {@link ProcessFuture#addProgressListener} and
   * {@link ProcessFuture#info}. After the task's end, and for an element of a {@code map}, nothing
   * happens.
   *
   * @param done units of work that are done, 0 or more
   * @param total units of work in all, or {@link TaskProgress#UNKNOWN}
   * @param message what the task is at, perhaps empty; cut after {@link TaskProgress#MAX_MESSAGE}
   *     characters
   * @throws IllegalArgumentException if {@code done} is below 0 or {@code total} below -1
   */
  void report(long done, long total, String message);

  /** Says how far the task is, without a message. */
  default void report(long done, long total) {
    report(done, total, "");
  }
}

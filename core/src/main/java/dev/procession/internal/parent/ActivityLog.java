package dev.procession.internal.parent;

import dev.procession.observe.Activity;
import dev.procession.observe.TaskSpan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What the workers of a pool have done lately, for who looks at it.
 *
 * <p>Written under the scheduler's lock, with a few additions for each call: short calls of one
 * name are one span, so that a million of them a second are a few hundred spans. Read by any thread
 * without the lock, but for the spans that are still growing.
 */
final class ActivityLog {
  /** Spans that are remembered: half a minute of two workers with tasks of a millisecond. */
  private static final int MOST = 1 << 16;

  /** A call that runs this long has a span of its own. */
  private static final long LONG_NANOS = 1_000_000;

  /** A span of short calls grows no longer than this. */
  private static final long LONGEST_NANOS = 10_000_000;

  /** Calls that are further apart than this are not one span. */
  private static final long WIDEST_GAP_NANOS = 1_000_000;

  /** Names that are counted; what has another one is counted together. */
  private static final int MOST_NAMES = 1_000;

  private static final String OTHERS = "(others)";

  private final PoolClock clock;
  private final FailureLog failures;
  private final Map<String, Tally> tallies = new LinkedHashMap<>(); // guarded by the lock
  private final AtomicReferenceArray<@Nullable Entry> entries = new AtomicReferenceArray<>(MOST);
  private volatile long next; // written under the lock, after the entry

  /** A span that is over; its failure is read by who looks, since that takes long. */
  private record Entry(TaskSpan span, FailureLog.@Nullable Item failure) {
    TaskSpan told() {
      String note = failure == null ? null : failure.note();
      return note == null ? span : withNote(span, note);
    }
  }

  /** How many tasks of one name have ended. */
  static final class Tally {
    private long done;
    private long failed;

    long done() {
      return done;
    }

    long failed() {
      return failed;
    }
  }

  /** What has failed in the call that a worker runs. */
  static final class Failing {
    private int times;
    private FailureLog.@Nullable Item last;
  }

  /** A span that grows; guarded by the scheduler's lock. */
  static final class Open {
    private final Tally tally;
    private final long task;
    private final String name;
    private final long submitted;
    private final long began;
    private long end;
    private long busy;
    private int tasks;
    private int failed;
    private long failedTask = -1;
    private int readMicros;
    private int writeMicros;
    private FailureLog.@Nullable Item failure;

    private Open(PendingTask of, long began, Tally tally) {
      this.tally = tally;
      this.task = of.id;
      this.name = of.name();
      this.submitted = of.submittedAt();
      this.began = began;
      this.end = began;
    }
  }

  ActivityLog(PoolClock clock, FailureLog failures) {
    this.clock = clock;
    this.failures = failures;
  }

  /* ---- Writing: under the scheduler's lock ---- */

  /** A call has ended by itself. */
  void ended(WorkerSlot slot, PendingTask task, ElementResult result, int elements) {
    long began = result.begunAt();
    long run = result.runNanos();
    Open open = slot.span;
    if (open != null && joins(open, task, began, run)) {
      open.readMicros = 0; // of several tasks it would mean nothing
      open.writeMicros = 0;
    } else {
      close(slot);
      open = new Open(task, began, tallyOf(task.name()));
      open.readMicros = result.readMicros();
      open.writeMicros = result.writeMicros();
      slot.span = open;
    }
    open.end = Math.max(open.end, began + run);
    open.busy += run;
    open.tasks += elements;
    open.tally.done += elements;
    FailureLog.Item last = takeFailing(slot, task, open);
    if (last != null) {
      open.failure = last;
    }
    if (run >= LONG_NANOS) {
      close(slot);
    }
  }

  private static boolean joins(Open open, PendingTask task, long began, long run) {
    return run < LONG_NANOS
        && began - open.end < WIDEST_GAP_NANOS
        && began + run - open.began < LONGEST_NANOS
        && open.name.equals(task.name());
  }

  /** A call, or an element of one, has ended without a value; {@link #ended} comes after it. */
  void failed(WorkerSlot slot, PendingTask task, ElementResult result) {
    Failing failing = slot.failing;
    if (failing == null) {
      failing = new Failing();
      slot.failing = failing;
    }
    failing.times++;
    failing.last = failures.threw(task.id, result.bytes());
  }

  /** Counts what has failed in a call in its span, and returns the last of it, or null. */
  private static FailureLog.@Nullable Item takeFailing(
      WorkerSlot slot, PendingTask task, Open open) {
    Failing failing = slot.failing;
    if (failing == null) {
      return null;
    }
    slot.failing = null;
    open.failed += failing.times;
    open.failedTask = task.id;
    open.tally.failed += failing.times;
    return failing.last;
  }

  private Tally tallyOf(String name) {
    Tally tally = tallies.get(name);
    return tally != null
        ? tally
        : tallies.computeIfAbsent(tallies.size() < MOST_NAMES ? name : OTHERS, n -> new Tally());
  }

  /** A call is ended, or has ended with its worker: of its elements, one ran. */
  void cutOff(WorkerSlot slot, PendingTask task, long at, TaskSpan.End how, String why) {
    cut(slot, task, at, how, why, 1);
  }

  /** Likewise, but it is to be run anew. */
  void cutOffForNow(WorkerSlot slot, PendingTask task, long at, String why) {
    cut(slot, task, at, TaskSpan.End.CRASHED, why, 0);
  }

  /** A worker has ended between two elements of a call, which goes on elsewhere. */
  void cutBetween(WorkerSlot slot, PendingTask task, long at) {
    cut(slot, task, at, TaskSpan.End.ENDED, null, 0);
  }

  private void cut(
      WorkerSlot slot,
      PendingTask task,
      long at,
      TaskSpan.End how,
      @Nullable String why,
      int failedWithIt) {
    close(slot);
    Open open = new Open(task, task.begunAt, tallyOf(task.name()));
    open.end = Math.max(open.began, at);
    open.busy = open.end - open.began;
    open.tasks = task.elementsDone();
    open.failedTask = how == TaskSpan.End.ENDED ? -1 : task.id;
    open.tally.done += task.elementsDone() + failedWithIt;
    open.tally.failed += failedWithIt;
    var unused = takeFailing(slot, task, open); // why it ended says more
    add(slot, open, how, why);
  }

  /** Whatever the worker does next is another span. */
  void close(WorkerSlot slot) {
    Open open = slot.span;
    if (open != null) {
      slot.span = null;
      add(slot, open, TaskSpan.End.ENDED, null);
    }
  }

  private void add(WorkerSlot slot, Open open, TaskSpan.End how, @Nullable String note) {
    TaskSpan span =
        new TaskSpan(
            slot.number,
            slot.pid(),
            open.task,
            open.name,
            open.tasks,
            open.failed,
            open.failedTask,
            clock.instant(open.submitted),
            clock.instant(open.began),
            Duration.ofNanos(open.end - open.began),
            Duration.ofNanos(open.busy),
            Duration.ofNanos(open.readMicros * 1_000L),
            Duration.ofNanos(open.writeMicros * 1_000L),
            how,
            note);
    long number = next;
    entries.setRelease((int) number & (MOST - 1), new Entry(span, open.failure));
    next = number + 1; // by nobody else: the lock is held
  }

  private static TaskSpan withNote(TaskSpan span, String note) {
    return new TaskSpan(
        span.worker(),
        span.pid(),
        span.task(),
        span.name(),
        span.tasks(),
        span.failed(),
        span.failedTask(),
        span.submitted(),
        span.began(),
        span.took(),
        span.busy(),
        span.reading(),
        span.writing(),
        span.end(),
        note);
  }

  /** How many tasks of each name have ended. Under the lock. */
  Map<String, Tally> tallies() {
    return tallies;
  }

  /* ---- Reading: any thread ---- */

  /** What was added since, as far as it is remembered, and at most so many. */
  Activity since(long from, int most) {
    long end = next;
    long first = Math.max(from, end - MOST);
    long last = Math.min(end, first + most);
    List<TaskSpan> spans = new ArrayList<>();
    for (long i = first; i < last; i++) {
      Entry entry = entries.getAcquire((int) i & (MOST - 1));
      if (entry != null && next - i <= MOST) { // else it has been written over meanwhile
        spans.add(entry.told());
      }
    }
    return new Activity(last, Math.max(0, last - from - spans.size()), spans);
  }
}

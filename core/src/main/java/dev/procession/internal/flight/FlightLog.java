package dev.procession.internal.flight;

import dev.procession.CrashReport;
import dev.procession.TaskState;
import dev.procession.TaskStory;
import dev.procession.WorkerSnapshot;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Writes to the flight recorder, if there is one and it records; any thread may. */
public final class FlightLog {
  private static final boolean IS_THERE = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

  private FlightLog() {}

  /** A task is being submitted; null if nobody wants to know. */
  public static @Nullable TaskFlight submitting() {
    return IS_THERE && Probes.TASK.isEnabled() ? new TaskFlight() : null;
  }

  /** A worker is being launched; null if nobody wants to know. */
  public static @Nullable WorkerFlight launching() {
    return IS_THERE && Probes.START.isEnabled() ? new WorkerFlight() : null;
  }

  /** A worker is being killed. */
  public static void kill(String pool, int worker, long pid) {
    if (IS_THERE && Probes.KILL.isEnabled()) {
      Probes.kill(pool, worker, pid);
    }
  }

  /** A worker has ended. */
  public static void ended(CrashReport report) {
    if (IS_THERE && Probes.END.isEnabled()) {
      Probes.ended(report);
    }
  }

  /** Whatever names a class of the JDK's module, so that it is not looked for where it is not. */
  private static final class Probes {
    static final TaskEvent TASK = new TaskEvent();
    static final WorkerStartEvent START = new WorkerStartEvent();
    static final WorkerKillEvent KILL = new WorkerKillEvent();
    static final WorkerEndEvent END = new WorkerEndEvent();

    static void kill(String pool, int worker, long pid) {
      WorkerKillEvent event = new WorkerKillEvent();
      event.of(pool, worker, pid);
      event.commit();
    }

    static void ended(CrashReport report) {
      WorkerEndEvent event = new WorkerEndEvent();
      event.of(report.pool(), report.worker(), report.pid());
      event.reason = report.reason().name();
      event.exitCode = report.exitCode().orElse(-1);
      event.signal = report.signal().orElse(null);
      event.taskName = report.taskName().orElse(null);
      event.ranFor = report.ranFor().toNanos();
      event.commit();
    }
  }

  /** A task on its way. */
  public static final class TaskFlight {
    private final TaskEvent task = new TaskEvent();
    private final QueueWaitEvent wait = new QueueWaitEvent();

    private TaskFlight() {
      task.begin();
      wait.begin();
    }

    /** A worker was given it; the last time counts. */
    public void given() {
      wait.end();
    }

    /** Its outcome is known. */
    public void landed() {
      task.end();
    }

    /** Writes down a task; after {@link #landed}. */
    public void write(String pool, TaskStory story) {
      write(pool, story.id(), story.name(), 1, story.state(), story.failureOrNull());
      task.workerPid = story.workerPid();
      task.attempt = story.attempt();
      task.queueTime = story.queueTime().orElse(Duration.ZERO).toNanos();
      task.runTime = story.runTime().orElse(Duration.ZERO).toNanos();
      task.cpuTime = story.cpuTime().toNanos();
      task.bytesIn = story.bytesIn();
      task.bytesOut = story.bytesOut();
      task.commit();
    }

    /**
     * Writes down a chunk of a map, each of whose elements has an outcome of its own; after {@link
     * #landed}.
     *
     * @param failure what ended the whole chunk early, null if nothing did
     */
    public void writeChunk(
        String pool,
        long id,
        String name,
        int elements,
        long workerPid,
        long runNanos,
        long cpuNanos,
        @Nullable String failure) {
      TaskState state = failure == null ? TaskState.SUCCEEDED : TaskState.FAILED;
      write(pool, id, name, elements, state, failure);
      task.workerPid = workerPid;
      task.runTime = runNanos;
      task.cpuTime = cpuNanos;
      task.commit();
    }

    private void write(
        String pool,
        long id,
        String name,
        int elements,
        TaskState state,
        @Nullable String failure) {
      wait.pool = pool;
      wait.taskId = id;
      wait.taskName = name;
      wait.commit();
      task.pool = pool;
      task.taskId = id;
      task.taskName = name;
      task.elements = elements;
      task.outcome = state.name();
      task.failure = failure;
    }
  }

  /** A worker on its way. */
  public static final class WorkerFlight {
    private final WorkerStartEvent start = new WorkerStartEvent();

    private WorkerFlight() {
      start.begin();
    }

    /** It is ready. */
    public void ready(String pool, WorkerSnapshot worker) {
      start.of(pool, worker.number(), worker.pid());
      start.spare = worker.spare();
      start.commit();
    }
  }
}

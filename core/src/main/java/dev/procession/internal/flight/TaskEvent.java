package dev.procession.internal.flight;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** A task, from its submission to its end. */
@Name("dev.procession.Task")
@Label("Task")
@Description("A task of a process pool, or a chunk of a map, from its submission to its end")
@StackTrace(false)
final class TaskEvent extends PoolEvent {
  @Label("Task Id")
  long taskId;

  @Label("Task Name")
  @Nullable String taskName;

  @Label("Elements")
  @Description("Elements of a map's chunk, 1 for a plain task")
  int elements;

  @Label("Outcome")
  @Nullable String outcome;

  @Label("Failure")
  @Nullable String failure;

  @Label("Worker Process Id")
  long workerPid;

  @Label("Attempt")
  int attempt;

  @Label("Queue Time")
  @Timespan
  long queueTime;

  @Label("Run Time")
  @Timespan
  long runTime;

  @Label("Processor Time")
  @Timespan
  long cpuTime;

  @Label("Bytes In")
  @DataAmount
  long bytesIn;

  @Label("Bytes Out")
  @DataAmount
  long bytesOut;
}

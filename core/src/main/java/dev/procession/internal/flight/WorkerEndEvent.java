package dev.procession.internal.flight;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** The end of a worker, in good order or not. */
@Name("dev.procession.WorkerEnd")
@Label("Worker End")
@Description(
    "A worker process has ended; any reason but RETIRED is a crash, or the stop of its task")
@StackTrace(false)
final class WorkerEndEvent extends WorkerEvent {

  @Label("Reason")
  @Nullable String reason;

  @Label("Exit Code")
  int exitCode;

  @Label("Signal")
  @Nullable String signal;

  @Label("Task Name")
  @Nullable String taskName;

  @Label("Task Ran For")
  @Timespan
  long ranFor;
}

package dev.procession.internal.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** The start of a worker, until it is ready. */
@Name(WorkerStartEvent.NAME)
@Label("Worker Start")
@Category("Procession")
@Description("From the launch of a worker process until it was ready")
@StackTrace(false)
final class WorkerStartEvent extends Event {
  static final String NAME = "dev.procession.WorkerStart";

  @Label("Pool")
  @Nullable String pool;

  @Label("Worker")
  int worker;

  @Label("Worker Process Id")
  long workerPid;

  @Label("Spare")
  boolean spare;
}

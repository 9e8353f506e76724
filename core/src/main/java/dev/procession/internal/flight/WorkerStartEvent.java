package dev.procession.internal.flight;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The start of a worker, until it is ready. */
@Name("dev.procession.WorkerStart")
@Label("Worker Start")
@Description("From the launch of a worker process until it was ready")
@StackTrace(false)
final class WorkerStartEvent extends WorkerEvent {

  @Label("Spare")
  boolean spare;
}

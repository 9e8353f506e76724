package dev.procession.internal.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import org.jspecify.annotations.Nullable;

/** Procession kills a worker. */
@Name(WorkerKillEvent.NAME)
@Label("Worker Kill")
@Category("Procession")
@Description("A worker process is killed, by the thread whose stack this is")
final class WorkerKillEvent extends Event {
  static final String NAME = "dev.procession.WorkerKill";

  @Label("Pool")
  @Nullable String pool;

  @Label("Worker")
  int worker;

  @Label("Worker Process Id")
  long workerPid;
}

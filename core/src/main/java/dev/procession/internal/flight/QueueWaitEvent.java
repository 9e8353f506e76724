package dev.procession.internal.flight;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** How long a task waited until a worker was given it. */
@Name("dev.procession.QueueWait")
@Label("Queue Wait")
@Description("From the submission of a task until a worker was given it")
@StackTrace(false)
final class QueueWaitEvent extends PoolEvent {
  @Label("Task Id")
  long taskId;

  @Label("Task Name")
  @Nullable String taskName;
}

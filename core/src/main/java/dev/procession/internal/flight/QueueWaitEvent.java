package dev.procession.internal.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** How long a task waited until a worker was given it. */
@Name(QueueWaitEvent.NAME)
@Label("Queue Wait")
@Category("Procession")
@Description("From the submission of a task until a worker was given it")
@StackTrace(false)
final class QueueWaitEvent extends Event {
  static final String NAME = "dev.procession.QueueWait";

  @Label("Pool")
  @Nullable String pool;

  @Label("Task Id")
  long taskId;

  @Label("Task Name")
  @Nullable String taskName;
}

package dev.procession.internal.worker;

import dev.procession.internal.codec.CallCodec;
import dev.procession.internal.codec.ValueCodec;
import dev.procession.spi.TaskSerializer;

/**
 * How a worker reads calls and writes results; for its task thread.
 *
 * <p>The serializer is made ready when it is first needed: a worker that never is given an object
 * starts in half the time and with less memory.
 */
final class WorkerCodec {
  private final TaskSerializer serializer;
  private final ValueCodec values;
  private final CallCodec calls;
  private boolean warm;

  WorkerCodec(TaskSerializer serializer, ClassLoader loader) {
    this.serializer = serializer;
    this.values = new ValueCodec(serializer, loader);
    this.calls = new CallCodec(serializer, values, loader, number -> null);
  }

  /** Arguments and results. */
  ValueCodec values() {
    return values;
  }

  /** The work of calls. */
  CallCodec calls() {
    return calls;
  }

  /** Has the serializer do its slow first-time work, once. */
  void warmUp() {
    if (!warm) {
      warm = true;
      serializer.warmUp();
    }
  }
}

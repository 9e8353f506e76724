package dev.procession.internal.worker;

import dev.procession.Task;
import dev.procession.internal.codec.CallCodec;
import dev.procession.internal.codec.CallKind;
import dev.procession.internal.codec.CodeLoaders;
import dev.procession.internal.codec.ForySerializer;
import dev.procession.internal.codec.LambdaTable;
import dev.procession.internal.codec.ValueCodec;
import dev.procession.internal.context.ContextCarriers;
import dev.procession.spi.TaskSerializer;
import org.jspecify.annotations.Nullable;

/**
 * How a worker reads calls and writes results; for its task thread.
 *
 * <p>The serializer is made ready when it is first needed: a worker that never is given an object
 * starts in half the time and with less memory.
 */
final class WorkerCodec {
  private final TaskSerializer serializer;
  private final ValueCodec values;
  private final ValueCodec results;
  private final CallCodec calls;
  private boolean warm;
  private @Nullable ContextCarriers carriers;

  /**
   * @param plainResults whether results are written by JDK serialisation
   */
  WorkerCodec(TaskSerializer serializer, CodeLoaders loaders, boolean plainResults) {
    this.serializer = serializer;
    this.values = new ValueCodec(serializer, loaders);
    this.results = plainResults ? new ValueCodec(TaskSerializer.jdk(), loaders) : values;
    this.calls = new CallCodec(serializer, values, number -> null);
  }

  /** Arguments. */
  ValueCodec values() {
    return values;
  }

  /** Results. */
  ValueCodec results() {
    return results;
  }

  /** The work of calls. */
  CallCodec calls() {
    return calls;
  }

  /** What goes along with tasks; loaded with the first that anything does. */
  ContextCarriers carriers() {
    ContextCarriers loaded = carriers;
    if (loaded == null) {
      loaded = ContextCarriers.load(values.loaders().own());
      byte @Nullable [] unused = loaded.capture(); // loads the libraries behind them
      carriers = loaded;
    }
    return loaded;
  }

  /**
   * Reads and runs a call of no consequence, so that the first real one finds loaded what that
   * takes: 2 milliseconds on JDK 17 and 6 on 25, which a worker has that waits.
   */
  void rehearse() {
    if (!(serializer instanceof ForySerializer)
        || System.getProperty(WorkerMain.NO_REHEARSAL) != null) {
      return; // another one is the user's code
    }
    int captured = 1;
    Task<Integer> sample = () -> captured;
    CallCodec stage = new CallCodec(serializer, values, LambdaTable::definition);
    try {
      byte[] call = stage.encode(sample);
      Object result = CallKind.CALLABLE.run(stage.decode(call, 0, call.length));
      byte[] unused = values.encode(result);
    } catch (Exception | LinkageError e) {
      // The first call will say so, if it is hit by that as well.
    }
  }

  /** Has the serializer do its slow first-time work, once. */
  void warmUp() {
    if (!warm) {
      warm = true;
      serializer.warmUp();
    }
  }
}

package dev.procession.internal.parent;

import dev.procession.CrashReport;
import dev.procession.PoolListener;
import dev.procession.WorkerSnapshot;
import dev.procession.internal.flight.FlightLog;
import dev.procession.internal.flight.FlightLog.TaskFlight;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the pool's listeners, each event to one after another, in order and on the callback
 * executor; and the flight recorder.
 */
final class PoolEvents {
  private final String pool;
  private final List<PoolListener> listeners = new CopyOnWriteArrayList<>();
  private final CallbackRunner callbacks;
  private final SerialQueue queue;

  PoolEvents(String pool, PoolListener listener, CallbackRunner callbacks) {
    this.pool = pool;
    this.callbacks = callbacks;
    this.queue = new SerialQueue(callbacks);
    if (listener != PoolListener.NONE) {
      listeners.add(listener);
    }
  }

  void add(PoolListener listener) {
    listeners.add(listener);
  }

  void remove(PoolListener listener) {
    listeners.remove(listener);
  }

  void workerReady(WorkerSnapshot worker) {
    tell(listener -> listener.workerReady(pool, Fleet.measured(worker))); // which reads files
  }

  /** A worker of another machine is ready, which has been measured there. */
  void workerReadyElsewhere(WorkerSnapshot worker) {
    tell(listener -> listener.workerReady(pool, worker));
  }

  void workerEnded(CrashReport report) {
    FlightLog.ended(report);
    tell(listener -> listener.workerEnded(pool, report));
  }

  /** Has something done once listeners have heard all that has happened until now. */
  void whenTold(Runnable then) {
    enqueue("the end of the events", then);
  }

  /** A task is done; its story may have to be read back first, which may run code of the user's. */
  void taskDone(TaskFuture<?> future, @Nullable TaskFlight flight) {
    tell(listener -> listener.taskDone(pool, future.info()));
    if (flight != null) {
      enqueue("the flight recorder", () -> flight.write(pool, future.info()));
    }
  }

  private void tell(Consumer<PoolListener> event) {
    for (PoolListener listener : listeners) {
      enqueue("the pool's listener", () -> event.accept(listener));
    }
  }

  private void enqueue(String whom, Runnable event) {
    queue.add(() -> callbacks.guarded(whom, event));
    queue.run();
  }
}

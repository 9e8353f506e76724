package dev.procession.internal.parent;

import dev.procession.CrashReport;
import dev.procession.PoolListener;
import dev.procession.WorkerSnapshot;

/** Tells the pool's listener, in order and on the callback executor. */
final class PoolEvents {
  private final String pool;
  private final PoolListener listener;
  private final CallbackRunner callbacks;
  private final SerialQueue queue;

  PoolEvents(String pool, PoolListener listener, CallbackRunner callbacks) {
    this.pool = pool;
    this.listener = listener;
    this.callbacks = callbacks;
    this.queue = new SerialQueue(callbacks);
  }

  void workerReady(WorkerSnapshot worker) {
    tell(() -> listener.workerReady(pool, worker));
  }

  void workerEnded(CrashReport report) {
    tell(() -> listener.workerEnded(pool, report));
  }

  void taskDone(TaskFuture<?> future) {
    if (listener != PoolListener.NONE) {
      tell(() -> listener.taskDone(pool, future.info()));
    }
  }

  private void tell(Runnable event) {
    if (listener != PoolListener.NONE) {
      queue.add(() -> callbacks.guarded("the pool's listener", event));
      queue.run();
    }
  }
}

package dev.procession.internal.flight;

import jdk.jfr.Label;

/** What the events of a worker's life have. */
abstract class WorkerEvent extends PoolEvent {
  @Label("Worker")
  int worker;

  @Label("Worker Process Id")
  long workerPid;

  /** Which worker it is of. */
  void of(String pool, int worker, long pid) {
    this.pool = pool;
    this.worker = worker;
    this.workerPid = pid;
  }
}

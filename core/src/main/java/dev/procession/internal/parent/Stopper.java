package dev.procession.internal.parent;

import dev.procession.ExitReason;
import dev.procession.WorkerState;
import dev.procession.internal.parent.PendingTask.Place;
import dev.procession.observe.TaskSpan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Ends tasks before they end themselves: cancels those that wait, stops those that run.
 *
 * <p>Any thread may call it, except where a method says that it holds the scheduler's lock. Futures
 * are told after the lock is released.
 */
final class Stopper {
  private final Scheduler scheduler;
  private final LocalServices pool;
  private final PoolConfig config;
  private final IntakeLock<PendingTask> lock;
  private final Fleet fleet;
  private final Dispatcher dispatcher;
  private final Admission admission;

  Stopper(
      Scheduler scheduler,
      LocalServices pool,
      IntakeLock<PendingTask> lock,
      Fleet fleet,
      Dispatcher dispatcher,
      Admission admission) {
    this.scheduler = scheduler;
    this.pool = pool;
    this.config = pool.config();
    this.lock = lock;
    this.fleet = fleet;
    this.dispatcher = dispatcher;
    this.admission = admission;
  }

  /**
   * Cancels a task, if it has not ended; a begun one only if it may be interrupted.
   *
   * @return whether it is cancelled; if by another thread, that one may yet have to tell the future
   */
  boolean cancel(PendingTask task, boolean mayInterrupt) {
    WorkerSlot ended = null;
    lock.lock();
    try {
      if (!mayInterrupt && task.hasBegunBefore()) {
        return task.cancelled; // it waits for another attempt, but it did begin
      }
      if (withdraw(task)) {
        task.cancelled = true;
      } else {
        WorkerSlot slot = WorkerSlot.of(task);
        if (task.place != Place.IN_RING || slot == null || !mayInterrupt) {
          return task.cancelled;
        }
        if (stop(slot, task, ExitReason.CANCELLED)) {
          task.cancelled = task.elementsDone() < task.count;
        } else {
          ended = slot;
        }
      }
      dispatcher.dispatch();
      admission.changed();
      scheduler.endIfDone();
    } finally {
      lock.unlock();
    }
    if (ended == null) {
      task.over(null);
    } else {
      var unused = ended.drain(); // its result is there
    }
    return task.cancelled;
  }

  /** Takes a task that no worker has begun out of the queue or the ring. */
  private boolean withdraw(PendingTask task) {
    WorkerSlot slot = WorkerSlot.of(task);
    if (task.place == Place.NEW) {
      dispatcher.refuse(task);
      return true;
    }
    if (task.place == Place.QUEUED) {
      dispatcher.withdraw(task);
      return true;
    }
    if (task.place == Place.IN_RING && slot != null && slot.revoke(task)) {
      dispatcher.settle(task);
      if (slot.state == WorkerState.RETIRING) {
        fleet.endIfEmpty(slot);
      }
      return true;
    }
    return false;
  }

  /**
   * Stops a begun task: interrupts it and has the worker killed if it lives on. Under the lock.
   *
   * @return false if it has ended already: its result is in the ring, and another may have begun
   */
  boolean stop(WorkerSlot slot, PendingTask task, ExitReason reason) {
    dispatcher.takeBack(slot, slot.tasksInRing());
    // Now nothing more can begin there. If something has, behind this task, this task has ended.
    if (slot.isFollowed(task)) {
      return false;
    }
    if (task.count > 1) {
      slot.cut(task.sequence);
    }
    task.begunAt = slot.begunAt(task);
    Observation observation = pool.observation();
    if (observation != null) {
      String why = reason == ExitReason.TIMED_OUT ? "overran its deadline" : "cancelled";
      observation.activity().cutOff(slot, task, System.nanoTime(), TaskSpan.End.STOPPED, why);
    }
    dispatcher.settle(task);
    slot.endReason = reason;
    slot.stoppedTask = task.name();
    slot.stoppedAfter = Duration.ofNanos(System.nanoTime() - task.begunAt);
    fleet.retire(slot, reason);
    if (config.killGrace().isZero()) {
      slot.killAt = Nanos.NEVER;
      pool.inBackground(slot.process::kill);
    } else {
      slot.interrupt(task.sequence);
      slot.killAt = Nanos.later(System.nanoTime(), config.killGrace().toNanos());
      scheduler.wakeBy(slot.killAt);
    }
    return true;
  }

  /** Cancels what no worker has begun. */
  void cancelPending() {
    List<PendingTask> withdrawn;
    lock.lock();
    try {
      withdrawn = withdrawAll(/* keepWork= */ false);
      admission.changed();
      scheduler.endIfDone();
    } finally {
      lock.unlock();
    }
    withdrawn.forEach(task -> task.over(null));
    scheduler.supervisor().wakeUp();
  }

  private List<PendingTask> withdrawAll(boolean keepWork) {
    for (WorkerSlot slot : fleet.slots()) {
      dispatcher.takeBack(slot, slot.tasksInRing());
      fleet.endIfEmpty(slot);
    }
    List<PendingTask> withdrawn = new ArrayList<>(dispatcher.drain());
    for (PendingTask task : withdrawn) {
      if (keepWork) {
        task.withdraw();
      }
      task.cancelled = true;
      dispatcher.settle(task);
    }
    withdrawn.sort((one, other) -> Long.compare(one.id, other.id));
    return withdrawn;
  }

  /**
   * Cancels everything, and stops what runs.
   *
   * @param keepWork whether somebody may want to run what never began
   */
  Backend.CutOff cancelAll(boolean keepWork) {
    List<PendingTask> withdrawn;
    List<PendingTask> stopped = new ArrayList<>();
    lock.lock();
    try {
      withdrawn = withdrawAll(keepWork);
      for (WorkerSlot slot : fleet.slots()) {
        for (PendingTask task : slot.tasksInRing()) {
          if (task.place == Place.IN_RING && stop(slot, task, ExitReason.CANCELLED)) {
            task.cancelled = task.elementsDone() < task.count;
            stopped.add(task);
          }
        }
      }
      for (PendingTask task : dispatcher.drainRetries()) {
        dispatcher.settle(task);
        task.cancelled = true;
        stopped.add(task);
      }
      admission.changed();
      scheduler.endIfDone();
    } finally {
      lock.unlock();
    }
    withdrawn.forEach(task -> task.over(null));
    stopped.forEach(task -> task.over(null));
    scheduler.supervisor().wakeUp();
    return new Backend.CutOff(withdrawn, stopped);
  }
}

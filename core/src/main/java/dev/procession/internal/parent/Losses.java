package dev.procession.internal.parent;

import dev.procession.BrokenProcessPoolException;
import dev.procession.CrashReport;
import dev.procession.ExitReason;
import dev.procession.WorkerStartException;
import dev.procession.WorkerState;
import dev.procession.internal.os.ByteSize;
import dev.procession.internal.parent.PendingTask.Place;
import dev.procession.observe.TaskSpan;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of workers that must not live on, and of the tasks of those that do not: they go
 * elsewhere, are begun anew, or fail; and when there is no hope for workers, the pool breaks.
 *
 * <p>Any thread may call it. Futures are told after the scheduler's lock is released.
 */
final class Losses {
  private static final Logger LOG = LoggerFactory.getLogger(Losses.class);

  /** Reasons for which a worker that is not ready yet is ended. */
  private static final Set<ExitReason> BEFORE_READY =
      EnumSet.of(ExitReason.PROTOCOL_ERROR, ExitReason.MEMORY_LIMIT, ExitReason.KILLED);

  private final Scheduler scheduler;
  private final LocalServices pool;
  private final PoolConfig config;
  private final IntakeLock<PendingTask> lock;
  private final Fleet fleet;
  private final Dispatcher dispatcher;
  private final Admission admission;

  Losses(
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

  /** The worker broke the protocol or its channel: it is killed, the reaper does the rest. */
  void breakOff(WorkerSlot slot, String why, @Nullable Throwable cause) {
    LOG.warn("[{}] worker {} (pid {}) is killed: {}", config.name(), slot.number, slot.pid(), why);
    LOG.debug("[{}] the cause", config.name(), cause);
    blame(slot, ExitReason.PROTOCOL_ERROR);
    pool.inBackground(slot.process::kill);
  }

  /** As the other method: what the worker wrote cannot be read. */
  void breakOff(WorkerSlot slot, Throwable unreadable) {
    breakOff(slot, "what it wrote is not the protocol: " + unreadable, unreadable);
  }

  /** A result of that process was an attack on this one. */
  void attackedBy(long pid) {
    for (WorkerSlot slot : pool.scheduler().workers()) {
      if (slot.pid() == pid) {
        breakOff(slot, "a result of it brings a class that is known to be used in attacks", null);
      }
    }
  }

  /** The worker is killed at once, and that is the end of the task it has begun. */
  void condemn(WorkerSlot slot, ExitReason reason) {
    lock.lock();
    try {
      if (slot.state == WorkerState.DEAD || slot.stoppedTask != null) {
        return; // it is being ended already, for another reason
      }
      fleet.retire(slot, reason);
    } finally {
      lock.unlock();
    }
    slot.process.kill();
  }

  /** An operator wants it to end when it has done what it runs. */
  void retire(WorkerSlot slot) {
    lock.lock();
    try {
      if (slot.isAlive()) {
        dispatcher.takeBack(slot, slot.tasksInRing());
        if (slot.inRing == 0) {
          fleet.stop(slot, ExitReason.RETIRED);
        } else {
          slot.lastLine(); // if its task crashes, that is the reason of its end
        }
        dispatcher.dispatch();
        admission.changed();
      }
    } finally {
      lock.unlock();
    }
  }

  /** An operator wants it to end at once. */
  void killByOrder(WorkerSlot slot) {
    LOG.info("[{}] worker {} is killed by order of an observer", config.name(), slot.number);
    lock.lock();
    try {
      if (slot.stoppedTask == null) { // else it ends for that reason, only sooner
        slot.process.detail("It was killed by order of somebody who observed the pool.");
        slot.killedByOrder = true;
        fleet.retire(slot, ExitReason.KILLED);
      }
    } finally {
      lock.unlock();
    }
    slot.process.kill();
  }

  /** The worker has grown too large: it is replaced between two tasks, once there is another. */
  void recycle(WorkerSlot slot, long residentBytes) {
    lock.lock();
    try {
      if (!slot.outgrown && slot.isAlive()) {
        slot.outgrown = true;
        LOG.debug(
            "[{}] worker {} holds {} and will be replaced",
            config.name(),
            slot.number,
            ByteSize.text(residentBytes));
        fleet.keepSpares();
        fleet.relieveOutgrown();
        dispatcher.dispatch();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The worker's process has ended or is about to: it gets no more tasks. */
  boolean closing(WorkerSlot slot) {
    lock.lock();
    try {
      // One that was ended before it was ready is RETIRING, but it never started all the same.
      boolean wasStarting =
          slot.state == WorkerState.STARTING
              || (slot.readyAt == 0
                  && slot.endReason != null
                  && BEFORE_READY.contains(slot.endReason));
      slot.closedAt = System.nanoTime();
      if (slot.state != WorkerState.DEAD) {
        slot.moveTo(WorkerState.RETIRING);
      }
      return wasStarting;
    } finally {
      lock.unlock();
    }
  }

  /** The reason of the worker's end, unless one is known. */
  void blame(WorkerSlot slot, ExitReason reason) {
    lock.lock();
    try {
      fleet.retire(slot, reason);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The worker's process is gone and its last results were read: gives what it had not begun back
   * to the queue.
   *
   * @return the tasks it had begun and that are not begun anew, each settled
   */
  List<PendingTask> lost(WorkerSlot slot) {
    List<PendingTask> begun = new ArrayList<>();
    List<PendingTask> cut = new ArrayList<>();
    lock.lock();
    try {
      dispatcher.takeBack(slot, slot.tasksInRing());
      for (PendingTask task : slot.tasksInRing()) {
        slot.forget(task);
        if (task.place == Place.OVER) {
          continue;
        }
        fleet.proven(slot);
        task.begunAt = slot.begunAt(task);
        task.lostAt = Math.max(task.begunAt, slot.closedAt);
        int next = task.elementsDone();
        int running = slot.runningElement(); // what the worker says, which may be nonsense
        boolean isBetween = running >= 0 && running < next;
        Observation observation = pool.observation();
        ActivityLog activity = observation == null ? null : observation.activity();
        if (isBetween || next >= task.count) { // it ended between two elements: none is to blame
          if (activity != null) {
            activity.cutBetween(slot, task, task.lostAt);
          }
          dispatcher.addFirst(task.restAfter(next - 1));
          dispatcher.settle(task);
          cut.add(task);
          continue;
        }
        dispatcher.addFirst(task.restAfter(next));
        boolean again = !scheduler.isEnding() && dispatcher.retry(task);
        if (activity != null) {
          tell(activity, slot, task, again);
        }
        if (!again) {
          dispatcher.settle(task);
          begun.add(task);
        }
      }
      fleet.dead(slot);
      dispatcher.dispatch();
      admission.changed();
    } finally {
      lock.unlock();
    }
    cut.forEach(task -> task.over(null));
    return begun;
  }

  private static void tell(ActivityLog activity, WorkerSlot slot, PendingTask task, boolean again) {
    String why =
        slot.endReason == null ? "its worker crashed" : "its worker was ended, " + slot.endReason;
    if (again) {
      activity.cutOffForNow(slot, task, task.lostAt, why + "; it is run anew");
    } else {
      activity.cutOff(slot, task, task.lostAt, TaskSpan.End.CRASHED, why);
    }
  }

  /** Nothing is left of the worker. */
  void removed(WorkerSlot slot) {
    lock.lock();
    try {
      fleet.remove(slot);
      scheduler.endIfDone();
    } finally {
      lock.unlock();
    }
  }

  /**
   * A worker could not be started. If no other worker is there to do the work, or may yet be, the
   * tasks that wait fail, unless the next start may well succeed; it is put off, twice as long each
   * time, and after a number of failures the pool is broken.
   *
   * @param byChance whether what ended the worker had nothing to do with it
   */
  void startFailed(WorkerSlot slot, boolean byChance, Supplier<WorkerStartException> failure) {
    List<PendingTask> failed = List.of();
    lock.lock();
    try {
      fleet.startFailed(slot);
      if (!byChance && !fleet.anyAlive() && !scheduler.isEnding() && !fleet.isHopeless()) {
        failed = drainWaiting();
        failed.forEach(dispatcher::settle);
        admission.changed();
      }
      scheduler.endIfDone();
    } finally {
      lock.unlock();
    }
    WorkerStartException example = failure.get();
    LOG.error("[{}] {}", config.name(), example.getMessage());
    for (PendingTask task : failed) {
      task.over(failure.get());
    }
    breakIfHopeless(example.report(), String.valueOf(example.getMessage()), example.getCause());
  }

  /** A worker could not be started in a way that will not be tried again: another one is. */
  void startedInVain(WorkerSlot slot) {
    lock.lock();
    try {
      slot.moveTo(WorkerState.DEAD);
      dispatcher.dispatch();
    } finally {
      lock.unlock();
    }
  }

  /** Breaks the pool if workers only ever end before they begin a task, and none is left. */
  void breakIfHopeless(CrashReport last, String text, @Nullable Throwable cause) {
    lock.lock();
    try {
      if (!fleet.isHopeless() || fleet.anyReady()) {
        return;
      }
    } finally {
      lock.unlock();
    }
    breakPool(
        Fleet.HOPELESS_AFTER
            + " workers in a row ended before they could run a task. Mend the cause and build a"
            + " new pool. The last one: "
            + text,
        last,
        cause);
  }

  /** Takes out everything that no worker has: the queue and what waits for another attempt. */
  private List<PendingTask> drainWaiting() {
    List<PendingTask> waiting = new ArrayList<>(dispatcher.drain());
    waiting.addAll(dispatcher.drainRetries());
    return waiting;
  }

  /** Nothing can run any more: every task fails, the workers are killed, and the pool ends. */
  void breakPool(String why, @Nullable CrashReport lastReport, @Nullable Throwable cause) {
    String text = "pool '" + config.name() + "' is broken: " + why;
    List<PendingTask> failed;
    lock.lock();
    try {
      if (!scheduler.moveToBroken(() -> new BrokenProcessPoolException(text, lastReport, cause))) {
        return;
      }
      failed = drainWaiting();
      for (WorkerSlot slot : fleet.slots()) {
        failed.addAll(slot.tasksInRing());
        fleet.retire(slot, ExitReason.CANCELLED);
      }
      failed.removeIf(task -> task.place == Place.OVER);
      for (PendingTask task : failed) {
        WorkerSlot in = WorkerSlot.of(task);
        if (in != null && task.isClaimed()) {
          task.begunAt = in.begunAt(task);
        }
        dispatcher.settle(task);
      }
      admission.changed();
      scheduler.endIfDone();
    } finally {
      lock.unlock();
    }
    LOG.error("[{}] the pool is broken: {}", config.name(), why, cause);
    pool.inBackground(scheduler::killAll);
    for (PendingTask task : failed) {
      task.over(new BrokenProcessPoolException(text, lastReport, cause));
    }
  }
}

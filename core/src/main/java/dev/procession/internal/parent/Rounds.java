package dev.procession.internal.parent;

import dev.procession.ExitReason;
import dev.procession.PoolState;
import dev.procession.TaskTimeoutException;
import dev.procession.WorkerState;
import dev.procession.internal.parent.PendingTask.Place;
import java.time.Duration;
import java.util.List;

/**
 * What becomes due with time: kills, deadlines, idle workers, and lines behind a long call. Guarded
 * as a whole by the scheduler's lock.
 */
final class Rounds {
  /** How often prefetched tasks are looked after, at the most, while there are any. */
  static final long TICK_NANOS = 1_000_000;

  /** More than a process waits for its turn on a machine that has more to run than processors. */
  private static final long LONG_NANOS = 20_000_000;

  /** No worker process is ready sooner. */
  static final long START_NANOS = 20_000_000;

  /** A worker that starts is looked at each millisecond, and less often once that is so few. */
  private static final int LOOKS_PER_START = 50;

  /**
   * How long a worker has to say what its threads do before it is killed all the same. With a few
   * others on two processors it has taken more than 300 ms.
   */
  private static final long DUMP_NANOS = 1_000_000_000;

  private final Scheduler scheduler;
  private final LocalServices pool;
  private final PoolConfig config;
  private final Fleet fleet;
  private final Dispatcher dispatcher;
  private final ProcessWatch watch;

  Rounds(Scheduler scheduler, LocalServices pool, Fleet fleet, Dispatcher dispatcher) {
    this.scheduler = scheduler;
    this.pool = pool;
    this.config = pool.config();
    this.fleet = fleet;
    this.dispatcher = dispatcher;
    this.watch = new ProcessWatch(pool);
  }

  /** A worker was given work: when somebody is to look at it, at the latest. */
  long lookBy(WorkerSlot slot) {
    if (slot.lookAt == Nanos.NEVER) {
      slot.lookAt = System.nanoTime() + watch.intervalNanos();
    }
    return slot.lookAt;
  }

  /**
   * Does what is due at a worker.
   *
   * @param after collects what is to be done when the lock is released
   * @return when to come again
   */
  long check(WorkerSlot slot, long now, List<Runnable> after) {
    long next = checkStart(slot, now, after); // first: one that is ready has come in time
    next = Math.min(next, checkKill(slot, now, after));
    next = Math.min(next, checkDeadline(slot, now, after));
    next = Math.min(next, checkLine(slot, now));
    next = Math.min(next, checkLong(slot, now));
    next = Math.min(next, checkLook(slot, now, after));
    return Math.min(next, checkIdle(slot, now));
  }

  /**
   * A worker whose channel is not there yet cannot ring: whether it is ready, and what it has done,
   * is for the parent to see.
   */
  private long checkStart(WorkerSlot slot, long now, List<Runnable> after) {
    if (slot.channel() != null || !slot.isAlive()) {
      return Nanos.NEVER;
    }
    long age = now - slot.createdAt;
    if (slot.state == WorkerState.STARTING) {
      if (!slot.process.hasStartTimedOut() && slot.noteAnnouncement()) {
        slot.killAt = Nanos.NEVER;
        after.add(() -> scheduler.ready(slot));
      }
    } else if (age > config.startTimeout().toNanos()) {
      scheduler.losses().breakOff(slot, "it has not connected within the start timeout", null);
      return Nanos.NEVER;
    }
    return Math.max(
        slot.createdAt + START_NANOS, now + Math.max(TICK_NANOS, age / LOOKS_PER_START));
  }

  private long checkKill(WorkerSlot slot, long now, List<Runnable> after) {
    if (slot.killAt > now || slot.state == WorkerState.DEAD) {
      return slot.killAt;
    }
    if (slot.stoppedTask != null && !slot.stopSent && !slot.askedForThreads) {
      slot.askForThreads();
      slot.killAt = now + DUMP_NANOS;
      return slot.killAt;
    }
    slot.killAt = Nanos.NEVER;
    if (slot.state == WorkerState.STARTING) {
      slot.process.startTimedOut();
      if (!slot.process.wasLaunched()) {
        after.add(() -> scheduler.supervisor().giveUp(slot));
        return Nanos.NEVER;
      }
    }
    pool.inBackground(slot.process::kill);
    return Nanos.NEVER;
  }

  private long checkDeadline(WorkerSlot slot, long now, List<Runnable> after) {
    if (slot.checkAt > now) {
      return slot.checkAt;
    }
    slot.checkAt = Nanos.NEVER;
    for (PendingTask task : slot.tasksInRing()) {
      if (task.timeoutNanos == 0 || task.place != Place.IN_RING) {
        continue;
      }
      boolean claimed = slot.isClaimed(task.sequence);
      long deadline = Nanos.later(claimed ? slot.begunAt(task) : now, task.timeoutNanos);
      int running = claimed ? slot.runningElement() : 0;
      if (deadline > now) {
        slot.checkAt = Math.min(slot.checkAt, deadline);
      } else if (slot.hasResults() || running != task.elementsDone()) {
        slot.checkAt = now + TICK_NANOS; // its results are still to be read
      } else if (timeOut(slot, task, running, now, after)) {
        break;
      } else {
        slot.checkAt = now + TICK_NANOS;
      }
    }
    return slot.checkAt;
  }

  /** Returns false if the element has ended this instant. */
  private boolean timeOut(
      WorkerSlot slot, PendingTask task, int element, long now, List<Runnable> after) {
    if (task.count > 1) {
      slot.cut(task.sequence);
      if (slot.runningElement() != element) {
        slot.cut(0);
        return false;
      }
    }
    if (!scheduler.stopper().stop(slot, task, ExitReason.TIMED_OUT)) {
      return false;
    }
    Duration ran = Duration.ofNanos(now - task.begunAt);
    dispatcher.addFirst(task.restAfter(element));
    WorkerProcess process = slot.process;
    String name = task.name();
    String text = ExitReports.timedOutText(config, slot, task, ran);
    Observation observation = pool.observation();
    if (observation != null) {
      observation.failures().report(task.id, text);
    }
    TaskTimeoutException failure =
        new TaskTimeoutException(text, () -> process.report(ExitReason.TIMED_OUT, name, ran), null);
    after.add(() -> task.over(failure));
    return true;
  }

  private long checkLine(WorkerSlot slot, long now) {
    PendingTask oldest = slot.oldest();
    if (oldest == null || slot.state == WorkerState.DEAD) {
      slot.lastTickOldest = 0;
      return Nanos.NEVER;
    }
    boolean lastOfLine = slot.inRing == 1 && slot.lastTickOldest != 0;
    if (slot.inRing < 2 && (!lastOfLine || slot.isClaimed(oldest.sequence))) {
      slot.lastTickOldest = 0;
      return Nanos.NEVER;
    }
    if (!slot.accused && slot.hasLeftOut(oldest)) {
      slot.accused = true;
      scheduler.losses().breakOff(slot, "it has left out call " + oldest.sequence, null);
      slot.lastTickOldest = 0;
      return Nanos.NEVER;
    }
    if (slot.lastTickOldest == oldest.sequence && slot.isClaimed(oldest.sequence)) {
      slot.longAt = slot.slow ? slot.longAt : now + LONG_NANOS;
      slot.slow = true; // until it ends that call, nothing is put behind it
      dispatcher.takeBack(slot, slot.tasksInRing());
    }
    slot.lastTickOldest = oldest.sequence;
    return now + dispatcher.tickNanos();
  }

  /** A slow call that takes so long that it cannot be for want of a processor is a long one. */
  private long checkLong(WorkerSlot slot, long now) {
    if (slot.longAt <= now) {
      slot.longAt = Nanos.NEVER;
      dispatcher.learn(LONG_NANOS, /* cpuNanos= */ 0, 1);
    }
    return slot.longAt;
  }

  private long checkLook(WorkerSlot slot, long now, List<Runnable> after) {
    boolean works = slot.inRing > 0 || (watch.watchesIdle() && slot.process.wasLaunched());
    if (!works || slot.state == WorkerState.DEAD) {
      slot.lookAt = Nanos.NEVER;
      return Nanos.NEVER;
    }
    if (slot.lookAt <= now && slot.looking.compareAndSet(false, true)) {
      after.add(() -> pool.inBackground(() -> watch.look(slot)));
    }
    if (slot.lookAt <= now || slot.lookAt == Nanos.NEVER) {
      slot.lookAt = now + watch.intervalNanos();
    }
    return slot.lookAt;
  }

  private long checkIdle(WorkerSlot slot, long now) {
    if (slot.state != WorkerState.IDLE || scheduler.state() != PoolState.RUNNING) {
      return Nanos.NEVER;
    }
    long due = Nanos.later(slot.idleSince, config.idleTimeout().toNanos());
    if (due > now) {
      return due;
    }
    if (slot.isSpare() ? fleet.surplusSpares() > 0 : fleet.usable() > config.minWorkers()) {
      fleet.stop(slot, ExitReason.RETIRED);
    }
    return Nanos.NEVER;
  }
}

package dev.procession.internal.parent;

import dev.procession.BrokenProcessPoolException;
import dev.procession.ExitReason;
import dev.procession.PoolSnapshot;
import dev.procession.PoolState;
import dev.procession.WhenFull;
import dev.procession.WorkerSnapshot;
import dev.procession.WorkerState;
import dev.procession.internal.parent.PendingTask.Place;
import dev.procession.internal.wire.SegmentRef;
import dev.procession.internal.wire.WireException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which worker gets which task, and keeps the account of both.
 *
 * <p>Any thread may call it. It has the pool's only lock; nothing under the lock blocks, runs user
 * code or completes a future: what is decided there is carried out after it is released.
 */
final class Scheduler {
  private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

  private final PoolServices pool;
  private final PoolConfig config;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition notFull = lock.newCondition();

  // Guarded by lock.
  private final Fleet fleet;
  private final Dispatcher dispatcher;
  private final Rounds rounds;
  private int copies;

  private final AtomicLong ids = new AtomicLong();
  private volatile boolean anticipated;
  private volatile PoolState state = PoolState.RUNNING;
  private volatile @Nullable Supervisor supervisor;

  Scheduler(PoolServices pool) {
    this.pool = pool;
    this.config = pool.config();
    this.fleet = new Fleet(this, pool);
    this.dispatcher = new Dispatcher(this, fleet);
    this.rounds = new Rounds(this, pool, fleet, dispatcher);
  }

  /** Begins work: starts the workers that are wanted before the first task. */
  void start(Supervisor supervisor) {
    this.supervisor = supervisor;
    lock.lock();
    try {
      for (int i = 0; i < config.minWorkers(); i++) {
        fleet.start(/* spare= */ false);
      }
      fleet.keepSpares();
    } finally {
      lock.unlock();
    }
  }

  Supervisor supervisor() {
    Supervisor started = supervisor;
    if (started == null) {
      throw new IllegalStateException("pool '" + config.name() + "' was not started");
    }
    return started;
  }

  /** Something is to be done at that nanoTime. */
  void wakeBy(long nanoTime) {
    supervisor().wakeBy(nanoTime);
  }

  PoolState state() {
    return state;
  }

  /* ---- Submitting ---- */

  /** An id for a task that is about to be submitted. */
  long nextId() {
    return ids.incrementAndGet();
  }

  /**
   * The first task is about to be encoded, which takes long once: its worker may start meanwhile.
   */
  void anticipate() {
    if (anticipated) {
      return;
    }
    lock.lock();
    try {
      if (!anticipated && state == PoolState.RUNNING && fleet.slots().isEmpty()) {
        fleet.start(/* spare= */ false);
        fleet.keepSpares();
      }
      anticipated = true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes a task.
   *
   * @throws RejectedExecutionException if the pool is shut down, or full and not to be waited for
   */
  void submit(PendingTask task) {
    lock.lock();
    try {
      awaitRoom();
      dispatcher.accept(task);
    } finally {
      lock.unlock();
    }
  }

  private void awaitRoom() {
    checkOpen();
    while (dispatcher.unfinished() >= config.maxPending()
        && dispatcher.pending() >= config.maxPending()) {
      if (config.whenFull() == WhenFull.REJECT) {
        throw new RejectedExecutionException(
            "pool '"
                + config.name()
                + "' is full: "
                + dispatcher.pending()
                + " tasks wait, maxPending is "
                + config.maxPending());
      }
      try {
        notFull.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new RejectedExecutionException(
            "interrupted while waiting for room in pool '" + config.name() + "'", e);
      }
      checkOpen();
    }
  }

  private void checkOpen() {
    if (state != PoolState.RUNNING) {
      throw new RejectedExecutionException(
          "pool '" + config.name() + "' is shut down (" + state + ") and takes no more tasks");
    }
  }

  /** The worker with that number, if it is still starting. */
  @Nullable WorkerSlot startingWorker(int number) {
    lock.lock();
    try {
      return fleet.starting(number);
    } finally {
      lock.unlock();
    }
  }

  /** A worker has warmed up and run its initializer. */
  void ready(WorkerSlot slot) {
    WorkerSnapshot snapshot;
    lock.lock();
    try {
      if (slot.state != WorkerState.STARTING) {
        return;
      }
      fleet.ready(slot);
      snapshot = Fleet.snapshotOf(slot);
      if (state == PoolState.STOPPING) {
        fleet.stop(slot, ExitReason.RETIRED);
      } else {
        dispatcher.dispatch();
        dispatcher.refill(slot);
        wakeBy(Nanos.later(slot.idleSince, config.idleTimeout().toNanos()));
      }
    } finally {
      lock.unlock();
    }
    pool.events().workerReady(snapshot);
  }

  /* ---- Results ---- */

  /**
   * Takes account of results that were read, before their futures are completed: so that who
   * submits again after {@code get()} finds the worker free. Results nobody may see any more are
   * dropped from the batch.
   */
  void finished(WorkerSlot slot, List<WorkerSlot.Reported> batch) throws WireException {
    lock.lock();
    try {
      long runNanos = 0;
      int ended = 0;
      for (int i = 0; i < batch.size(); i++) {
        WorkerSlot.Reported reported = batch.get(i);
        boolean alive = reported.task().place != Place.OVER;
        if (alive && reported.toCopy() != null) {
          copies++;
        }
        if (reported.isLast()) {
          try {
            finishedOne(slot, reported);
          } catch (WireException e) {
            batch.subList(i, batch.size()).clear(); // what is settled is still delivered
            throw e;
          }
          runNanos += reported.result().runNanos();
          ended++;
        }
        if (!alive) {
          batch.remove(i--);
        }
      }
      if (ended > 0) {
        dispatcher.learn(runNanos, ended);
        afterResults(slot);
      }
    } finally {
      lock.unlock();
    }
  }

  private void finishedOne(WorkerSlot slot, WorkerSlot.Reported reported) throws WireException {
    PendingTask task = reported.task();
    PendingTask oldest = slot.oldest();
    if (oldest != task) {
      throw new WireException(
          oldest == null || oldest.sequence > task.sequence
              ? "a second end of call " + task.sequence + " in one batch"
              : "the end of call " + task.sequence + ", but not of " + oldest.sequence);
    }
    slot.forget(task);
    slot.slow = false;
    slot.tasksDone += reported.result().element() + 1;
    if (reported.isSpent() || task.place == Place.OVER) {
      fleet.retire(slot, ExitReason.OUT_OF_MEMORY);
      dispatcher.takeBack(slot, slot.tasksInRing());
    }
    if (task.place != Place.OVER) {
      task.begunAt = reported.result().begunAt();
      dispatcher.settle(task);
      dispatcher.addFirst(task.restAfter(reported.result().element()));
    }
  }

  private void afterResults(WorkerSlot slot) {
    if (slot.state == WorkerState.RETIRING) {
      fleet.endIfEmpty(slot);
      dispatcher.dispatch();
    } else if (slot.budget <= 0 && slot.inRing == 0) {
      fleet.stop(slot, ExitReason.RETIRED);
      dispatcher.dispatch();
    } else {
      dispatcher.refill(slot);
      if (slot.inRing == 0 && slot.state == WorkerState.BUSY) {
        slot.moveTo(WorkerState.IDLE);
        slot.idleSince = System.nanoTime();
        wakeBy(Nanos.later(slot.idleSince, config.idleTimeout().toNanos()));
      }
    }
    notFull.signalAll();
    endIfDone();
  }

  void copyEnded() {
    lock.lock();
    try {
      copies--;
      endIfDone();
    } finally {
      lock.unlock();
    }
  }

  /** A large payload lies beside the ring, or could not be put there. */
  void loaded(
      WorkerSlot slot,
      WorkerSlot.Loading call,
      @Nullable SegmentRef ref,
      @Nullable Throwable failure) {
    boolean lost = false;
    lock.lock();
    try {
      if (slot.state == WorkerState.DEAD) {
        return;
      }
      if (failure != null && call.isStillIn(slot) && slot.revoke(call.task())) {
        dispatcher.settle(call.task());
        lost = true;
      }
      try {
        slot.publishLoaded(call, ref);
        slot.wake();
      } catch (WireException e) {
        breakOff(slot, "what it wrote is not the protocol: " + e, e);
      }
      afterResults(slot);
      dispatcher.dispatch();
    } finally {
      lock.unlock();
    }
    if (lost) {
      call.task().over(failure);
    }
  }

  /* ---- Stopping tasks ---- */

  /**
   * Cancels a task, if it has not ended; a begun one only if it may be interrupted.
   *
   * @return whether it is cancelled; if by another thread, that one may yet have to tell the future
   */
  boolean cancel(PendingTask task, boolean mayInterrupt) {
    lock.lock();
    try {
      if (!withdraw(task)) {
        WorkerSlot slot = task.slot;
        if (task.place != Place.IN_RING || slot == null || !mayInterrupt) {
          return task.cancelled;
        }
        stop(slot, task, ExitReason.CANCELLED);
      }
      task.cancelled = true;
      dispatcher.dispatch();
      notFull.signalAll();
      endIfDone();
    } finally {
      lock.unlock();
    }
    task.over(null);
    return true;
  }

  /** Takes a task that no worker has begun out of the queue or the ring. */
  private boolean withdraw(PendingTask task) {
    WorkerSlot slot = task.slot;
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

  /** Stops a begun task: interrupts it and has the worker killed if it lives on. */
  void stop(WorkerSlot slot, PendingTask task, ExitReason reason) {
    task.begunAt = slot.begunAt(task);
    dispatcher.settle(task);
    slot.endReason = reason;
    fleet.retire(slot, reason);
    dispatcher.takeBack(slot, slot.tasksInRing());
    if (config.killGrace().isZero()) {
      slot.killAt = System.nanoTime();
      pool.background().execute(slot.process::kill);
    } else {
      slot.interrupt(task.sequence);
      slot.killAt = Nanos.later(System.nanoTime(), config.killGrace().toNanos());
      wakeBy(slot.killAt);
    }
  }

  /* ---- The supervisor's rounds ---- */

  /** Does what has become due and returns when to come again. */
  long rounds() {
    List<Runnable> after = new ArrayList<>();
    long next = Nanos.NEVER;
    lock.lock();
    try {
      long now = System.nanoTime();
      for (WorkerSlot slot : List.copyOf(fleet.slots())) {
        next = Math.min(next, rounds.check(slot, now, after));
      }
      dispatcher.dispatch();
      long startAt = fleet.nextStartAt();
      next = startAt > now ? Math.min(next, startAt) : next;
      endIfDone();
    } finally {
      lock.unlock();
    }
    after.forEach(Runnable::run);
    return next;
  }

  /** Workers whose rings are to be looked at; an immutable copy. */
  List<WorkerSlot> workers() {
    lock.lock();
    try {
      return List.copyOf(fleet.slots());
    } finally {
      lock.unlock();
    }
  }

  /* ---- Lost workers ---- */

  /** The worker broke the protocol or its channel: it is killed, the reaper does the rest. */
  void breakOff(WorkerSlot slot, String why, @Nullable Throwable cause) {
    LOG.warn("[{}] worker {} (pid {}) is killed: {}", config.name(), slot.number, slot.pid(), why);
    LOG.debug("[{}] the cause", config.name(), cause);
    lock.lock();
    try {
      fleet.retire(slot, ExitReason.PROTOCOL_ERROR);
    } finally {
      lock.unlock();
    }
    pool.background().execute(slot.process::kill);
  }

  /** The worker's process has ended or is about to: it gets no more tasks. */
  boolean closing(WorkerSlot slot) {
    lock.lock();
    try {
      // One that broke the protocol before it was ready is RETIRING, but it never started all the
      // same.
      boolean wasStarting =
          slot.state == WorkerState.STARTING
              || (!slot.wasReady && slot.endReason == ExitReason.PROTOCOL_ERROR);
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
   * @return the tasks it had begun, each settled
   */
  List<PendingTask> lost(WorkerSlot slot) {
    List<PendingTask> begun = new ArrayList<>();
    lock.lock();
    try {
      dispatcher.takeBack(slot, slot.tasksInRing());
      for (PendingTask task : slot.tasksInRing()) {
        slot.forget(task);
        if (task.place == Place.OVER) {
          continue;
        }
        task.begunAt = slot.begunAt(task);
        task.lostAt = Math.max(task.begunAt, slot.closedAt);
        dispatcher.settle(task);
        begun.add(task);
        dispatcher.addFirst(task.restAfter(task.elementsDone()));
      }
      fleet.dead(slot);
      dispatcher.dispatch();
      notFull.signalAll();
    } finally {
      lock.unlock();
    }
    return begun;
  }

  /** Nothing is left of the worker. */
  void removed(WorkerSlot slot) {
    lock.lock();
    try {
      fleet.slots().remove(slot);
      endIfDone();
    } finally {
      lock.unlock();
    }
  }

  /**
   * A worker could not be started. If no other worker is there to do the work, or may yet be, the
   * tasks that wait fail; otherwise the next start is put off, twice as long each time.
   */
  void startFailed(WorkerSlot slot, Supplier<RuntimeException> failure) {
    List<PendingTask> failed = List.of();
    lock.lock();
    try {
      fleet.startFailed(slot);
      boolean othersWork = fleet.slots().stream().anyMatch(Fleet::isAlive);
      if (!othersWork && state != PoolState.STOPPING) {
        failed = dispatcher.drain();
        failed.forEach(dispatcher::settle);
        notFull.signalAll();
      }
      endIfDone();
    } finally {
      lock.unlock();
    }
    LOG.error("[{}] {}", config.name(), failure.get().getMessage());
    for (PendingTask task : failed) {
      task.over(failure.get());
    }
  }

  /* ---- Shutting down ---- */

  void shutdown() {
    lock.lock();
    try {
      if (state == PoolState.RUNNING) {
        state = PoolState.DRAINING;
        LOG.info("[{}] shutting down; {} tasks unfinished", config.name(), dispatcher.unfinished());
      }
      notFull.signalAll();
      endIfDone();
    } finally {
      lock.unlock();
    }
    supervisor().wakeUp();
  }

  /** Cancels what no worker has begun; returns it in order, its work kept. */
  List<PendingTask> cancelPending() {
    List<PendingTask> withdrawn = new ArrayList<>();
    lock.lock();
    try {
      for (WorkerSlot slot : fleet.slots()) {
        dispatcher.takeBack(slot, slot.tasksInRing());
        fleet.endIfEmpty(slot);
      }
      withdrawn.addAll(dispatcher.drain());
      for (PendingTask task : withdrawn) {
        task.withdrawn = task.payload;
        task.cancelled = true;
        dispatcher.settle(task);
      }
      withdrawn.sort((one, other) -> Long.compare(one.id, other.id));
      notFull.signalAll();
      endIfDone();
    } finally {
      lock.unlock();
    }
    withdrawn.forEach(task -> task.over(null));
    supervisor().wakeUp();
    return withdrawn;
  }

  /** Cancels what runs and stops it. */
  boolean stopRunning() {
    List<PendingTask> stopped = new ArrayList<>();
    lock.lock();
    try {
      for (WorkerSlot slot : fleet.slots()) {
        for (PendingTask task : slot.tasksInRing()) {
          if (task.place == Place.IN_RING) {
            stop(slot, task, ExitReason.CANCELLED);
            task.cancelled = true;
            stopped.add(task);
          }
        }
      }
      endIfDone();
    } finally {
      lock.unlock();
    }
    stopped.forEach(task -> task.over(null));
    supervisor().wakeUp();
    return !stopped.isEmpty();
  }

  /** Kills every worker without waiting for anything. */
  void killAll() {
    for (WorkerSlot slot : workers()) {
      slot.process.kill();
    }
  }

  private void endIfDone() {
    if (state == PoolState.DRAINING && dispatcher.unfinished() == 0 && copies == 0) {
      state = PoolState.STOPPING;
      for (WorkerSlot slot : List.copyOf(fleet.slots())) {
        fleet.stop(slot, ExitReason.RETIRED);
      }
    }
    if (state == PoolState.STOPPING && fleet.slots().isEmpty()) {
      supervisor().end();
    }
  }

  /** The supervisor has cleared up. */
  void terminated() {
    state = PoolState.TERMINATED;
    LOG.info("[{}] ended", config.name());
  }

  /** The supervisor itself failed: nothing can run any more. */
  void broken(Throwable cause) {
    LOG.error("[{}] the supervisor failed; the pool is broken", config.name(), cause);
    List<PendingTask> failed;
    lock.lock();
    try {
      state = PoolState.STOPPING;
      failed = new ArrayList<>(dispatcher.drain());
      for (WorkerSlot slot : fleet.slots()) {
        failed.addAll(slot.tasksInRing());
      }
      failed.removeIf(task -> task.place == Place.OVER);
      failed.forEach(dispatcher::settle);
      notFull.signalAll();
    } finally {
      lock.unlock();
    }
    killAll();
    for (PendingTask task : failed) {
      task.over(
          new BrokenProcessPoolException(
              "pool '" + config.name() + "' is broken: its supervisor failed with " + cause,
              cause));
    }
  }

  /* ---- Snapshot ---- */

  /** The pool's state for the end of a message. */
  String oneLine() {
    PoolSnapshot now = snapshot();
    return "Pool: "
        + counted(now.workers().size(), "worker")
        + ", "
        + counted(now.running(), "task")
        + " running, "
        + now.pending()
        + " waiting.";
  }

  private static String counted(int count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }

  PoolSnapshot snapshot() {
    lock.lock();
    try {
      int running = fleet.running();
      return new PoolSnapshot(
          config.name(),
          state,
          fleet.snapshots(),
          dispatcher.unfinished() - running,
          running,
          pool.counters().completed(),
          pool.counters().failed(),
          pool.counters().cancelled(),
          fleet.restarts());
    } finally {
      lock.unlock();
    }
  }
}

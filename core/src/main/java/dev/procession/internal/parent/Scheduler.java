package dev.procession.internal.parent;

import dev.procession.BrokenProcessPoolException;
import dev.procession.ExitReason;
import dev.procession.PoolSnapshot;
import dev.procession.PoolState;
import dev.procession.WorkerSnapshot;
import dev.procession.WorkerState;
import dev.procession.internal.parent.PendingTask.Place;
import dev.procession.internal.wire.Frames;
import dev.procession.internal.wire.RegionLayout;
import dev.procession.internal.wire.SegmentRef;
import dev.procession.internal.wire.WireException;
import dev.procession.observe.Activity;
import dev.procession.observe.NameCount;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
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

  private final LocalServices pool;
  private final PoolConfig config;
  private final IntakeLock<PendingTask> lock = new IntakeLock<>(this::takeIn);

  // Guarded by lock.
  private final Fleet fleet;
  private final Dispatcher dispatcher;
  private final Rounds rounds;
  private final Admission admission;
  private int copies;
  private @Nullable PendingTask submitting; // by the thread that holds the lock
  private @Nullable Runnable ownCopy; // of that task's payload

  private final Stopper stopper;
  private final Losses losses;

  private final AtomicLong ids = new AtomicLong();
  private volatile boolean anticipated;
  private volatile PoolState state = PoolState.RUNNING;

  /** Makes the exception of a pool that is broken; a new one for each who meets it. */
  private volatile @Nullable Supplier<BrokenProcessPoolException> brokenBy;

  private volatile @Nullable Supervisor supervisor;
  private volatile boolean exiting;

  Scheduler(LocalServices pool) {
    this.pool = pool;
    this.config = pool.config();
    this.fleet = new Fleet(this, pool);
    this.dispatcher = new Dispatcher(this, fleet);
    this.rounds = new Rounds(this, pool, fleet, dispatcher);
    this.admission = new Admission(config, dispatcher, lock.newCondition());
    this.stopper = new Stopper(this, pool, lock, fleet, dispatcher, admission);
    this.losses = new Losses(this, pool, lock, fleet, dispatcher, admission);
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

  /** A task has left the queue: who waits for room looks again. */
  void madeRoom() {
    admission.changed();
  }

  /** Ends tasks. */
  Stopper stopper() {
    return stopper;
  }

  /** Ends workers, and takes account of their end. */
  Losses losses() {
    return losses;
  }

  /** Something is to be done at that nanoTime. */
  void wakeBy(long nanoTime) {
    supervisor().wakeBy(nanoTime);
  }

  /** A worker was given work after it had none: somebody is to look at its process now and then. */
  void watch(WorkerSlot slot) {
    wakeBy(rounds.lookBy(slot));
  }

  PoolState state() {
    return state;
  }

  /** Whether nothing is run any more and the pool is ending or has ended. */
  boolean isEnding() {
    return state.compareTo(PoolState.STOPPING) >= 0;
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
   * @throws BrokenProcessPoolException if the pool is broken
   */
  void submit(PendingTask task) {
    if (config.isBounded() || task.size() > RegionLayout.MAX_INLINE) {
      var unused = submitBy(task, 0);
      return;
    }
    if (lock.tryLock()) {
      try {
        checkOpen();
        dispatcher.accept(task);
      } finally {
        lock.unlock();
      }
      return;
    }
    checkOpen();
    lock.leave(task);
    if (state != PoolState.RUNNING && lock.takeBack(task)) {
      checkOpen();
    }
  }

  /** Takes a task that was submitted while the lock was held. Under the lock. */
  private void takeIn(PendingTask task) {
    try {
      dispatcher.accept(task);
    } catch (RuntimeException | Error e) { // no thread for another worker, for example
      LOG.error("[{}] task {} may have to wait for long", config.name(), task.id, e);
    }
  }

  /**
   * Takes a task as {@link #submit} does, but waits for room until a deadline at most.
   *
   * @param deadline a nanoTime, 0 for none
   * @return false if there was no room in time
   */
  boolean submitBy(PendingTask task, long deadline) {
    lock.lock();
    try {
      if (!admission.await(task, this::checkOpen, deadline)) {
        return false;
      }
      submitting = task;
      dispatcher.accept(task);
      return true;
    } finally {
      unlockAndCopy();
    }
  }

  /** Takes a task as {@link #submit} does, or returns false if the pool is full. */
  boolean offer(PendingTask task) {
    lock.lock();
    try {
      checkOpen();
      if (admission.isFull(task.size())) {
        return false;
      }
      submitting = task;
      dispatcher.accept(task);
      return true;
    } finally {
      unlockAndCopy();
    }
  }

  /**
   * Has a payload copied beside a ring: by the thread that submits the task if it goes to a worker
   * at once and takes less time than to wake another thread, else in the background.
   */
  void copy(PendingTask task, Runnable copy) {
    if (task == submitting && task.size() <= WorkerSlot.COPY_HERE) {
      ownCopy = copy;
    } else {
      pool.inBackground(copy);
    }
  }

  private void unlockAndCopy() {
    Runnable copy = ownCopy;
    ownCopy = null;
    submitting = null;
    lock.unlock();
    if (copy != null) {
      copy.run();
    }
  }

  /** Ends a task that was not taken, if it was not. */
  void drop(PendingTask task) {
    lock.lock();
    try {
      if (task.place == PendingTask.Place.NEW) {
        dispatcher.refuse(task);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether not even the smallest task would be taken now. */
  boolean isFull() {
    lock.lock();
    try {
      checkOpen();
      return admission.isFull(0);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns if the pool takes tasks.
   *
   * @throws BrokenProcessPoolException if it is broken
   * @throws RejectedExecutionException if it is shut down, or the JVM is exiting
   */
  void checkOpen() {
    Supplier<BrokenProcessPoolException> why = brokenBy;
    if (why != null) {
      throw why.get();
    }
    if (exiting) {
      throw new RejectedExecutionException(
          "pool '" + config.name() + "' takes no more tasks: the JVM is exiting");
    }
    if (state != PoolState.RUNNING) {
      throw Admission.closed(config.name(), state);
    }
  }

  /** The worker with that number, or null if there is none. */
  @Nullable WorkerSlot worker(int number) {
    lock.lock();
    try {
      return fleet.worker(number);
    } finally {
      lock.unlock();
    }
  }

  /** What workers have done since, what they have not ended aside. */
  Activity activitySince(ActivityLog log, long from, int most) {
    lock.lock();
    try {
      fleet.slots().forEach(log::close);
    } finally {
      lock.unlock();
    }
    return log.since(from, most);
  }

  /** How far the tasks of each name are. */
  List<NameCount> countsByName(ActivityLog log) {
    NameCounts counts = pool.expectedOfMaps();
    lock.lock();
    try {
      dispatcher.countWaiting(counts);
      fleet.slots().forEach(counts::of);
      log.tallies().forEach(counts::ended);
    } finally {
      lock.unlock();
    }
    return counts.all();
  }

  /** Has the workers say how their JVMs fare, for who looks. */
  void askForVitals() {
    workers().stream()
        .filter(slot -> slot.isAlive() && slot.state != WorkerState.STARTING)
        .forEach(WorkerSlot::askForVitals);
  }

  /** What workers have been given of the task with that number: parts of a chunk may be several. */
  List<PendingTask> inRings(long id) {
    lock.lock();
    try {
      return fleet.slots().stream()
          .flatMap(slot -> slot.tasksInRing().stream())
          .filter(task -> task.id == id)
          .toList();
    } finally {
      lock.unlock();
    }
  }

  /** Whether there is or has been a worker with that number. */
  boolean hadWorker(int number) {
    lock.lock();
    try {
      return fleet.hadWorker(number);
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
      if (slot.flight != null) {
        slot.flight.ready(config.name(), snapshot);
      }
      if (isEnding()) {
        fleet.stop(slot, ExitReason.RETIRED);
      } else {
        fleet.keepSpares();
        fleet.relieveOutgrown();
        dispatcher.dispatch();
        dispatcher.refill(slot);
        wakeBy(Nanos.later(slot.idleSince, config.idleTimeout().toNanos()));
      }
    } finally {
      lock.unlock();
    }
    pool.events().workerReady(snapshot);
  }

  /** Has so many workers run tasks at the most, from now on. */
  void limitWorkers(int workers) {
    lock.lock();
    try {
      fleet.limit(workers);
      for (WorkerSlot slot : fleet.slots()) {
        if (slot.isInLastLine()) {
          dispatcher.takeBack(slot, slot.tasksInRing());
        }
      }
      dispatcher.dispatch();
    } finally {
      lock.unlock();
    }
  }

  /** The calls that workers have begun, as far as their results were not read. */
  List<PendingTask> begun() {
    List<PendingTask> begun = new ArrayList<>();
    lock.lock();
    try {
      for (WorkerSlot slot : fleet.working()) {
        for (PendingTask task : slot.tasksInRing()) {
          if (task.isClaimed()) {
            begun.add(task);
          }
        }
      }
    } finally {
      lock.unlock();
    }
    return begun;
  }

  /* ---- Results ---- */

  /** Whether several threads submit at a time. */
  boolean isContended() {
    return lock.isContended();
  }

  /** How long a caller may spin for a result; alone, if no other spins for the same worker. */
  long callerSpinNanos(boolean alone, long wakingNanos) {
    return Fleet.callerSpinNanos(dispatcher.runsShortTasks(), alone, wakingNanos);
  }

  /**
   * Takes account of results that were read, before their futures are completed: so that who
   * submits again after {@code get()} finds the worker free.
   *
   * <p>All of the batch is to be delivered, also after a violation: its outcomes are decided.
   *
   * @param over takes the tasks that are over without a result of their own
   * @throws WireException if the calls did not end in their order; those before that did
   */
  void finished(WorkerSlot slot, List<WorkerSlot.Reported> batch, List<PendingTask> over)
      throws WireException {
    WireException violation = null;
    lock.lock();
    try {
      long runNanos = 0;
      long cpuNanos = 0;
      int ended = 0;
      for (WorkerSlot.Reported reported : batch) {
        if (reported.counts() && reported.toCopy() != null) {
          copies++;
        }
        if (reported.counts() && reported.result().status() != Frames.VALUE) {
          slot.tasksFailed++;
          Observation observation = pool.observation();
          if (observation != null) {
            observation.activity().failed(slot, reported.task(), reported.result());
          }
        }
        if (!reported.isLast() || violation != null) {
          continue;
        }
        try {
          if (finishedOne(slot, reported)) {
            over.add(reported.task());
          }
          runNanos += dispatcher.plausible(reported.result().runNanos());
          cpuNanos += reported.result().cpuNanos();
          ended++;
        } catch (WireException e) {
          violation = e;
        }
      }
      if (ended > 0) {
        dispatcher.learn(runNanos, cpuNanos, ended);
        afterResults(slot);
      }
    } finally {
      lock.unlock();
    }
    if (violation != null) {
      throw violation;
    }
  }

  /** Returns whether the task is over with elements left that are now another task. */
  private boolean finishedOne(WorkerSlot slot, WorkerSlot.Reported reported) throws WireException {
    PendingTask task = reported.task();
    PendingTask oldest = slot.oldest();
    if (oldest != task) {
      throw new WireException(
          oldest == null || oldest.sequence > task.sequence
              ? "a second end of call " + task.sequence + " in one batch"
              : "the end of call " + task.sequence + ", but not of " + oldest.sequence);
    }
    slot.forget(task);
    int elements = reported.result().element() + (reported.isCut() ? 0 : 1);
    slot.slow = false;
    slot.longAt = Nanos.NEVER;
    fleet.proven(slot);
    slot.tasksDone += elements;
    boolean wasStopped = task.place == Place.OVER;
    if (reported.isSpent() || wasStopped) {
      fleet.retire(slot, ExitReason.OUT_OF_MEMORY);
      dispatcher.takeBack(slot, slot.tasksInRing());
    }
    if (wasStopped) {
      slot.killAt = Nanos.NEVER; // it has ended by itself; the worker may end in good order
      return false;
    }
    task.begunAt = reported.result().begunAt();
    Observation observation = pool.observation();
    if (observation != null) {
      observation.activity().ended(slot, task, reported.result(), elements);
    }
    dispatcher.addFirst(task.restAfter(elements - 1));
    dispatcher.settle(task);
    return reported.isCut();
  }

  private void afterResults(WorkerSlot slot) {
    if (slot.state == WorkerState.RETIRING) {
      fleet.endIfEmpty(slot);
      dispatcher.dispatch();
    } else if ((slot.budget() <= 0 || slot.isInLastLine()) && slot.inRing == 0) {
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
    admission.changed();
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
        losses.breakOff(slot, e);
      }
      afterResults(slot);
      dispatcher.dispatch();
    } finally {
      lock.unlock();
    }
    if (lost && failure != null) {
      call.task().over(unsendable(failure));
    }
  }

  private static Throwable unsendable(Throwable failure) {
    return failure instanceof IOException e
        ? new UncheckedIOException(
            "the task found no room on its way to a worker: " + e.getMessage(), e)
        : failure;
  }

  /** Sends a message to every worker that has a channel. */
  void tellAll(ByteBuffer message) {
    for (WorkerSlot slot : workers()) {
      slot.send(message.duplicate());
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

  /* ---- Shutting down ---- */

  void shutdown() {
    lock.lock();
    try {
      if (state == PoolState.RUNNING) {
        moveTo(PoolState.DRAINING);
        LOG.info("[{}] shutting down; {} tasks unfinished", config.name(), dispatcher.unfinished());
      }
      admission.changed();
      endIfDone();
    } finally {
      lock.unlock();
    }
    supervisor().wakeUp();
  }

  /** Kills every worker without waiting for anything. */
  void killAll() {
    for (WorkerSlot slot : workers()) {
      slot.process.kill();
    }
  }

  /** Moves on towards the end of the pool if nothing is left to do. Under the lock. */
  void endIfDone() {
    if (state == PoolState.DRAINING && dispatcher.unfinished() == 0 && copies == 0) {
      state = PoolState.STOPPING;
      for (WorkerSlot slot : List.copyOf(fleet.slots())) {
        fleet.stop(slot, ExitReason.RETIRED);
      }
    }
    if (isEnding() && fleet.slots().isEmpty()) {
      supervisor().end();
    }
  }

  /** The JVM is exiting: nothing is started or taken any more, and nobody is waited for. */
  void exiting() {
    lock.lock();
    try {
      exiting = true;
      state = PoolState.TERMINATED;
      admission.changed();
    } finally {
      lock.unlock();
    }
  }

  /** Under the lock; returns false if the pool has ended or is broken already. */
  boolean moveToBroken(Supplier<BrokenProcessPoolException> why) {
    if (!state.canMoveTo(PoolState.BROKEN)) {
      return false;
    }
    brokenBy = why;
    moveTo(PoolState.BROKEN);
    return true;
  }

  /**
   * Closes the pool. Who leaves a task looks at the state afterwards, so it is either taken in here
   * or taken back there.
   */
  private void moveTo(PoolState closed) {
    state = closed;
    lock.takeInAll();
  }

  /** The supervisor has cleared up. */
  void terminated() {
    state = PoolState.TERMINATED;
    LOG.info("[{}] ended", config.name());
  }

  /* ---- Snapshot ---- */

  /** The pool's state for the end of a message. */
  String oneLine() {
    PoolSnapshot now = snapshotOfTasks();
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
    PoolSnapshot snapshot = snapshotOfTasks();
    return new PoolSnapshot(
        snapshot.name(),
        snapshot.state(),
        snapshot.workers().stream().map(Fleet::measured).toList(),
        snapshot.minWorkers(),
        snapshot.maxWorkers(),
        snapshot.pending(),
        snapshot.running(),
        snapshot.completed(),
        snapshot.failed(),
        snapshot.cancelled(),
        snapshot.restarts(),
        snapshot.memoryLimitBytes());
  }

  private PoolSnapshot snapshotOfTasks() {
    lock.lock();
    try {
      int running = fleet.running();
      return new PoolSnapshot(
          config.name(),
          state,
          fleet.snapshots(),
          config.minWorkers(),
          config.workers(),
          dispatcher.unfinished() - running,
          running,
          pool.counters().completed(),
          pool.counters().failed(),
          pool.counters().cancelled(),
          fleet.restarts(),
          config.memoryLimit());
    } finally {
      lock.unlock();
    }
  }
}

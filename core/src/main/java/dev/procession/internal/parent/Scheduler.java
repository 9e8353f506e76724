package dev.procession.internal.parent;

import dev.procession.BrokenProcessPoolException;
import dev.procession.ExitReason;
import dev.procession.PoolSnapshot;
import dev.procession.PoolState;
import dev.procession.TaskTimeoutException;
import dev.procession.WhenFull;
import dev.procession.WorkerSnapshot;
import dev.procession.WorkerState;
import dev.procession.internal.parent.PendingTask.Place;
import dev.procession.internal.wire.SegmentRef;
import dev.procession.internal.wire.WireException;
import java.time.Duration;
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
  /*
   * Prefetch.    A worker whose tasks are short gets several at once, so that it never waits for the
   *              parent: as many as it will run in about PREFETCH_NANOS, by the running mean of run
   *              times, and one more than it runs while tasks take less than PREFETCH_ONE_NANOS. Tasks
   *              longer than that are not prefetched at all.
   *
   * Fairness.    A prefetched task must not sit behind a long one while another worker idles, nor be
   *              overtaken for long. So a worker that runs dry while the queue is empty takes half of
   *              what the fullest other worker has not begun; and the supervisor, which looks every
   *              TICK_NANOS while anything is prefetched, puts what waits behind a call that has not
   *              ended since its last look back to the front of the queue. Both are revocations by
   *              compare-and-set, so a task that a worker begins at that instant simply stays.
   *
   * Order.       Tasks leave the queue first in, first out, and come back to its front.
   *
   * Pending      tasks, for maxPending, are those in the queue and those in a ring behind the first.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

  private static final long PREFETCH_NANOS = 500_000;
  private static final long PREFETCH_ONE_NANOS = 10_000_000;
  private static final int MOST_PREFETCHED = 512;

  /** How often the supervisor looks after prefetched tasks, while there are any. */
  static final long TICK_NANOS = 1_000_000;

  /** A worker asked to stop has this long to run its shutdown hooks. */
  private static final long STOP_GRACE_NANOS = 5_000_000_000L;

  private static final long SPIN_NANOS = 20_000;
  private static final int CPUS = Runtime.getRuntime().availableProcessors();
  private static final long FIRST_BACKOFF_NANOS = 100_000_000;
  private static final int MOST_DOUBLINGS = 8;

  private final PoolServices pool;
  private final PoolConfig config;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition notFull = lock.newCondition();

  // Guarded by lock.
  private final TaskQueue queue = new TaskQueue();
  private final List<WorkerSlot> slots = new ArrayList<>();
  private int unfinished;
  private int copies;
  private int lastNumber;
  private long restarts;
  private int startFailures;
  private long nextStartAt;
  private double meanRunNanos = -1;

  private final AtomicLong ids = new AtomicLong();
  private volatile boolean anticipated;
  private volatile PoolState state = PoolState.RUNNING;
  private volatile @Nullable Supervisor supervisor;

  Scheduler(PoolServices pool) {
    this.pool = pool;
    this.config = pool.config();
  }

  /** Begins work: starts the workers that are wanted before the first task. */
  void start(Supervisor supervisor) {
    this.supervisor = supervisor;
    lock.lock();
    try {
      for (int i = 0; i < config.minWorkers(); i++) {
        startWorker(/* spare= */ false);
      }
      keepSpares();
    } finally {
      lock.unlock();
    }
  }

  private Supervisor supervisor() {
    Supervisor started = supervisor;
    if (started == null) {
      throw new IllegalStateException("pool '" + config.name() + "' was not started");
    }
    return started;
  }

  PoolState state() {
    return state;
  }

  long callerSpinNanos() {
    return CPUS > 1 ? SPIN_NANOS : 0;
  }

  private int workerSpinNanos() {
    return (int) (CPUS > 1 && slots.size() <= CPUS ? SPIN_NANOS : 0);
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
      if (!anticipated && state == PoolState.RUNNING && slots.isEmpty()) {
        startWorker(/* spare= */ false);
        keepSpares();
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
      unfinished++;
      if (!queue.isEmpty() || !placeAnywhere(task)) {
        queue.addLast(task);
      }
      ensureWorkers();
    } finally {
      lock.unlock();
    }
  }

  private void awaitRoom() {
    checkOpen();
    while (unfinished >= config.maxPending() && pending() >= config.maxPending()) {
      if (config.whenFull() == WhenFull.REJECT) {
        throw new RejectedExecutionException(
            "pool '"
                + config.name()
                + "' is full: "
                + pending()
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

  /** A point in time some nanoseconds later, or {@code Long.MAX_VALUE}, which never comes. */
  private static long later(long nanoTime, long nanos) {
    long sum = nanoTime + nanos;
    return nanos > 0 && sum < nanoTime ? Long.MAX_VALUE : sum;
  }

  private int pending() {
    int pending = queue.size();
    for (WorkerSlot slot : slots) {
      pending += Math.max(0, slot.inRing - 1);
    }
    return pending;
  }

  /* ---- Placing: under the lock ---- */

  /** How many calls the worker may have in its ring. */
  private int depth(WorkerSlot slot) {
    if (slot.slow || meanRunNanos < 0 || meanRunNanos > PREFETCH_ONE_NANOS) {
      return 1;
    }
    return 2 + (int) Math.min(MOST_PREFETCHED, PREFETCH_NANOS / (meanRunNanos + 1));
  }

  /**
   * Gives the task to an idle worker, or to the one with the shortest line if it may have a line.
   */
  private boolean placeAnywhere(PendingTask task) {
    WorkerSlot best = null;
    for (WorkerSlot slot : slots) {
      if (slot.takesTasks() && (best == null || slot.inRing < best.inRing)) {
        best = slot;
        if (slot.inRing == 0) {
          break;
        }
      }
    }
    return best != null && best.inRing < depth(best) && place(best, task);
  }

  private boolean place(WorkerSlot slot, PendingTask task) {
    if (slot.inRing == 0 && busy() >= config.workers()) {
      return false; // it is there early, for a worker at its task limit that still runs its last
    }
    if (task.count > slot.budget) {
      PendingTask rest = task.cutAt(slot.budget);
      unfinished++;
      queue.addFirst(rest);
    }
    try {
      if (!slot.put(task, workerSpinNanos())) {
        return false;
      }
    } catch (WireException e) {
      breakOff(slot, "what it wrote is not the protocol: " + e, e);
      return false;
    }
    if (task.timeoutNanos > 0) {
      slot.checkAt = Math.min(slot.checkAt, later(task.placedAt, task.timeoutNanos));
      supervisor().wakeBy(slot.checkAt);
    }
    if (slot.inRing == 2) {
      supervisor().wakeBy(task.placedAt + TICK_NANOS);
    }
    slot.wake();
    if (slot.budget <= 0) {
      ensureWorkers();
    }
    return true;
  }

  /** Fills the worker's line from the queue, or else from another worker's line. */
  private void refill(WorkerSlot slot) {
    int depth = depth(slot);
    if (slot.inRing > depth / 2 && slot.inRing > 1) {
      return;
    }
    while (slot.takesTasks() && slot.inRing < depth && placeFirst(slot)) {
      // one more
    }
    if (slot.inRing == 0 && slot.takesTasks() && queue.isEmpty() && busy() < config.workers()) {
      takeFromFullest(slot);
    }
  }

  private boolean placeFirst(WorkerSlot slot) {
    PendingTask task = queue.peek();
    if (task == null) {
      return false;
    }
    queue.removeFirst();
    if (place(slot, task)) {
      return true;
    }
    queue.addFirst(task);
    return false;
  }

  private void takeFromFullest(WorkerSlot idle) {
    WorkerSlot fullest = null;
    for (WorkerSlot slot : slots) {
      if (slot.inRing > 1 && (fullest == null || slot.inRing > fullest.inRing)) {
        fullest = slot;
      }
    }
    if (fullest != null) {
      List<PendingTask> line = fullest.tasksInRing();
      takeBack(fullest, line.subList((line.size() + 1) / 2, line.size()));
      while (idle.takesTasks() && idle.inRing < depth(idle) && placeFirst(idle)) {
        // one more
      }
    }
  }

  /** Puts calls that the worker has not begun back to the front of the queue. */
  private void takeBack(WorkerSlot slot, List<PendingTask> line) {
    for (int i = line.size() - 1; i >= 0; i--) {
      PendingTask task = line.get(i);
      if (task.place == Place.IN_RING && slot.revoke(task)) {
        task.slot = null;
        task.place = Place.QUEUED;
        queue.addFirst(task);
      }
    }
  }

  /** Gives what waits to whoever is free. */
  private void dispatch() {
    PendingTask task;
    while ((task = queue.peek()) != null) {
      queue.removeFirst();
      if (!placeAnywhere(task)) {
        queue.addFirst(task);
        break;
      }
    }
    ensureWorkers();
  }

  /* ---- Workers: under the lock ---- */

  /** Not so of a worker that is gone but whose last output is still being read. */
  private static boolean isAlive(WorkerSlot slot) {
    return slot.state != WorkerState.RETIRING && slot.state != WorkerState.DEAD;
  }

  private int usable() {
    int usable = 0;
    for (WorkerSlot slot : slots) {
      if (!slot.spare && isAlive(slot) && slot.budget > 0) {
        usable++;
      }
    }
    return usable;
  }

  private int busy() {
    int busy = 0;
    for (WorkerSlot slot : slots) {
      if (slot.state == WorkerState.BUSY && slot.inRing > 0) {
        busy++;
      }
    }
    return busy;
  }

  private int starting() {
    int starting = 0;
    for (WorkerSlot slot : slots) {
      if (!slot.spare && slot.state == WorkerState.STARTING) {
        starting++;
      }
    }
    return starting;
  }

  /** Starts workers for tasks that wait, a spare first if one is ready. */
  private void ensureWorkers() {
    if ((queue.isEmpty() && usable() >= config.minWorkers())
        || state == PoolState.STOPPING
        || state == PoolState.TERMINATED) {
      return;
    }
    int usable = usable();
    int wanted = Math.min(queue.size() - starting(), config.workers() - usable);
    if (state == PoolState.RUNNING) {
      wanted = Math.max(wanted, config.minWorkers() - usable);
    }
    for (int i = 0; i < wanted; i++) {
      WorkerSlot spare = readySpare();
      if (spare != null) {
        spare.spare = false;
        refill(spare);
      } else if (mayStart(/* urgent= */ usable + i == 0 && !queue.isEmpty())) {
        startWorker(/* spare= */ false);
      } else {
        supervisor().wakeBy(nextStartAt);
        break;
      }
    }
    keepSpares();
  }

  /**
   * Whether to start one more worker now. After a failed start the next one waits until the one
   * that is under way, if any, has shown whether workers can be started at all, and until the pause
   * is over; only tasks that nobody else can run cut the pause short.
   */
  private boolean mayStart(boolean urgent) {
    if (startFailures == 0) {
      return true;
    }
    return slots.stream().noneMatch(slot -> slot.state == WorkerState.STARTING)
        && (urgent || System.nanoTime() - nextStartAt >= 0);
  }

  private @Nullable WorkerSlot readySpare() {
    for (WorkerSlot slot : slots) {
      if (slot.spare && slot.state == WorkerState.IDLE) {
        return slot;
      }
    }
    return null;
  }

  private void keepSpares() {
    if (state != PoolState.RUNNING || config.spareWorkers() == 0) {
      return;
    }
    int spares = 0;
    for (WorkerSlot slot : slots) {
      if (slot.spare && isAlive(slot)) {
        spares++;
      }
    }
    while (spares < config.spareWorkers() && mayStart(/* urgent= */ false)) {
      startWorker(/* spare= */ true);
      spares++;
    }
  }

  private void startWorker(boolean spare) {
    int number = ++lastNumber;
    int budget = config.maxTasksPerWorker() == 0 ? Integer.MAX_VALUE : config.maxTasksPerWorker();
    WorkerProcess process = new WorkerProcess(pool, number);
    WorkerSlot slot = new WorkerSlot(pool, number, spare, budget, process);
    slots.add(slot);
    Supervisor guardian = supervisor();
    slot.killAt = later(slot.createdAt, config.startTimeout().toNanos());
    guardian.wakeBy(slot.killAt);
    pool.background().execute(() -> guardian.launch(slot));
  }

  /** The worker with that number, if it is still starting. */
  @Nullable WorkerSlot startingWorker(int number) {
    lock.lock();
    try {
      for (WorkerSlot slot : slots) {
        if (slot.number == number && slot.state == WorkerState.STARTING) {
          return slot;
        }
      }
      return null;
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
      slot.moveTo(WorkerState.IDLE);
      slot.idleSince = System.nanoTime();
      slot.killAt = Long.MAX_VALUE;
      startFailures = 0;
      nextStartAt = slot.idleSince;
      snapshot = snapshotOf(slot, slot.idleSince);
      if (state == PoolState.STOPPING) {
        stopWorker(slot, ExitReason.RETIRED);
      } else {
        dispatch();
        refill(slot);
        supervisor().wakeBy(later(slot.idleSince, config.idleTimeout().toNanos()));
      }
    } finally {
      lock.unlock();
    }
    pool.events().workerReady(snapshot);
  }

  /** Has an idle worker end in good order, or any worker that must not be used again. */
  private void stopWorker(WorkerSlot slot, ExitReason reason) {
    if (slot.endReason == null) {
      slot.endReason = reason;
    }
    boolean starting = slot.state == WorkerState.STARTING;
    if (slot.state != WorkerState.DEAD) {
      slot.moveTo(WorkerState.RETIRING);
    }
    if (starting) {
      pool.background().execute(slot.process::kill);
      return;
    }
    endIfEmpty(slot);
  }

  private void endIfEmpty(WorkerSlot slot) {
    if (slot.state != WorkerState.RETIRING || slot.inRing > 0 || slot.stopSent) {
      return;
    }
    try {
      if (slot.putStop()) {
        slot.wake();
        slot.killAt = Math.min(slot.killAt, System.nanoTime() + STOP_GRACE_NANOS);
        supervisor().wakeBy(slot.killAt);
        return;
      }
    } catch (WireException e) {
      LOG.debug("[{}] worker {} cannot be asked to stop", config.name(), slot.number, e);
    }
    pool.background().execute(slot.process::kill);
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
        learn(runNanos, ended);
        afterResults(slot);
      }
    } finally {
      lock.unlock();
    }
  }

  private void finishedOne(WorkerSlot slot, WorkerSlot.Reported reported) throws WireException {
    PendingTask task = reported.task();
    if (!slot.forget(task)) {
      throw new WireException("a second end of call " + task.sequence + " in one batch");
    }
    slot.slow = false;
    slot.tasksDone += reported.result().element() + 1;
    if (reported.isSpent() || task.place == Place.OVER) {
      slot.endReason = slot.endReason == null ? ExitReason.OUT_OF_MEMORY : slot.endReason;
      slot.moveTo(WorkerState.RETIRING);
      takeBack(slot, slot.tasksInRing());
    }
    if (task.place != Place.OVER) {
      task.begunAt = reported.result().begunAt();
      settle(task);
      PendingTask rest = task.restAfter(reported.result().element());
      if (rest != null) {
        unfinished++;
        queue.addFirst(rest);
      }
    }
  }

  /** The task has an outcome, or will have at once. */
  private void settle(PendingTask task) {
    task.place = Place.OVER;
    task.payload = null;
    unfinished--;
  }

  private void learn(long runNanos, int ended) {
    double mean = (double) runNanos / ended;
    double weight = Math.min(0.5, ended * 0.1);
    meanRunNanos = meanRunNanos < 0 ? mean : meanRunNanos + weight * (mean - meanRunNanos);
  }

  private void afterResults(WorkerSlot slot) {
    if (slot.state == WorkerState.RETIRING) {
      endIfEmpty(slot);
      dispatch();
    } else if (slot.budget <= 0 && slot.inRing == 0) {
      stopWorker(slot, ExitReason.RETIRED);
      dispatch();
    } else {
      if (!queue.isEmpty() || slot.inRing == 0) {
        refill(slot);
      }
      if (slot.inRing == 0 && slot.state == WorkerState.BUSY) {
        slot.moveTo(WorkerState.IDLE);
        slot.idleSince = System.nanoTime();
        supervisor().wakeBy(later(slot.idleSince, config.idleTimeout().toNanos()));
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
      WorkerSlot slot, PendingTask task, @Nullable SegmentRef ref, @Nullable Throwable failure) {
    boolean lost = false;
    lock.lock();
    try {
      if (slot.state == WorkerState.DEAD) {
        return;
      }
      boolean mine = task.place == Place.IN_RING && task.slot == slot;
      if (failure != null && mine && slot.revoke(task)) {
        settle(task);
        lost = true;
      }
      try {
        slot.publishLoaded(task, ref);
        slot.wake();
      } catch (WireException e) {
        breakOff(slot, "what it wrote is not the protocol: " + e, e);
      }
      afterResults(slot);
      ensureWorkers();
    } finally {
      lock.unlock();
    }
    if (lost) {
      task.over(failure);
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
      dispatch();
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
      settle(task);
      queue.withdrawn();
      return true;
    }
    if (task.place == Place.IN_RING && slot != null && slot.revoke(task)) {
      settle(task);
      if (slot.state == WorkerState.RETIRING) {
        endIfEmpty(slot);
      }
      return true;
    }
    return false;
  }

  /** Stops a begun task: interrupts it and has the worker killed if it lives on. */
  private void stop(WorkerSlot slot, PendingTask task, ExitReason reason) {
    task.begunAt = slot.begunAt(task);
    settle(task);
    slot.endReason = reason;
    if (slot.state != WorkerState.DEAD) {
      slot.moveTo(WorkerState.RETIRING);
    }
    takeBack(slot, slot.tasksInRing());
    if (config.killGrace().isZero()) {
      slot.killAt = System.nanoTime();
      pool.background().execute(slot.process::kill);
    } else {
      slot.interrupt(task.sequence);
      slot.killAt = later(System.nanoTime(), config.killGrace().toNanos());
      supervisor().wakeBy(slot.killAt);
    }
  }

  /* ---- The supervisor's rounds ---- */

  /** Does what has become due and returns when to come again. */
  long rounds() {
    List<Runnable> after = new ArrayList<>();
    long next = Long.MAX_VALUE;
    lock.lock();
    try {
      long now = System.nanoTime();
      for (WorkerSlot slot : List.copyOf(slots)) {
        next = Math.min(next, checkKill(slot, now));
        next = Math.min(next, checkDeadline(slot, now, after));
        next = Math.min(next, checkLine(slot, now));
        next = Math.min(next, checkIdle(slot, now));
      }
      dispatch();
      if (startFailures > 0 && nextStartAt > now) {
        next = Math.min(next, nextStartAt);
      }
      endIfDone();
    } finally {
      lock.unlock();
    }
    after.forEach(Runnable::run);
    return next;
  }

  private long checkKill(WorkerSlot slot, long now) {
    if (slot.killAt > now || slot.state == WorkerState.DEAD) {
      return slot.killAt;
    }
    slot.killAt = Long.MAX_VALUE;
    if (slot.state == WorkerState.STARTING) {
      slot.process.startTimedOut();
    }
    pool.background().execute(slot.process::kill);
    return Long.MAX_VALUE;
  }

  private long checkDeadline(WorkerSlot slot, long now, List<Runnable> after) {
    if (slot.checkAt > now) {
      return slot.checkAt;
    }
    slot.checkAt = Long.MAX_VALUE;
    for (PendingTask task : slot.tasksInRing()) {
      if (task.timeoutNanos == 0 || task.place != Place.IN_RING) {
        continue;
      }
      boolean claimed = slot.isClaimed(task.sequence);
      long deadline = later(claimed ? slot.begunAt(task) : now, task.timeoutNanos);
      int running = claimed ? slot.runningElement() : 0;
      if (deadline > now) {
        slot.checkAt = Math.min(slot.checkAt, deadline);
      } else if (running != task.elementsDone()) {
        slot.checkAt = now + TICK_NANOS; // its results are still to be read
      } else {
        timeOut(slot, task, now, after);
        break;
      }
    }
    return slot.checkAt;
  }

  private void timeOut(WorkerSlot slot, PendingTask task, long now, List<Runnable> after) {
    stop(slot, task, ExitReason.TIMED_OUT);
    Duration ran = Duration.ofNanos(now - task.begunAt);
    PendingTask rest = task.restAfter(task.elementsDone());
    if (rest != null) {
      unfinished++;
      queue.addFirst(rest);
    }
    TaskTimeoutException failure =
        new TaskTimeoutException(
            ExitReports.timedOutText(config, slot, task, ran),
            slot.process.report(ExitReason.TIMED_OUT, task.name(), ran),
            null);
    after.add(() -> task.over(failure));
  }

  private long checkLine(WorkerSlot slot, long now) {
    PendingTask oldest = slot.oldest();
    if (slot.inRing < 2 || oldest == null) {
      slot.lastTickOldest = 0;
      return Long.MAX_VALUE;
    }
    if (slot.lastTickOldest == oldest.sequence && slot.isClaimed(oldest.sequence)) {
      slot.slow = true; // until it ends that call, nothing is put behind it
      takeBack(slot, slot.tasksInRing());
    }
    slot.lastTickOldest = oldest.sequence;
    return now + TICK_NANOS;
  }

  private long checkIdle(WorkerSlot slot, long now) {
    if (slot.state != WorkerState.IDLE || slot.spare || state != PoolState.RUNNING) {
      return Long.MAX_VALUE;
    }
    long due = later(slot.idleSince, config.idleTimeout().toNanos());
    if (due > now) {
      return due;
    }
    if (usable() > config.minWorkers()) {
      stopWorker(slot, ExitReason.RETIRED);
    }
    return Long.MAX_VALUE;
  }

  /** Workers whose rings are to be looked at; an immutable copy. */
  List<WorkerSlot> workers() {
    lock.lock();
    try {
      return List.copyOf(slots);
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
      if (slot.endReason == null) {
        slot.endReason = ExitReason.PROTOCOL_ERROR;
      }
      if (slot.state != WorkerState.DEAD) {
        slot.moveTo(WorkerState.RETIRING);
      }
    } finally {
      lock.unlock();
    }
    pool.background().execute(slot.process::kill);
  }

  /** The worker's process has ended or is about to: it gets no more tasks. */
  boolean closing(WorkerSlot slot) {
    lock.lock();
    try {
      boolean wasStarting = slot.state == WorkerState.STARTING;
      slot.closedAt = System.nanoTime();
      if (slot.state != WorkerState.DEAD) {
        slot.moveTo(WorkerState.RETIRING);
      }
      return wasStarting;
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
      takeBack(slot, slot.tasksInRing());
      for (PendingTask task : slot.tasksInRing()) {
        slot.forget(task);
        if (task.place == Place.OVER) {
          continue;
        }
        task.begunAt = slot.begunAt(task);
        task.lostAt = Math.max(task.begunAt, slot.closedAt);
        settle(task);
        begun.add(task);
        PendingTask rest = task.restAfter(task.elementsDone());
        if (rest != null) {
          unfinished++;
          queue.addFirst(rest);
        }
      }
      slot.moveTo(WorkerState.DEAD);
      if (slot.endReason != ExitReason.RETIRED) {
        restarts++;
      }
      dispatch();
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
      slots.remove(slot);
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
      if (slot.state != WorkerState.DEAD) {
        slot.moveTo(WorkerState.DEAD);
      }
      slots.remove(slot);
      startFailures++;
      long backoff = FIRST_BACKOFF_NANOS << Math.min(startFailures - 1, MOST_DOUBLINGS);
      nextStartAt = System.nanoTime() + backoff;
      boolean othersWork = slots.stream().anyMatch(Scheduler::isAlive);
      if (!othersWork && state != PoolState.STOPPING) {
        failed = queue.drain();
        failed.forEach(this::settle);
        notFull.signalAll();
      }
      supervisor().wakeBy(nextStartAt);
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
        LOG.info("[{}] shutting down; {} tasks unfinished", config.name(), unfinished);
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
      for (WorkerSlot slot : slots) {
        takeBack(slot, slot.tasksInRing());
        endIfEmpty(slot);
      }
      withdrawn.addAll(queue.drain());
      for (PendingTask task : withdrawn) {
        task.withdrawn = task.payload;
        task.cancelled = true;
        settle(task);
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
      for (WorkerSlot slot : slots) {
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
    if (state == PoolState.DRAINING && unfinished == 0 && copies == 0) {
      state = PoolState.STOPPING;
      for (WorkerSlot slot : List.copyOf(slots)) {
        stopWorker(slot, ExitReason.RETIRED);
      }
    }
    if (state == PoolState.STOPPING && slots.isEmpty()) {
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
      failed = new ArrayList<>(queue.drain());
      for (WorkerSlot slot : slots) {
        failed.addAll(slot.tasksInRing());
      }
      failed.removeIf(task -> task.place == Place.OVER);
      failed.forEach(this::settle);
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
        + now.workers().size()
        + " workers, "
        + now.running()
        + " tasks running, "
        + now.pending()
        + " waiting.";
  }

  PoolSnapshot snapshot() {
    List<WorkerSnapshot> workers = new ArrayList<>();
    int running = 0;
    int waiting;
    long restarted;
    lock.lock();
    try {
      long now = System.nanoTime();
      for (WorkerSlot slot : slots) {
        if (slot.state != WorkerState.DEAD) {
          workers.add(snapshotOf(slot, now));
        }
        PendingTask oldest = slot.oldest();
        if (oldest != null && oldest.place == Place.IN_RING && oldest.isClaimed()) {
          running++;
        }
      }
      waiting = unfinished - running;
      restarted = restarts;
    } finally {
      lock.unlock();
    }
    return new PoolSnapshot(
        config.name(),
        state,
        workers,
        waiting,
        running,
        pool.counters().completed(),
        pool.counters().failed(),
        pool.counters().cancelled(),
        restarted);
  }

  private static WorkerSnapshot snapshotOf(WorkerSlot slot, long now) {
    PendingTask oldest = slot.oldest();
    boolean running = oldest != null && oldest.isClaimed();
    return new WorkerSnapshot(
        slot.number,
        slot.pid(),
        slot.state,
        slot.spare,
        running && oldest != null ? oldest.name() : null,
        slot.tasksDone,
        slot.inRing - (running ? 1 : 0),
        ResidentMemory.ofProcess(slot.pid()),
        Duration.ofNanos(now - slot.createdAt));
  }
}

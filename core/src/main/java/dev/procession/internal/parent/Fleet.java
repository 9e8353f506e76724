package dev.procession.internal.parent;

import dev.procession.ExitReason;
import dev.procession.PoolState;
import dev.procession.WorkerSnapshot;
import dev.procession.WorkerState;
import dev.procession.internal.os.ProcessStatus;
import dev.procession.internal.wire.WireException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workers of a pool: starts as many as are wanted and ends those that are not. Guarded as a
 * whole by the scheduler's lock.
 */
final class Fleet {
  private static final Logger LOG = LoggerFactory.getLogger(Fleet.class);

  /** A worker asked to stop has this long to run its shutdown hooks. */
  private static final long STOP_GRACE_NANOS = 5_000_000_000L;

  /** A successor is started when its predecessor is thought to reach its task limit this soon. */
  private static final long START_AHEAD_NANOS = 2_000_000_000L;

  private static final int SPIN_NANOS = 20_000;

  /**
   * More than it takes to wake a worker and get its answer. A caller that gives up before goes to
   * sleep and has to be woken as well, by which time the worker sleeps again: a round trip of two
   * microseconds would then take a hundred and more, over and over.
   */
  static final long WAKING_NANOS = 200_000;

  /** Where it takes longer than that, as on a machine that is overloaded or asleep. */
  static final long MOST_WAKING_NANOS = 8 * WAKING_NANOS;

  static final int CPUS = Runtime.getRuntime().availableProcessors();

  /** Callers that may spin at a time: more would keep the workers from the processors. */
  static final int MOST_SPINNING = Math.max(1, CPUS - 1);

  /** The start of another spare is not to compete with the task for which one was there. */
  private static final long SPARE_PAUSE_NANOS = 30_000_000;

  private static final long FIRST_BACKOFF_NANOS = 100_000_000;

  /**
   * So many workers in a row that ended before they began a task leave no hope that the next one
   * will not; with the pauses between them that takes 13 seconds at least.
   */
  static final int HOPELESS_AFTER = 8;

  private final Scheduler scheduler;
  private final LocalServices pool;
  private final PoolConfig config;
  private final List<WorkerSlot> slots = new ArrayList<>();
  private final Occupancy occupancy = new Occupancy();
  private final Repertoire repertoire = new Repertoire();
  private int limit; // workers that may run tasks
  private final boolean mayNeedSpares; // asked for each task: a loop over all workers is too much
  private int lastNumber;
  private long restarts;
  private int failures; // workers in a row that ended before they began a task
  private int
      startsPutOff; // further reasons to wait: starts that failed before there was a process
  private long nextStartAt;
  private long sparesAt = System.nanoTime(); // none is started before

  Fleet(Scheduler scheduler, LocalServices pool) {
    this.scheduler = scheduler;
    this.pool = pool;
    this.config = pool.config();
    this.limit = config.workers();
    this.mayNeedSpares =
        config.spareWorkers() > 0 || config.maxTasksPerWorker() > 0 || config.recycleAbove() > 0;
  }

  /** The workers themselves, not a copy. */
  List<WorkerSlot> slots() {
    return slots;
  }

  /** Those of them that have calls in their ring, not a copy. */
  List<WorkerSlot> working() {
    return occupancy.working();
  }

  private void add(WorkerSlot slot) {
    slots.add(slot);
    occupancy.usableChanged();
  }

  /** A worker is gone and buried. */
  void remove(WorkerSlot slot) {
    slots.remove(slot);
    occupancy.rests(slot);
    occupancy.usableChanged();
  }

  /**
   * How long a caller may spin for a result.
   *
   * @param shortTasks whether tasks are so short that most of that time is waking
   * @param alone whether no other caller spins for the same worker
   * @param wakingNanos how long it takes to wake that worker, as far as is known
   */
  static long callerSpinNanos(boolean shortTasks, boolean alone, long wakingNanos) {
    if (CPUS == 1) {
      return 0;
    }
    return shortTasks && alone ? wakingNanos : SPIN_NANOS;
  }

  /** How long a worker may spin for a call: not at all if more work than there are processors. */
  int spinNanos() {
    return CPUS > 1 && busy() <= CPUS ? SPIN_NANOS : 0;
  }

  /** Workers that ended other than in good order. */
  long restarts() {
    return restarts;
  }

  /** When a start that was put off may be tried, or never if none was. */
  long nextStartAt() {
    return failures + startsPutOff > 0 ? nextStartAt : Nanos.NEVER;
  }

  /** Whether so many workers have failed that it makes no sense to start another. */
  boolean isHopeless() {
    return failures >= HOPELESS_AFTER;
  }

  /**
   * Whether to start one more worker now. After a failed start the next one waits until the one
   * that is under way, if any, has shown whether workers can be started at all, and until the pause
   * is over.
   */
  private boolean mayStart() {
    if (failures + startsPutOff == 0) {
      return true;
    }
    return slots.stream().noneMatch(slot -> slot.state == WorkerState.STARTING)
        && System.nanoTime() - nextStartAt >= 0;
  }

  /* ---- Starting ---- */

  /** Whether there is a worker that runs tasks or may yet. */
  boolean anyAlive() {
    return slots.stream().anyMatch(WorkerSlot::isAlive);
  }

  /** Whether there is a worker that has got as far as to be ready. */
  boolean anyReady() {
    return slots.stream().anyMatch(slot -> slot.isAlive() && slot.state != WorkerState.STARTING);
  }

  /** Workers that run tasks or will. */
  int usable() {
    return occupancy.usable(slots);
  }

  /**
   * Whether as many workers run tasks as may. So it can be although one idles: a worker at its task
   * limit is replaced before it has run its last task.
   */
  boolean isBusy() {
    return busy() >= limit;
  }

  /** A worker that is free for a task, or null. */
  @Nullable WorkerSlot idle() {
    if (working().size() == slots.size()) {
      return null;
    }
    for (WorkerSlot slot : slots) {
      if (slot.inRing == 0 && slot.takesTasks()) {
        return slot;
      }
    }
    return null;
  }

  private int busy() {
    int busy = 0;
    for (WorkerSlot slot : occupancy.working()) {
      if (slot.state == WorkerState.BUSY) {
        busy++;
      }
    }
    return busy;
  }

  private int starting() {
    int starting = 0;
    for (WorkerSlot slot : slots) {
      if (!slot.isSpare() && slot.state == WorkerState.STARTING) {
        starting++;
      }
    }
    return starting;
  }

  /**
   * Starts workers for tasks that wait, a spare first if one is ready.
   *
   * @param waiting tasks in the queue
   * @param promoted is given each spare that becomes a worker
   */
  void ensure(int waiting, Consumer<WorkerSlot> promoted) {
    PoolState state = scheduler.state();
    int usable = usable();
    keepSpares();
    boolean enough = usable >= (waiting == 0 ? least() : limit);
    if (enough || scheduler.isEnding()) {
      return;
    }
    int wanted = Math.min(waiting - starting(), limit - usable);
    if (state == PoolState.RUNNING) {
      wanted = Math.max(wanted, least() - usable);
    }
    for (int i = 0; i < wanted; i++) {
      WorkerSlot spare = spare();
      if (spare != null) {
        spare.promote();
        sparesAt = Nanos.later(System.nanoTime(), SPARE_PAUSE_NANOS);
        if (spare.state == WorkerState.IDLE) {
          promoted.accept(spare);
        }
      } else if (mayStart()) {
        start(/* spare= */ false);
      } else {
        if (nextStartAt - System.nanoTime() > 0) {
          scheduler.wakeBy(nextStartAt); // else the worker that is starting leads back here
        }
        break;
      }
    }
    keepSpares();
  }

  /**
   * A task waits that only a fresh worker may run: if there is none and no room for one, the worker
   * that is free, or the first to be so, ends.
   */
  void makeRoomForFresh() {
    WorkerSlot used = null;
    for (WorkerSlot slot : slots) {
      if (!slot.isAlive() || slot.isSpare()) {
        continue;
      }
      if (slot.state == WorkerState.STARTING || slot.isFresh() || slot.isInLastLine()) {
        return; // one is coming, or room is
      }
      if (used == null || (slot.state == WorkerState.IDLE && used.state != WorkerState.IDLE)) {
        used = slot;
      }
    }
    if (used == null || usable() < limit) {
      return;
    }
    if (used.state == WorkerState.IDLE) {
      stop(used, ExitReason.RETIRED);
    } else {
      used.lastLine();
    }
  }

  /** How many workers may run tasks. */
  int limit() {
    return limit;
  }

  /**
   * Has so many workers run tasks at the most. Of those that are too many the idle ones end at
   * once, the others when their line is empty.
   */
  void limit(int workers) {
    limit = workers;
    int surplus = usable() - workers;
    for (boolean busy : new boolean[] {false, true}) {
      for (WorkerSlot slot : List.copyOf(slots)) {
        if (surplus > 0 && slot.isUsable() && (slot.inRing > 0) == busy) {
          end(slot);
          surplus--;
        }
      }
    }
  }

  /** How many there are without any task. */
  private int least() {
    return Math.min(config.minWorkers(), limit);
  }

  private void end(WorkerSlot slot) {
    if (slot.inRing == 0) {
      stop(slot, ExitReason.RETIRED);
    } else {
      slot.lastLine();
    }
  }

  /** A spare that is ready, or else the one that will be first. */
  private @Nullable WorkerSlot spare() {
    WorkerSlot coming = null;
    for (WorkerSlot slot : slots) {
      if (slot.isSpare() && slot.state == WorkerState.IDLE) {
        return slot;
      }
      if (slot.isSpare() && slot.state == WorkerState.STARTING && coming == null) {
        coming = slot;
      }
    }
    return coming;
  }

  /** Starts as many spares as are wanted. */
  void keepSpares() {
    if (!mayNeedSpares || scheduler.state() != PoolState.RUNNING) {
      return;
    }
    if (sparesAt - System.nanoTime() > 0) {
      scheduler.wakeBy(sparesAt);
      return;
    }
    for (int missing = -surplusSpares(); missing > 0 && mayStart(); missing--) {
      start(/* spare= */ true);
    }
  }

  /** That task was placed: spares get to know its lambda as well, if it is of one. */
  void uses(PendingTask task) {
    if (!mayNeedSpares) {
      return;
    }
    int lambda = task.lambda();
    if (lambda >= 0 && repertoire.add(lambda)) {
      slots.forEach(this::prepare);
    }
  }

  /** Has a spare that is ready load what the pool's tasks are likely to need. */
  private void prepare(WorkerSlot slot) {
    if (!slot.isSpare() || slot.state != WorkerState.IDLE) {
      return;
    }
    try {
      slot.prepare(repertoire.lambdas());
    } catch (WireException e) {
      scheduler.losses().breakOff(slot, e);
    }
  }

  /** Spares beyond those the user wants and one for each worker near its end; negative if few. */
  int surplusSpares() {
    int surplus = -config.spareWorkers();
    for (WorkerSlot slot : slots) {
      if (slot.isSpare() && slot.isAlive()) {
        surplus++;
      } else if (isNearItsEnd(slot)) {
        surplus--;
      }
    }
    return surplus;
  }

  /**
   * Whether the worker will soon have to be replaced: a successor is started then, so that no
   * caller waits for it. At its task limit this is told by the pace of its tasks so far.
   */
  private boolean isNearItsEnd(WorkerSlot slot) {
    if (slot.isSpare() || slot.isInLastLine() || slot.budget() <= 0 || !slot.isAlive()) {
      return false;
    }
    if (slot.outgrown) {
      return true;
    }
    if (config.maxTasksPerWorker() == 0 || slot.state == WorkerState.STARTING) {
      return false;
    }
    if (slot.budget() == 1) {
      return true;
    }
    long age = System.nanoTime() - slot.readyAt;
    return slot.tasksDone > 0 && age / slot.tasksDone < START_AHEAD_NANOS / slot.budget();
  }

  /** Has workers that have outgrown their bound end, as many as there are spares for them. */
  void relieveOutgrown() {
    for (WorkerSlot slot : slots) {
      if (!slot.outgrown || slot.isInLastLine() || !slot.isAlive()) {
        continue;
      }
      WorkerSlot successor = spare();
      if (successor == null || successor.state != WorkerState.IDLE) {
        return;
      }
      successor.promote();
      end(slot);
    }
  }

  /** Starts a worker. */
  void start(boolean spare) {
    int number = ++lastNumber;
    int budget = config.maxTasksPerWorker() == 0 ? Integer.MAX_VALUE : config.maxTasksPerWorker();
    WorkerProcess process = new WorkerProcess(pool, number);
    WorkerSlot slot = new WorkerSlot(pool, occupancy, number, spare, budget, process);
    add(slot);
    Supervisor guardian = scheduler.supervisor();
    slot.killAt = Nanos.later(slot.createdAt, config.startTimeout().toNanos());
    guardian.wakeBy(slot.killAt);
    guardian.wakeBy(slot.createdAt + Rounds.START_NANOS);
    if (config.memoryLimit() > 0) {
      scheduler.watch(slot); // an initializer may need too much as well
    }
    pool.inBackground(() -> guardian.launch(slot));
  }

  /** The worker with that number, or null if there is none. */
  @Nullable WorkerSlot worker(int number) {
    for (WorkerSlot slot : slots) {
      if (slot.number == number) {
        return slot;
      }
    }
    return null;
  }

  /** Whether there is or has been a worker with that number. */
  boolean hadWorker(int number) {
    return number > 0 && number <= lastNumber;
  }

  /** A worker is ready: starts work again. */
  void ready(WorkerSlot slot) {
    slot.moveTo(WorkerState.IDLE);
    slot.idleSince = System.nanoTime();
    slot.readyAt = slot.idleSince;
    slot.killAt = Nanos.NEVER;
    prepare(slot);
    startsPutOff = 0;
    if (failures > 0) {
      // Others may start now, but it has to begin a task before the failures are forgotten.
      nextStartAt = slot.idleSince;
      scheduler.wakeBy(nextStartAt);
    }
  }

  /**
   * A worker has begun a task: whatever becomes of both, workers can be started; if its channel is
   * there, for one that gets none ends soon.
   */
  void proven(WorkerSlot slot) {
    slot.hasBegunTask = true;
    if (slot.channel() != null) {
      failures = 0;
    }
  }

  /**
   * A worker could not be started: the next start is put off, twice as long each time. A process
   * that could not be had at all, for want of memory or descriptors, is a passing shortage and does
   * not count against the pool.
   */
  void startFailed(WorkerSlot slot) {
    slot.moveTo(WorkerState.DEAD);
    remove(slot);
    if (slot.process.wasLaunched()) {
      failures++;
    } else {
      startsPutOff = Math.min(startsPutOff + 1, HOPELESS_AFTER / 2);
    }
    putOffStart();
  }

  private void putOffStart() {
    int doublings = Math.max(0, Math.min(failures + startsPutOff, HOPELESS_AFTER) - 1);
    nextStartAt = System.nanoTime() + (FIRST_BACKOFF_NANOS << doublings);
    scheduler.wakeBy(nextStartAt);
  }

  /* ---- Ending ---- */

  /** Has an idle worker end in good order, or any worker that must not be used again. */
  void stop(WorkerSlot slot, ExitReason reason) {
    boolean starting = slot.state == WorkerState.STARTING;
    retire(slot, reason);
    if (starting) {
      pool.inBackground(slot.process::kill);
      return;
    }
    endIfEmpty(slot);
  }

  /** Has a worker that is to end do so once its ring is empty. */
  void endIfEmpty(WorkerSlot slot) {
    if (slot.state != WorkerState.RETIRING
        || slot.loading // which comes back here
        || slot.inRing > 0
        || slot.stopSent
        || slot.readyAt == 0) {
      return;
    }
    try {
      if (slot.putStop()) {
        slot.wake();
        slot.killAt = Math.min(slot.killAt, System.nanoTime() + STOP_GRACE_NANOS);
        scheduler.wakeBy(slot.killAt);
        return;
      }
    } catch (WireException e) {
      LOG.debug("[{}] worker {} cannot be asked to stop", config.name(), slot.number, e);
    }
    pool.inBackground(slot.process::kill);
  }

  /** Gives a worker no more tasks: it ends, or is ended, for that reason. */
  void retire(WorkerSlot slot, ExitReason reason) {
    if (slot.state == WorkerState.DEAD) {
      return; // it has been counted for what it was, and that is what the listener is to be told
    }
    if (slot.endReason == null) {
      slot.endReason = reason;
    }
    slot.moveTo(WorkerState.RETIRING);
  }

  /** The worker's process is gone. */
  void dead(WorkerSlot slot) {
    slot.moveTo(WorkerState.DEAD);
    if (slot.endReason != ExitReason.RETIRED) {
      restarts++;
      boolean ordered =
          slot.endReason == ExitReason.CANCELLED
              || slot.endReason == ExitReason.TIMED_OUT
              || slot.killedByOrder;
      if (!ordered && !hasShownThatWorkersStart(slot)) {
        failures++;
        putOffStart();
      }
    }
  }

  /**
   * Whether its end says nothing of starts. A task may end its worker so soon that its channel was
   * not there yet; only one that ended, or was ended, for want of a channel counts as not started.
   */
  private static boolean hasShownThatWorkersStart(WorkerSlot slot) {
    return slot.hasBegunTask
        && (slot.channel() != null || slot.endReason != ExitReason.PROTOCOL_ERROR);
  }

  /* ---- Looking ---- */

  /** The workers that live, as snapshots. */
  List<WorkerSnapshot> snapshots() {
    List<WorkerSnapshot> workers = new ArrayList<>();
    for (WorkerSlot slot : slots) {
      if (slot.state != WorkerState.DEAD) {
        workers.add(snapshotOf(slot));
      }
    }
    return workers;
  }

  /** Tasks that a worker has begun. */
  int running() {
    int running = 0;
    for (WorkerSlot slot : slots) {
      PendingTask oldest = slot.oldest();
      if (oldest != null && oldest.isClaimed()) {
        running++;
      }
    }
    return running;
  }

  /** A worker without what only the system knows of it. */
  static WorkerSnapshot snapshotOf(WorkerSlot slot) {
    PendingTask oldest = slot.oldest();
    PendingTask running = oldest != null && oldest.isClaimed() ? oldest : null;
    return new WorkerSnapshot(
        slot.number,
        slot.pid(),
        slot.state,
        slot.isSpare(),
        running == null ? null : running.name(),
        running == null ? -1 : running.id,
        running == null
            ? Duration.ZERO
            : Duration.ofNanos(Math.max(0, System.nanoTime() - slot.begunAt(running))),
        slot.tasksDone,
        slot.tasksFailed,
        slot.inRing - (running == null ? 0 : 1),
        /* rssBytes= */ -1,
        Duration.ZERO,
        Duration.ofNanos(System.nanoTime() - slot.createdAt),
        slot.vitals(),
        slot.member());
  }

  /** The same with memory and processor time of its process; not under the lock, it reads files. */
  static WorkerSnapshot measured(WorkerSnapshot worker) {
    return new WorkerSnapshot(
        worker.number(),
        worker.pid(),
        worker.state(),
        worker.spare(),
        worker.currentTaskOrNull(),
        worker.currentTaskId(),
        worker.currentTaskFor(),
        worker.tasksDone(),
        worker.tasksFailed(),
        worker.prefetched(),
        ProcessStatus.of(worker.pid()).residentBytes(),
        ProcessStatus.cpuTime(worker.pid()),
        worker.age(),
        worker.vitalsOrNull(),
        worker.memberOrNull());
  }
}

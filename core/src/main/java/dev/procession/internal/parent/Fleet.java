package dev.procession.internal.parent;

import dev.procession.ExitReason;
import dev.procession.PoolState;
import dev.procession.WorkerSnapshot;
import dev.procession.WorkerState;
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

  private static final int SPIN_NANOS = 20_000;
  private static final int CPUS = Runtime.getRuntime().availableProcessors();
  private static final long FIRST_BACKOFF_NANOS = 100_000_000;
  private static final int MOST_DOUBLINGS = 8;

  private final Scheduler scheduler;
  private final PoolServices pool;
  private final PoolConfig config;
  private final List<WorkerSlot> slots = new ArrayList<>();
  private int lastNumber;
  private long restarts;
  private int startFailures;
  private long nextStartAt;

  Fleet(Scheduler scheduler, PoolServices pool) {
    this.scheduler = scheduler;
    this.pool = pool;
    this.config = pool.config();
  }

  /** The workers themselves, not a copy. */
  List<WorkerSlot> slots() {
    return slots;
  }

  /** How long a caller may spin for a result. */
  static long callerSpinNanos() {
    return CPUS > 1 ? SPIN_NANOS : 0;
  }

  /**
   * How long a worker may spin for a call: not at all if there are more workers than processors.
   */
  int spinNanos() {
    return CPUS > 1 && slots.size() <= CPUS ? SPIN_NANOS : 0;
  }

  /** Workers that ended other than in good order. */
  long restarts() {
    return restarts;
  }

  /** When a start that was put off may be tried, or never if none was. */
  long nextStartAt() {
    return startFailures > 0 ? nextStartAt : Nanos.NEVER;
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

  /* ---- Starting ---- */

  /** Not so of a worker that is gone but whose last output is still being read. */
  static boolean isAlive(WorkerSlot slot) {
    return slot.state != WorkerState.RETIRING && slot.state != WorkerState.DEAD;
  }

  /** Workers that run tasks or will. */
  int usable() {
    int usable = 0;
    for (WorkerSlot slot : slots) {
      if (!slot.spare && isAlive(slot) && slot.budget > 0) {
        usable++;
      }
    }
    return usable;
  }

  /**
   * Whether as many workers run tasks as may. So it can be although one idles: a worker at its task
   * limit is replaced before it has run its last task.
   */
  boolean isBusy() {
    int busy = 0;
    for (WorkerSlot slot : slots) {
      if (slot.state == WorkerState.BUSY && slot.inRing > 0) {
        busy++;
      }
    }
    return busy >= config.workers();
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

  /**
   * Starts workers for tasks that wait, a spare first if one is ready.
   *
   * @param waiting tasks in the queue
   * @param promoted is given each spare that becomes a worker
   */
  void ensure(int waiting, Consumer<WorkerSlot> promoted) {
    PoolState state = scheduler.state();
    int usable = usable();
    if ((waiting == 0 && usable >= config.minWorkers())
        || state == PoolState.STOPPING
        || state == PoolState.TERMINATED) {
      return;
    }
    int wanted = Math.min(waiting - starting(), config.workers() - usable);
    if (state == PoolState.RUNNING) {
      wanted = Math.max(wanted, config.minWorkers() - usable);
    }
    for (int i = 0; i < wanted; i++) {
      WorkerSlot spare = readySpare();
      if (spare != null) {
        spare.spare = false;
        promoted.accept(spare);
      } else if (mayStart(/* urgent= */ usable + i == 0 && waiting > 0)) {
        start(/* spare= */ false);
      } else {
        scheduler.wakeBy(nextStartAt);
        break;
      }
    }
    keepSpares();
  }

  private @Nullable WorkerSlot readySpare() {
    for (WorkerSlot slot : slots) {
      if (slot.spare && slot.state == WorkerState.IDLE) {
        return slot;
      }
    }
    return null;
  }

  /** Starts as many spares as are wanted. */
  void keepSpares() {
    if (scheduler.state() != PoolState.RUNNING || config.spareWorkers() == 0) {
      return;
    }
    int spares = 0;
    for (WorkerSlot slot : slots) {
      if (slot.spare && isAlive(slot)) {
        spares++;
      }
    }
    while (spares < config.spareWorkers() && mayStart(/* urgent= */ false)) {
      start(/* spare= */ true);
      spares++;
    }
  }

  /** Starts a worker. */
  void start(boolean spare) {
    int number = ++lastNumber;
    int budget = config.maxTasksPerWorker() == 0 ? Integer.MAX_VALUE : config.maxTasksPerWorker();
    WorkerProcess process = new WorkerProcess(pool, number);
    WorkerSlot slot = new WorkerSlot(pool, number, spare, budget, process);
    slots.add(slot);
    Supervisor guardian = scheduler.supervisor();
    slot.killAt = Nanos.later(slot.createdAt, config.startTimeout().toNanos());
    guardian.wakeBy(slot.killAt);
    pool.background().execute(() -> guardian.launch(slot));
  }

  /** The worker with that number, if it is still starting. */
  @Nullable WorkerSlot starting(int number) {
    for (WorkerSlot slot : slots) {
      if (slot.number == number && slot.state == WorkerState.STARTING) {
        return slot;
      }
    }
    return null;
  }

  /** A worker is ready: starts work again. */
  void ready(WorkerSlot slot) {
    slot.moveTo(WorkerState.IDLE);
    slot.wasReady = true;
    slot.idleSince = System.nanoTime();
    slot.killAt = Nanos.NEVER;
    startFailures = 0;
    nextStartAt = slot.idleSince;
  }

  /** A worker could not be started: the next start is put off, twice as long each time. */
  void startFailed(WorkerSlot slot) {
    slot.moveTo(WorkerState.DEAD);
    slots.remove(slot);
    startFailures++;
    long backoff = FIRST_BACKOFF_NANOS << Math.min(startFailures - 1, MOST_DOUBLINGS);
    nextStartAt = System.nanoTime() + backoff;
    scheduler.wakeBy(nextStartAt);
  }

  /* ---- Ending ---- */

  /** Has an idle worker end in good order, or any worker that must not be used again. */
  void stop(WorkerSlot slot, ExitReason reason) {
    boolean starting = slot.state == WorkerState.STARTING;
    retire(slot, reason);
    if (starting) {
      pool.background().execute(slot.process::kill);
      return;
    }
    endIfEmpty(slot);
  }

  /** Has a worker that is to end do so once its ring is empty. */
  void endIfEmpty(WorkerSlot slot) {
    if (slot.state != WorkerState.RETIRING || slot.inRing > 0 || slot.stopSent) {
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
    pool.background().execute(slot.process::kill);
  }

  /** Gives a worker no more tasks: it ends, or is ended, for that reason. */
  void retire(WorkerSlot slot, ExitReason reason) {
    if (slot.endReason == null) {
      slot.endReason = reason;
    }
    if (slot.state != WorkerState.DEAD) {
      slot.moveTo(WorkerState.RETIRING);
    }
  }

  /** The worker's process is gone. */
  void dead(WorkerSlot slot) {
    slot.moveTo(WorkerState.DEAD);
    if (slot.endReason != ExitReason.RETIRED) {
      restarts++;
    }
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

  static WorkerSnapshot snapshotOf(WorkerSlot slot) {
    PendingTask oldest = slot.oldest();
    PendingTask running = oldest != null && oldest.isClaimed() ? oldest : null;
    return new WorkerSnapshot(
        slot.number,
        slot.pid(),
        slot.state,
        slot.spare,
        running == null ? null : running.name(),
        slot.tasksDone,
        slot.inRing - (running == null ? 0 : 1),
        ResidentMemory.ofProcess(slot.pid()),
        Duration.ofNanos(System.nanoTime() - slot.createdAt));
  }
}

package dev.procession.internal.parent;

import dev.procession.internal.parent.PendingTask.Place;
import dev.procession.internal.wire.WireException;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the account of the tasks that have no outcome yet, and gives them to workers. Guarded as a
 * whole by the scheduler's lock.
 */
final class Dispatcher implements Admission.Load {
  /*
   * Prefetch.    A worker whose tasks are short gets several at once, so that it never waits for the
   *              parent: as many as it will run in about PREFETCH_NANOS, by the running mean of run
   *              times, and one more than it runs while tasks take less than PREFETCH_ONE_NANOS. Tasks
   *              longer than that are not prefetched at all.
   *
   * Fairness.    A prefetched task must not sit behind a long one while another worker idles, nor be
   *              overtaken for long. So a worker that runs dry while the queue is empty takes half of
   *              what the fullest other worker has not begun; and the supervisor, which looks every
   *              tickNanos() while anything is prefetched, puts what waits behind a call that has not
   *              ended since its last look back to the front of the queue. Both are revocations by
   *              compare-and-set, so a task that a worker begins at that instant simply stays.
   *
   * Crowding.    Where more workers run than there are processors, each is slower and none is faster. So
   *              tasks that only need a processor go to no idle worker while enough work, and a worker
   *              that runs dry then stays so (isCrowded). What is known of tasks is two means, of run time
   *              and of processor time, and the first must not take a worker that waits for a processor
   *              for a long task (plausible), or all workers would be woken and wait the more.
   *
   * Order.       Tasks leave the queue by priority and age (TaskQueue), and come back to the front of
   *              their priority. What lies in a ring is not overtaken: it is work of half a millisecond, or
   *              one task.
   *
   * Retries      wait beside the queue, and only a worker that has begun nothing yet takes one: what an
   *              earlier task left behind in a process may be why the attempt before crashed. Should every
   *              worker have been used, one of them makes room (Fleet.makeRoomForFresh).
   *
   * Pending      tasks, for maxPending, are those in the queue, the retries, and those in a ring behind the
   *              first. Bytes, for maxPendingBytes, are those of every task without an outcome: as long as
   *              it might have to go elsewhere the parent holds it.
   */
  private static final long PREFETCH_NANOS = 500_000;
  private static final long PREFETCH_ONE_NANOS = 10_000_000;
  private static final int MOST_PREFETCHED = 512;

  /** Shorter than it takes to wake a worker that sleeps. */
  private static final long SHORT_NANOS = 20_000;

  /** So many times the mean, and longer than that, is not believed at once (plausible). */
  private static final double OUTLIER = 8;

  private static final double OUTLIER_NANOS = 100_000;

  /**
   * Tasks that compute for less than this wait for a processor rather than for a worker: in a pool
   * of more workers than processors. Longer ones have the processors shared among them.
   */
  private static final long COMPUTE_NANOS = 200_000;

  /** So many times the mean a call may take before it counts as slow. */
  private static final double USUAL = 4;

  /** What a task costs this process, about: to submit it and to read its result. */
  private static final long FEED_NANOS = 1_000;

  private final Scheduler scheduler;
  private final Fleet fleet;

  private final TaskQueue queue = new TaskQueue();
  private final ArrayDeque<PendingTask> retries = new ArrayDeque<>();
  private final TaskAccount account = new TaskAccount();
  private double meanCpuNanos;
  private volatile double meanRunNanos = -1; // for callers that wait, who take no lock

  Dispatcher(Scheduler scheduler, Fleet fleet) {
    this.scheduler = scheduler;
    this.fleet = fleet;
  }

  /* ---- The account ---- */

  /** Tasks that have no outcome yet. */
  @Override
  public int unfinished() {
    return account.unfinished();
  }

  /** Tasks that wait, those in a ring behind the first among them. */
  @Override
  public int pending() {
    int pending = queue.size() + retries.size();
    for (WorkerSlot slot : fleet.working()) {
      pending += slot.inRing - 1;
    }
    return pending;
  }

  /** Bytes of the tasks that have no outcome yet. */
  @Override
  public long heldBytes() {
    return account.heldBytes();
  }

  /** Takes a new task. */
  void accept(PendingTask task) {
    if (task.place != Place.NEW) {
      return; // cancelled while it waited for room, or taken already when something failed
    }
    account.enter(task);
    if (task.suspect) { // where it was submitted its attempts are counted
      retries.addLast(task);
      dispatch();
      return;
    }
    if (!queue.isEmpty() || !placeAnywhere(task)) {
      queue.addLast(task);
      ensureWorkers();
    }
  }

  /** Takes what is left of a task that was cut or ended early. */
  void addFirst(@Nullable PendingTask rest) {
    if (rest != null) {
      account.enter(rest);
      queue.addFirst(rest);
    }
  }

  /** The task has an outcome, or will have at once. */
  void settle(PendingTask task) {
    account.settle(task);
  }

  /** Ends a task that was not taken yet. */
  void refuse(PendingTask task) {
    task.end();
  }

  /**
   * The worker of a begun task crashed: has the task begun anew if its terms allow that.
   *
   * @return false if the crash is its outcome
   */
  boolean retry(PendingTask task) {
    PendingTask again = task.afterCrash();
    if (again == null) {
      return false;
    }
    account.replace(task, again);
    retries.addLast(again);
    return true;
  }

  /** A task that waits in the queue is withdrawn. */
  void withdraw(PendingTask task) {
    settle(task);
    if (!retries.remove(task)) {
      queue.withdrawn();
    }
  }

  /** Takes every task that waits for another attempt; to be settled by the caller. */
  List<PendingTask> drainRetries() {
    List<PendingTask> all = List.copyOf(retries);
    retries.clear();
    return all;
  }

  /** Counts by name what no worker has been given. */
  void countWaiting(NameCounts counts) {
    queue.count(counts);
    retries.forEach(task -> counts.waiting(task.name(), task.count));
  }

  /** Takes everything that waits out of the queue, in order; to be settled by the caller. */
  List<PendingTask> drain() {
    return queue.drain();
  }

  /**
   * A run time as it is to be learned from: where more workers run than there are processors, a
   * task in a hundred takes a thousand times as long as the others because its worker had to wait
   * for one.
   */
  long plausible(long runNanos) {
    return meanRunNanos < 0
        ? runNanos
        : Math.min(runNanos, (long) Math.max(OUTLIER_NANOS, OUTLIER * meanRunNanos));
  }

  /** Takes the times of so many calls into the means. */
  void learn(long runNanos, long cpuNanos, int ended) {
    double run = (double) runNanos / ended;
    double cpu = (double) cpuNanos / ended;
    double weight = meanRunNanos < 0 ? 1 : Math.min(0.5, ended * 0.1);
    double before = meanRunNanos;
    meanRunNanos = before + weight * (run - before);
    meanCpuNanos += weight * (cpu - meanCpuNanos);
  }

  /** Whether tasks take less time than the way to a worker that sleeps; any thread may ask. */
  boolean runsShortTasks() {
    double mean = meanRunNanos;
    return mean >= 0 && mean < SHORT_NANOS;
  }

  /**
   * How often what lies behind a call is looked after: not while that call takes no longer than is
   * usual, because what is taken back then is only given again.
   */
  long tickNanos() {
    return Math.max(Rounds.TICK_NANOS, (long) (USUAL * meanRunNanos));
  }

  /* ---- Placing ---- */

  /** How many calls the worker may have in its ring. */
  private int depth(WorkerSlot slot) {
    if (slot.slow || meanRunNanos < 0 || meanRunNanos > PREFETCH_ONE_NANOS) {
      return 1;
    }
    return 2 + (int) Math.min(MOST_PREFETCHED, PREFETCH_NANOS / (meanRunNanos + 1));
  }

  /**
   * Gives the task to an idle worker, or to the one with the shortest line if it may have a line.
   *
   * <p>Who is left to wait is looked at again: by the tick that finds the line of a worker slow, or
   * when a slow call counts as long.
   */
  boolean placeAnywhere(PendingTask task) {
    WorkerSlot idle = isCrowded() ? null : fleet.idle();
    if (idle != null) {
      return place(idle, task);
    }
    WorkerSlot shortest = null; // of those whose calls are short as far as is known
    for (WorkerSlot slot : fleet.working()) {
      boolean isShorter = shortest == null || slot.inRing < shortest.inRing;
      shortest = isShorter && !slot.slow && slot.takesTasks() ? slot : shortest;
    }
    return shortest != null && shortest.inRing < depth(shortest) && place(shortest, task);
  }

  /**
   * Whether as many work as there are processors for, and another could only take one from them. A
   * worker with a call that turns out to be slow may only have been kept waiting for a processor,
   * and counts until the call is long; it does not keep others from what it does not take.
   */
  private boolean isCrowded() {
    if (!needProcessorsOnly()) {
      return false;
    }
    int brisk = 0;
    int slow = 0;
    for (WorkerSlot slot : fleet.working()) {
      if (slot.slow) {
        slow += slot.longAt == Nanos.NEVER ? 0 : 1;
      } else if (slot.takesTasks()) {
        brisk++;
      }
    }
    return brisk >= enough() || brisk + slow >= Math.max(2, Fleet.CPUS);
  }

  /** Whether what tasks wait for is a processor and not something that a processor waits for. */
  private boolean needProcessorsOnly() {
    if (meanRunNanos < 0) {
      return false; // nothing is known yet
    }
    boolean mostlyCompute = meanCpuNanos > meanRunNanos / 2 && meanRunNanos < COMPUTE_NANOS;
    return runsShortTasks() || mostlyCompute;
  }

  /**
   * How many workers the processors can feed: for each short task that a worker runs, a processor
   * is also at work for the next one in this process.
   */
  private int enough() {
    double share = meanRunNanos / (meanRunNanos + FEED_NANOS);
    return Math.max(1, (int) Math.ceil(Fleet.CPUS * share));
  }

  private boolean place(WorkerSlot slot, PendingTask task) {
    if (slot.inRing == 0 && fleet.isBusy()) {
      return false;
    }
    if (task.count > slot.budget()) {
      addFirst(account.cut(task, slot.budget()));
    }
    if (slot.inRing == 0) {
      slot.spinNanos(fleet.spinNanos());
    }
    try {
      if (!slot.put(task)) {
        // Nobody else may come back to it: its ring is full of calls that were taken back.
        scheduler.wakeBy(System.nanoTime() + Rounds.TICK_NANOS);
        return false;
      }
    } catch (WireException e) {
      scheduler.losses().breakOff(slot, e);
      return false;
    }
    if (task.timeoutNanos > 0) {
      slot.checkAt = Math.min(slot.checkAt, Nanos.later(task.placedAt, task.timeoutNanos));
      scheduler.wakeBy(slot.checkAt);
    }
    if (slot.lookAt == Nanos.NEVER) {
      scheduler.watch(slot);
    }
    if (slot.inRing == 2) {
      scheduler.wakeBy(task.placedAt + tickNanos());
    }
    slot.wake();
    fleet.uses(task);
    scheduler.madeRoom();
    if (slot.budget() <= 0) {
      ensureWorkers();
    } else if (slot.budget() < Integer.MAX_VALUE / 2) {
      fleet.keepSpares(); // perhaps a successor
    }
    return true;
  }

  /** Fills the worker's line from the queue, or else from another worker's line. */
  void refill(WorkerSlot slot) {
    placeRetry(slot);
    if (slot.inRing == 0 && isCrowded()) {
      placeQueued(); // behind the calls of those that work
      return;
    }
    int depth = depth(slot);
    if (slot.inRing > depth / 2 && slot.inRing > 1) {
      return;
    }
    while (slot.takesTasks() && slot.inRing < depth && placeFirst(slot)) {
      // one more
    }
    if (slot.inRing == 0 && slot.takesTasks() && queue.isEmpty() && !fleet.isBusy()) {
      takeFromFullest(slot);
    }
  }

  private boolean placeFirst(WorkerSlot slot) {
    PendingTask task = queue.poll();
    if (task == null) {
      return false;
    }
    if (place(slot, task)) {
      return true;
    }
    queue.putBack(task);
    return false;
  }

  private void placeRetry(WorkerSlot slot) {
    if (slot.isFresh() && slot.takesTasks()) {
      PendingTask task = retries.pollFirst();
      if (task != null && !place(slot, task)) {
        retries.addFirst(task);
      }
    }
  }

  private void takeFromFullest(WorkerSlot idle) {
    WorkerSlot fullest = null;
    for (WorkerSlot slot : fleet.working()) {
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
  void takeBack(WorkerSlot slot, List<PendingTask> line) {
    for (int i = line.size() - 1; i >= 0; i--) {
      PendingTask task = line.get(i);
      if (task.place == Place.IN_RING && slot.revoke(task)) {
        task.holder = null;
        task.place = Place.QUEUED;
        if (task.suspect) {
          retries.addFirst(task);
        } else {
          queue.addFirst(task);
        }
      }
    }
  }

  /** Gives what waits to whoever is free. */
  void dispatch() {
    if (!retries.isEmpty()) {
      List.copyOf(fleet.slots()).forEach(this::placeRetry); // one may be started meanwhile
    }
    placeQueued();
    ensureWorkers();
  }

  private void placeQueued() {
    PendingTask task;
    while ((task = queue.poll()) != null) {
      if (!placeAnywhere(task)) {
        queue.putBack(task);
        break;
      }
    }
  }

  /** Has workers started for what waits. */
  void ensureWorkers() {
    if (!retries.isEmpty()) {
      fleet.makeRoomForFresh();
    }
    fleet.ensure(queue.size() + retries.size(), this::refill);
  }
}

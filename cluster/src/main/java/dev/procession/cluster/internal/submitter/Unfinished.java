package dev.procession.cluster.internal.submitter;

import dev.procession.internal.parent.NameCounts;
import dev.procession.internal.parent.PendingTask;
import dev.procession.internal.parent.TaskAccount;
import dev.procession.internal.parent.TaskQueue;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a pool that have no outcome yet: those that no member has wait here, and all are
 * counted. Guarded by the backend's lock.
 */
final class Unfinished implements ClusterDispatcher.Waiting<Call> {
  private final TaskQueue queue = new TaskQueue();
  private final TaskAccount account = new TaskAccount();

  /** What waits until it has stopped where it was, and then to be run anew; by a nanoTime. */
  private final Map<PendingTask, Long> held = new LinkedHashMap<>();

  private final LongConsumer wakeBy;
  private int fetched; // those that are detached

  /**
   * None.
   *
   * @param wakeBy is told when {@link #release} has something to do
   */
  Unfinished(LongConsumer wakeBy) {
    this.wakeBy = wakeBy;
  }

  /* ---- The queue, as the dispatcher sees it ---- */

  @Override
  public int size() {
    return queue.size();
  }

  @Override
  public @Nullable Call poll() {
    PendingTask task = queue.poll();
    return task == null ? null : new Call(task);
  }

  @Override
  public void addFirst(Call call) {
    PendingTask task = call.task;
    task.holder = null;
    task.place = PendingTask.Place.QUEUED;
    queue.addFirst(task);
  }

  /** Counts what waits, by names. */
  void count(NameCounts counts) {
    queue.count(counts);
  }

  /* ---- The account ---- */

  /** How many there are. */
  int all() {
    return account.unfinished();
  }

  /** Those of this pool itself: a detached task that was fetched is nobody's to be run. */
  int own() {
    return account.unfinished() - fetched;
  }

  /** Bytes that are held for them. */
  long heldBytes() {
    return account.heldBytes();
  }

  /* ---- Tasks that come and go ---- */

  /** A new one waits. */
  void add(PendingTask task) {
    account.enter(task);
    queue.addLast(task);
  }

  /** What is left of one that was cut; a member has it. */
  void addRest(PendingTask rest) {
    account.enter(rest);
  }

  /** A detached one that a member has was claimed. */
  void addFetched(Call call) {
    account.enter(call.task);
    fetched++;
  }

  /** The task of a call has an outcome, or will have at once. */
  void settle(Call call) {
    account.settle(call.task);
    if (call.keptAt != null) {
      fetched--;
    }
  }

  /** Another attempt takes a task's place, and is the next. */
  void retry(PendingTask task, PendingTask again) {
    account.replace(task, again);
    queue.addFirst(again);
  }

  /** As the other method, but not before a time. */
  void retryAt(PendingTask task, PendingTask again, long nanoTime) {
    account.replace(task, again);
    held.put(again, nanoTime);
    wakeBy.accept(nanoTime);
  }

  /** What may run anew, because by now it does not run any more where it was, waits as others. */
  void release() {
    long now = System.nanoTime();
    for (Iterator<Map.Entry<PendingTask, Long>> all = held.entrySet().iterator(); all.hasNext(); ) {
      Map.Entry<PendingTask, Long> one = all.next();
      if (now - one.getValue() >= 0) {
        all.remove();
        queue.addFirst(one.getKey());
      } else {
        wakeBy.accept(one.getValue());
      }
    }
  }

  /** Takes out a task that no member has; false if it is none. */
  boolean withdraw(PendingTask task) {
    if (task.place == PendingTask.Place.NEW) {
      task.end();
      return true;
    }
    if (task.place == PendingTask.Place.QUEUED) {
      account.settle(task);
      if (held.remove(task) == null) {
        queue.withdrawn();
      }
      return true;
    }
    return false;
  }

  /**
   * Takes what no member has.
   *
   * @param keepWork whether it may still be run by somebody else
   * @param begunToo also what waits for another attempt
   */
  List<PendingTask> drain(boolean keepWork, boolean begunToo) {
    List<PendingTask> drained = new ArrayList<>(queue.drain());
    if (begunToo) {
      drained.addAll(held.keySet());
      held.clear();
    } else {
      drained.stream().filter(task -> task.crashes > 0).forEach(queue::addLast);
      drained.removeIf(task -> task.crashes > 0);
    }
    for (PendingTask task : drained) {
      if (keepWork) {
        task.withdraw();
      }
      account.settle(task);
    }
    return drained;
  }
}

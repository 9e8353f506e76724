package dev.procession.benchmarks.chaos;

import dev.procession.CrashReport;
import dev.procession.ExitReason;
import dev.procession.PoolListener;
import dev.procession.TaskStory;
import dev.procession.WorkerSnapshot;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** What one pool was given to do and what it told of its life; any thread may add. */
final class Ledger implements PoolListener {
  private final Figures figures;
  final Queue<Entry> entries = new ConcurrentLinkedQueue<>();
  final Queue<MapEntry> maps = new ConcurrentLinkedQueue<>();

  /** Workers that became ready and that ended, by number. */
  final Map<Integer, Long> ready = new ConcurrentHashMap<>();

  final Map<Integer, CrashReport> ended = new ConcurrentHashMap<>();
  final LongAdder endedTwice = new LongAdder();
  final LongAdder toldDone = new LongAdder();
  final LongAdder killed = new LongAdder();

  /** The pool is being closed: a submission may be refused. */
  volatile boolean closing;

  /** What runs or waits may be cancelled from now on. */
  volatile boolean cutting;

  /** The pool is broken, as after so many kills it may. */
  volatile boolean broken;

  Ledger(Figures figures) {
    this.figures = figures;
  }

  @Override
  public void workerReady(String pool, WorkerSnapshot worker) {
    figures.workersReady.increment();
    ready.put(worker.number(), worker.pid());
  }

  @Override
  public void workerEnded(String pool, CrashReport report) {
    figures.workerEnded(report.reason());
    if (ended.put(report.worker(), report) != null) {
      endedTwice.increment();
    }
  }

  /** Workers of which it was told that they ended, and not in good order. */
  long crashed() {
    return ended.values().stream().filter(report -> report.reason() != ExitReason.RETIRED).count();
  }

  @Override
  public void taskDone(String pool, TaskStory story) {
    toldDone.increment();
  }
}

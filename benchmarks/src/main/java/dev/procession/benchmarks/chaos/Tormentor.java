package dev.procession.benchmarks.chaos;

import dev.procession.ProcessPoolExecutor;
import dev.procession.WorkerSnapshot;
import dev.procession.WorkerState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Kills, stops and starves the workers of one pool, at random, on a thread of its own.
 *
 * <p>It signals children of this JVM only: an id from a snapshot may have got another owner.
 */
final class Tormentor implements Runnable {
  private static final int FORGETS_ONE_IN = 8;

  /** Orders that are to end between two kills, or the time that may pass instead. */
  private static final int MOST_ORDERS_BETWEEN = 250;

  private static final long MOST_NANOS_BETWEEN = 6_000_000_000L;

  private final ProcessPoolExecutor pool;
  private final Ledger ledger;
  private final Figures figures;
  private final SplittableRandom random;
  private final int mostPauseMillis;
  private final List<Stopped> stopped = new ArrayList<>();

  /** Stopped for good, and not to be chosen again. */
  private final Set<Long> forgotten = new HashSet<>();

  private long killedAt = System.nanoTime();
  private long endedByThen;
  private volatile boolean ended;

  private record Stopped(long pid, long until) {}

  Tormentor(
      ProcessPoolExecutor pool,
      Ledger ledger,
      Figures figures,
      SplittableRandom random,
      int mostPauseMillis) {
    this.pool = pool;
    this.ledger = ledger;
    this.figures = figures;
    this.random = random;
    this.mostPauseMillis = mostPauseMillis;
  }

  /** No more torments; what is stopped and not forgotten goes on. */
  void end() {
    ended = true;
  }

  @Override
  public void run() {
    try {
      long next = System.nanoTime();
      while (!ended) {
        if (System.nanoTime() - next >= 0) {
          torment();
          next = System.nanoTime() + random.nextInt(20, mostPauseMillis) * 1_000_000L;
        }
        continueSome(/* all= */ false);
        Thread.sleep(5);
      }
    } catch (InterruptedException | IOException e) {
      Thread.currentThread().interrupt();
    } finally {
      continueSome(/* all= */ true);
    }
  }

  private void torment() throws IOException, InterruptedException {
    List<WorkerSnapshot> workers =
        pool.snapshot().workers().stream()
            .filter(worker -> worker.pid() > 0 && !forgotten.contains(worker.pid()))
            // If the only worker dies while it starts, all that waits fails: not too often.
            .filter(worker -> worker.state() != WorkerState.STARTING || random.nextInt(12) == 0)
            .toList();
    if (workers.isEmpty()) {
      return;
    }
    WorkerSnapshot victim = workers.get(random.nextInt(workers.size()));
    int choice = random.nextInt(20);
    if (choice < 15 && !mayKill()) {
      return;
    }
    switch (choice) {
      case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 -> kill(victim);
      case 10, 11, 12, 13, 14 -> stop(victim);
      case 15, 16 -> {
        figures.renices.increment();
        Processes.run("renice", "-n", "19", "-p", Long.toString(victim.pid()));
      }
      default -> burn();
    }
  }

  /** On a slow machine nothing would ever run if all were killed at the same pace. */
  private boolean mayKill() {
    long now = System.nanoTime();
    long orders = ledger.toldDone.sum() + figures.elements.sum();
    boolean may =
        orders - endedByThen >= random.nextInt(MOST_ORDERS_BETWEEN)
            || now - killedAt > MOST_NANOS_BETWEEN;
    if (may) {
      killedAt = now;
      endedByThen = orders;
    }
    return may;
  }

  private static boolean isChild(long pid) {
    long self = ProcessHandle.current().pid();
    return ProcessHandle.of(pid)
        .flatMap(ProcessHandle::parent)
        .filter(parent -> parent.pid() == self)
        .isPresent();
  }

  private void kill(WorkerSnapshot victim) {
    if (isChild(victim.pid())) {
      ledger.killed.increment(); // before, so that its effects are never without a cause
      figures.kills.increment();
      ProcessHandle.of(victim.pid()).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  private void stop(WorkerSnapshot victim) throws IOException, InterruptedException {
    if (!isChild(victim.pid())) {
      return;
    }
    // Who is stopped while it starts would be waited for as long as a start may take.
    boolean forget = victim.state() != WorkerState.STARTING && random.nextInt(FORGETS_ONE_IN) == 0;
    figures.stops.increment();
    if (forget) {
      ledger.killed.increment(); // the pool does it
      figures.forgotten.increment();
      forgotten.add(victim.pid());
    } else {
      long pause = random.nextInt(5, 2_000) * 1_000_000L;
      stopped.add(new Stopped(victim.pid(), System.nanoTime() + pause));
    }
    Processes.signal("STOP", victim.pid());
  }

  private void continueSome(boolean all) {
    long now = System.nanoTime();
    for (Stopped one : List.copyOf(stopped)) {
      if (all || now - one.until() >= 0) {
        stopped.remove(one);
        try {
          if (isChild(one.pid())) {
            Processes.signal("CONT", one.pid());
          }
        } catch (IOException | InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  private void burn() throws IOException, InterruptedException {
    figures.burns.increment();
    Process burner = new ProcessBuilder("sh", "-c", "while :; do :; done").start();
    try {
      Thread.sleep(random.nextInt(20, 300));
    } finally {
      burner.destroyForcibly();
      burner.waitFor();
    }
  }
}

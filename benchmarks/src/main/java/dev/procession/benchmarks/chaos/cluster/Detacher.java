package dev.procession.benchmarks.chaos.cluster;

import dev.procession.BrokenProcessPoolException;
import dev.procession.ProcessFuture;
import dev.procession.cluster.ClusterPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * Of a submitter of the run: detaches tasks, and fetches what became of those that any submitter
 * has detached, also one that is gone. One thread.
 */
final class Detacher implements Runnable {
  /** Numbers of tasks begin here, behind the submitter's own. */
  private static final long FIRST = 5_000_000;

  private static final Deed[] DEEDS = {
    Deed.RETURN, Deed.SLEEP, Deed.SLEEP, Deed.SLEEP, Deed.THROW, Deed.HALT
  };
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final ClusterPool pool;
  private final Journal journal;
  private final SplittableRandom random;
  private long last;

  Detacher(ClusterPool pool, Journal journal, SplittableRandom random, long firstOfSubmitter) {
    this.pool = pool;
    this.journal = journal;
    this.random = random;
    this.last = firstOfSubmitter + FIRST;
  }

  /** Until it is interrupted, or its pool ends. */
  @Override
  public void run() {
    try {
      while (true) {
        Thread.sleep(random.nextInt(1_000));
        if (random.nextBoolean()) {
          detach();
        } else {
          fetch();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (BrokenProcessPoolException | RejectedExecutionException e) {
      // The pool has ended; what it was asked for is of no interest any more.
    }
  }

  private void detach() {
    long id = ++last;
    Deed deed = DEEDS[random.nextInt(DEEDS.length)];
    Journal into = journal;
    journal.add(Journal.SUBMITTED, id, ProcessHandle.current().pid(), 0, deed);
    try {
      journal.add(Journal.DETACHED, id, pool.detach(() -> deed.perform(into, id)));
    } catch (BrokenProcessPoolException | RejectedExecutionException e) {
      journal.add(Journal.OUTCOME, id, "REFUSED"); // or nobody knows whether a node has it
    }
  }

  private void fetch() throws InterruptedException {
    List<String[]> detached;
    try {
      detached = journal.lines().stream().filter(line -> line[0].equals(Journal.DETACHED)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (detached.isEmpty()) {
      return;
    }
    String[] one = detached.get(random.nextInt(detached.size()));
    String what;
    try {
      ProcessFuture<Long> future = pool.fetch(one[2]);
      what = outcome(future);
    } catch (NoSuchElementException e) {
      what = "GONE"; // with its node, or that cannot be reached, or it was forgotten
    }
    journal.add(Journal.FETCHED, Long.parseLong(one[1]), what);
    if (random.nextInt(10) == 0) {
      pool.forget(one[2]);
    }
  }

  private static String outcome(ProcessFuture<Long> future) throws InterruptedException {
    try {
      var unused = future.result(PATIENCE);
    } catch (TimeoutException e) {
      return "LATE";
    } catch (RuntimeException e) {
      // told below
    }
    return Submitter.outcome(future);
  }
}

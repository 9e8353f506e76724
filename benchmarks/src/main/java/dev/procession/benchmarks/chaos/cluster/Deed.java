package dev.procession.benchmarks.chaos.cluster;

import dev.procession.TaskContext;
import dev.procession.benchmarks.chaos.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What a task of the run does; in a worker. */
enum Deed {
  /** Returns at once. */
  RETURN,
  /** Takes a while. */
  SLEEP,
  /** Throws. */
  THROW,
  /** Ends its JVM. */
  HALT,
  /** Never ends by itself; its deadline ends it. */
  SPIN;

  private static final long WHILE_MILLIS = 300;

  /** Thrown on purpose. */
  static final class Ordered extends RuntimeException {
    private static final long serialVersionUID = 1;

    Ordered() {
      super("as ordered");
    }
  }

  /** Does it, and writes down that it has. */
  long perform(Journal journal, long id) {
    long pid = ProcessHandle.current().pid();
    if (TaskContext.current().attempt() > 1) {
      findOverlap(journal, id, pid);
    }
    journal.add(Journal.BEGUN, id, pid);
    try {
      switch (this) {
        case RETURN -> {
          // at once
        }
        case SLEEP -> Thread.sleep(WHILE_MILLIS);
        case THROW -> {
          journal.add(Journal.ENDED, id, pid);
          throw new Ordered();
        }
        case HALT -> Runtime.getRuntime().halt(3);
        case SPIN -> {
          while (true) {
            Thread.onSpinWait();
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // cancelled
    }
    journal.add(Journal.ENDED, id, pid);
    return id;
  }

  /** Where an attempt before this one is alive, it may run as well. */
  private static void findOverlap(Journal journal, long id, long pid) {
    try {
      for (String[] line : journal.lines()) {
        boolean isAttempt = line[0].equals(Journal.BEGUN) && line[1].equals(Long.toString(id));
        if (isAttempt && Processes.isAlive(Long.parseLong(line[2]))) {
          journal.add(Journal.OVERLAP, id, pid, line[2]);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

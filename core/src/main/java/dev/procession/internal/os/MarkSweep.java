package dev.procession.internal.os;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;

/**
 * Ends the processes that were started with an entry in their environment, and those they start
 * meanwhile.
 *
 * <p>Each process inherits the entry, so that one whose parent has died, and which no tree shows
 * any more, is found by it. One that was started with an emptied environment is not; should it hold
 * the worker's output open, {@link ProcessTree#killWriters} finds it.
 */
final class MarkSweep {
  private static final long PAUSE_NANOS = 1_000_000;

  private final Proc proc;
  private final String entry;
  private final Set<Long> spared;
  private final LongPredicate kill;
  private final Duration patience;

  /**
   * @param kill kills the process of that id, true if it was there to be killed
   */
  MarkSweep(Proc proc, String entry, Set<Long> spared, LongPredicate kill, Duration patience) {
    this.proc = proc;
    this.entry = entry;
    this.spared = spared;
    this.kill = kill;
    this.patience = patience;
  }

  /**
   * Kills until two scans in a row find none, or patience ends; returns how many it killed. One
   * scan may miss a process: while a program takes another's place, the kernel shows no
   * environment.
   */
  int run() {
    Set<Long> killed = new HashSet<>();
    int scansWithNone = 0;
    long until = System.nanoTime() + patience.toNanos();
    while (true) {
      boolean found = false;
      boolean anyNew = false;
      for (long pid : proc.startedWith(entry)) {
        if (!spared.contains(pid)) {
          found = true;
          // Again and again, for the id may by now be that of another one.
          anyNew |= kill.test(pid) && killed.add(pid);
        }
      }
      scansWithNone = found ? 0 : scansWithNone + 1;
      if (scansWithNone == 2 || System.nanoTime() - until > 0) {
        return killed.size();
      }
      if (!anyNew) {
        LockSupport.parkNanos(this, PAUSE_NANOS); // what has been killed needs a moment to die
      }
    }
  }
}

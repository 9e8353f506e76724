package dev.procession.internal.os;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A process and everything it has started: how much memory it holds, and how it is ended.
 *
 * <p>Any thread may call it. Ending takes a few milliseconds, at worst about a second.
 */
public final class ProcessTree {
  /**
   * Environment variable of a worker, inherited by what its tasks start. Its value, the worker's
   * mark, is no other worker's.
   */
  public static final String PROCESSION_WORKER = "PROCESSION_WORKER";

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private ProcessTree() {}

  /**
   * Kills a process, its descendants, and on Linux whatever carries the mark although its own
   * parent has died before. Spares the calling process and its ancestors.
   */
  public static void kill(ProcessHandle root, String mark) {
    Set<Long> spared = selfAndAncestors();
    List<ProcessHandle> descendants = descendantsOf(root); // before their parent is gone
    if (!spared.contains(root.pid())) {
      kill(root);
    }
    for (ProcessHandle descendant : descendants) {
      if (!spared.contains(descendant.pid())) {
        kill(descendant);
      }
    }
    sweep(mark, spared);
  }

  /** As {@link #kill(ProcessHandle, String)}, of a worker that has ended; Linux only. */
  public static void killMarked(String mark) {
    sweep(mark, selfAndAncestors());
  }

  /** The pipe that a process writes its output (1) or errors (2) into, if it is one; Linux only. */
  public static @Nullable String outputPipe(long pid, int descriptor) {
    return Proc.SYSTEM.pipe(pid, descriptor);
  }

  /**
   * Kills whatever else has one of these pipes for its output or errors. That is for a worker that
   * has ended: only what it started can have inherited them, be it without its mark.
   */
  public static void killWriters(Set<String> pipes) {
    Set<Long> spared = selfAndAncestors();
    for (long pid : Proc.SYSTEM.pids()) {
      if (!spared.contains(pid) && writesTo(pid, pipes)) {
        // As with the mark: the handle first, then the second look.
        ProcessHandle.of(pid).filter(found -> writesTo(pid, pipes)).ifPresent(ProcessTree::kill);
      }
    }
  }

  private static boolean writesTo(long pid, Set<String> pipes) {
    String out = Proc.SYSTEM.pipe(pid, 1);
    String error = Proc.SYSTEM.pipe(pid, 2);
    return (out != null && pipes.contains(out)) || (error != null && pipes.contains(error));
  }

  /**
   * Memory in RAM of a process and its descendants, -1 if it is gone or this is not Linux. What
   * several of them share is counted for each.
   */
  public static long residentBytes(long pid) {
    return residentBytes(new long[] {pid})[0];
  }

  /** The same of several, in their order; one look at all processes serves them all. */
  public static long[] residentBytes(long[] roots) {
    return residentBytes(Proc.SYSTEM, roots);
  }

  static long[] residentBytes(Proc proc, long[] roots) {
    long[] pids = proc.pids();
    long[] parents = proc.parentsOf(pids);
    return Arrays.stream(roots).map(root -> residentBytes(proc, root, pids, parents)).toArray();
  }

  private static long residentBytes(Proc proc, long root, long[] pids, long[] parents) {
    long sum = ProcessStatus.of(proc, root).residentBytes();
    if (sum < 0) {
      return -1;
    }
    Set<Long> tree = new HashSet<>(Set.of(root));
    boolean grown = true;
    while (grown) { // a child may come before its parent: ids begin again from below
      grown = false;
      for (int i = 0; i < pids.length; i++) {
        if (tree.contains(parents[i]) && tree.add(pids[i])) {
          sum += Math.max(0, ProcessStatus.of(proc, pids[i]).residentBytes());
          grown = true;
        }
      }
    }
    return sum;
  }

  private static void sweep(String mark, Set<Long> spared) {
    String entry = PROCESSION_WORKER + "=" + mark;
    var unused =
        new MarkSweep(Proc.SYSTEM, entry, spared, pid -> killIfMarked(pid, entry), PATIENCE).run();
  }

  /** The handle knows when its process began, so that after the second look nothing else is hit. */
  private static boolean killIfMarked(long pid, String entry) {
    Optional<ProcessHandle> process = ProcessHandle.of(pid);
    return process.isPresent() && Proc.SYSTEM.hasInEnvironment(pid, entry) && kill(process.get());
  }

  private static boolean kill(ProcessHandle process) {
    try {
      return process.destroyForcibly();
    } catch (RuntimeException e) {
      return false; // one that cannot be killed must not keep the others alive
    }
  }

  private static List<ProcessHandle> descendantsOf(ProcessHandle root) {
    try {
      return root.descendants().toList();
    } catch (RuntimeException | OutOfMemoryError e) {
      return List.of(); // short of memory: the more reason to go on killing
    }
  }

  private static Set<Long> selfAndAncestors() {
    Set<Long> pids = new HashSet<>();
    Optional<ProcessHandle> next = Optional.of(ProcessHandle.current());
    while (next.isPresent() && pids.add(next.get().pid())) {
      next = next.get().parent();
    }
    return pids;
  }
}

package dev.procession.testkit;

import dev.procession.VoidTask;

/**
 * Tasks that hurt the worker they run in. Each constant can be submitted as it is, or placed at
 * another moment with {@link Saboteurs}.
 *
 * <p>Each says what it does, and what Procession makes of it when it happens while the task runs:
 * how the task's future ends, and what becomes of the worker. Other tasks never notice; a worker
 * that is lost is replaced. Those that never return need a deadline ({@code TaskOptions.timeout} or
 * the pool's {@code taskTimeout}), or nothing ends them but {@code cancel(true)} and a shutdown
 * that kills.
 *
 * <p>They are real: run in a JVM that is not a worker they ruin that one.
 */
public enum Saboteur implements VoidTask {
  /* ---- Throwing ---- */

  /**
   * Throws an {@link IllegalStateException} with the message "sabotage".
   *
   * <p>The future fails with that very exception; the worker goes on.
   */
  THROWS(Saboteur::fail),

  /**
   * Calls itself without end.
   *
   * <p>The future fails with the {@link StackOverflowError}; the worker goes on.
   */
  STACK_OVERFLOW(() -> Exhaustion.stack(0)),

  /* ---- Ending the process ---- */

  /**
   * Calls {@code System.exit(42)}.
   *
   * <p>{@code WorkerCrashedException}, {@code EXIT_CALLED}, exit code 42.
   */
  EXITS(() -> System.exit(Saboteurs.EXIT_CODE)),

  /**
   * Calls {@code Runtime.halt(43)}.
   *
   * <p>{@code WorkerCrashedException}, {@code EXIT_CALLED}, exit code 43.
   */
  HALTS(() -> Runtime.getRuntime().halt(Saboteurs.HALT_CODE)),

  /**
   * Has its process killed from outside, with {@code kill -KILL}, as the kernel does when it is
   * short of memory.
   *
   * <p>{@code WorkerCrashedException}, {@code KILLED}, signal SIGKILL.
   */
  KILLED(() -> Crashes.signal("KILL")),

  /**
   * Writes to address 0, as broken native code does.
   *
   * <p>{@code WorkerCrashedException}, {@code NATIVE_CRASH}, signal SIGABRT, with which the JVM
   * ends after it has written the fatal-error log that the report holds.
   */
  SEGFAULT(Crashes::segfault),

  /**
   * Has its process sent SIGABRT, as {@code abort()} in native code does.
   *
   * <p>{@code WorkerCrashedException}, {@code NATIVE_CRASH}, signal SIGABRT; no fatal-error log.
   */
  ABORTS(() -> Crashes.signal("ABRT")),

  /* ---- Running out of something ---- */

  /**
   * Fills the heap until the JVM refuses. Set {@code maxHeap}, or that is a quarter of the
   * machine's memory.
   *
   * <p>The future fails with the {@link OutOfMemoryError}; the worker is replaced.
   */
  HEAP_OOM(Exhaustion::heap),

  /**
   * Defines classes until the JVM refuses. Set {@code -XX:MaxMetaspaceSize} in {@code jvmArgs};
   * without, it gives up after some gigabytes with an {@link IllegalStateException}.
   *
   * <p>The future fails with the {@link OutOfMemoryError}; the worker is replaced.
   */
  METASPACE_OOM(Exhaustion::metaspace),

  /**
   * Allocates direct buffers until the JVM refuses, at {@code -XX:MaxDirectMemorySize} or the
   * maximum of the heap; gives up after 2 GB with an {@link IllegalStateException}.
   *
   * <p>The future fails with the {@link OutOfMemoryError}; the worker is replaced.
   */
  DIRECT_OOM(Exhaustion::directMemory),

  /**
   * Starts a thread that the system refuses; by way of a stack larger than the address space, so
   * that no other process comes to feel it.
   *
   * <p>The future fails with the {@link OutOfMemoryError}; the worker is replaced.
   */
  THREAD_OOM(Exhaustion::threads),

  /**
   * Takes 512 MB of native memory, which no option of the JVM bounds, and holds it: it returns
   * after ten seconds, or when it is interrupted. {@link Saboteurs#nativeLeak} takes another
   * amount.
   *
   * <p>Where the pool has a {@code memoryLimit} below that: {@code WorkerCrashedException}, {@code
   * MEMORY_LIMIT}.
   */
  NATIVE_LEAK(() -> Exhaustion.nativeMemory(Saboteurs.NATIVE_LEAK_BYTES)),

  /**
   * Prints 16 MB, half of it as one line that is not text. {@link Saboteurs#floodOfOutput} prints
   * another amount.
   *
   * <p>The future succeeds. The output listener gets it all, very long lines in pieces.
   */
  FLOODS_STDOUT(() -> Exhaustion.output(Saboteurs.FLOOD_BYTES)),

  /* ---- Never returning ---- */

  /**
   * Loops for ever and heeds no interrupt.
   *
   * <p>At its deadline {@code TaskTimeoutException}, {@code TIMED_OUT}; the worker is killed after
   * {@code killGrace} and replaced.
   */
  HANGS(Hanging::spin),

  /**
   * Sleeps in a system call that no interrupt ends.
   *
   * <p>As {@link #HANGS}.
   */
  SLEEPS_NATIVELY(Hanging::inNativeCode),

  /**
   * Waits for a monitor that another thread holds, which waits for one that this one holds.
   *
   * <p>As {@link #HANGS}.
   */
  DEADLOCKS(Hanging::deadlock),

  /**
   * Sleeps in a loop that catches {@link Throwable}.
   *
   * <p>As {@link #HANGS}.
   */
  SWALLOWS_INTERRUPTS(Hanging::swallowInterrupts),

  /**
   * Has its process stopped with SIGSTOP, all threads of it; returns if somebody sends SIGCONT.
   *
   * <p>As {@link #HANGS}: a kill ends a stopped process as well.
   */
  STOPS_ITSELF(() -> Crashes.signal("STOP")),

  /* ---- Leaving something behind ---- */

  /**
   * Starts a process that goes on for a quarter of an hour, {@code sleep}, and holds the worker's
   * output open.
   *
   * <p>The future succeeds. The process ends with the worker at the latest.
   */
  FORKS_GRANDCHILD(() -> Crashes.start("sleep", Saboteurs.GRANDCHILD_SECONDS)),

  /**
   * As {@link #FORKS_GRANDCHILD}, but by way of a shell that ends at once, so that the process is
   * no descendant of the worker any more: what a daemon does.
   *
   * <p>The future succeeds. The process ends with the worker at the latest.
   */
  FORKS_ORPHAN(
      () -> Crashes.start("sh", "-c", "sleep " + Saboteurs.GRANDCHILD_SECONDS + " & exit")),

  /* ---- Breaking the wire ---- */

  /**
   * Closes the descriptors of all sockets of its process, that to the parent among them, behind the
   * JDK's back, as native code does that closes what is not its own.
   *
   * <p>The future succeeds, for the result lies in shared memory; the worker ends with {@code
   * PROTOCOL_ERROR}. Linux only.
   */
  CLOSES_DESCRIPTORS(Crashes::closeSockets),

  /**
   * Writes random bytes over the two rings that the worker shares with its parent and over their
   * positions, then halts with exit code 44.
   *
   * <p>{@code WorkerCrashedException}, {@code PROTOCOL_ERROR}. Linux only.
   */
  CORRUPTS_RING(
      () -> {
        RingCorruption.garbleRings();
        Runtime.getRuntime().halt(Saboteurs.CORRUPTED_CODE);
      }),

  /**
   * Publishes a result that claims to have 2 GB, then halts with exit code 44.
   *
   * <p>{@code WorkerCrashedException}, {@code PROTOCOL_ERROR}; the parent allocates nothing. Linux
   * only.
   */
  CLAIMS_TWO_GIGABYTES(
      () -> {
        RingCorruption.claimTwoGigabytes();
        Runtime.getRuntime().halt(Saboteurs.CORRUPTED_CODE);
      }),

  /**
   * Writes random bytes over all that the worker shares with its parent, the words among them that
   * say which task was begun, and returns as if nothing had happened.
   *
   * <p>The future may succeed, for its result is written after that; or else {@code
   * WorkerCrashedException}, {@code PROTOCOL_ERROR}, and the same of tasks in this worker of which
   * nobody can tell any more whether they were begun. Linux only.
   */
  CORRUPTS_MEMORY(RingCorruption::garbleAll);

  private final Runnable harm;

  Saboteur(Runnable harm) {
    this.harm = harm;
  }

  /** Does it, to the JVM that calls. */
  @Override
  public void run() {
    harm.run();
  }

  /** Whether it does no lasting harm to the JVM it runs in, because it only throws. */
  public boolean isHarmless() {
    return this == THROWS || this == STACK_OVERFLOW || this == THREAD_OOM;
  }

  private static void fail() {
    throw new IllegalStateException("sabotage");
  }
}

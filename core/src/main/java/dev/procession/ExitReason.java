package dev.procession;

/** Why a worker process ended: the closed set of causes a {@link CrashReport} can name. */
public enum ExitReason {
  /**
   * The task, or code it called, ended the JVM with {@code System.exit} or {@code Runtime.halt}.
   */
  EXIT_CALLED,
  /** The JVM or native code in it crashed: a fatal signal such as SIGSEGV or SIGABRT. */
  NATIVE_CRASH,
  /** The task ran out of heap, metaspace, direct memory or threads. */
  OUT_OF_MEMORY,
  /** The worker used more memory than it may. */
  MEMORY_LIMIT,
  /**
   * A signal from outside ended the process, SIGKILL by the kernel's out-of-memory killer for
   * example.
   */
  KILLED,
  /** Procession killed the worker because its task overran its deadline. */
  TIMED_OUT,
  /** Procession killed the worker because its task was cancelled, or the pool was shut down now. */
  CANCELLED,
  /** The worker sent something that is not the protocol, or closed its channel; it was killed. */
  PROTOCOL_ERROR,
  /** The worker never became ready: no JVM, bad flags, a failing or hanging initializer. */
  START_FAILED,
  /** The member of the cluster whose worker it was cannot be reached any more. */
  NODE_LOST,
  /** The worker ended in good order: task limit, idle time-out, or the pool closed. */
  RETIRED
}

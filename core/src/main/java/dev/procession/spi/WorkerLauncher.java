package dev.procession.spi;

import java.io.IOException;

/**
 * Starts the operating-system process of a worker.
 *
 * <p>The place to put something around it: {@code nice}, a sandbox, a container. The process must be
 * the worker itself or end when the worker ends, pass on standard output and error, and see the same
 * files as the parent. Called on a thread of the pool's own, for several workers at once.
 */
@FunctionalInterface
public interface WorkerLauncher {
  /** Starts the command as it is. */
  WorkerLauncher DIRECT = ProcessBuilder::start;

  /**
   * Starts the process.
   *
   * @param prepared command line, environment, working directory and redirections of the worker; may
   *     be changed
   * @return the started process
   * @throws IOException if it cannot be started; the tasks that wait for it fail with this as cause
   */
  Process launch(ProcessBuilder prepared) throws IOException;
}

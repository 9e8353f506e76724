package dev.procession.internal.codec;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A second try, with a stack that is large enough, for a graph too deep for the caller's.
 *
 * <p>Serializers recurse once per link of a chain. On a default stack of 1 MiB a chain of a few
 * hundred to a few thousand nodes is the end, depending on what the JIT has compiled: the same
 * submit would work or not by the time of day.
 */
final class DeepStack {
  // Address space, not memory: pages are taken as the stack grows into them.
  private static final long STACK_BYTES = 256L * 1_024 * 1_024;

  private DeepStack() {}

  /** True when this failure is worth a second try. */
  static boolean mayCure(Throwable failure) {
    if (Thread.currentThread() instanceof DeepThread) {
      return false;
    }
    Throwable cause = failure;
    for (int i = 0; i < CodecFailures.MAX_LAYERS && cause != null; i++) {
      if (cause instanceof StackOverflowError) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  /** Runs the work on a thread of its own, and waits for it whatever interrupts the caller. */
  static <T> T call(Callable<T> work) throws Exception {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = new DeepThread(task);
    thread.start();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static final class DeepThread extends Thread {
    DeepThread(Runnable work) {
      super(null, work, "procession-deep-stack", STACK_BYTES);
      setDaemon(true);
    }
  }
}

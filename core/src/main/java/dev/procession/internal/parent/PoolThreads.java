package dev.procession.internal.parent;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes a pool's daemon threads, named {@code procession-<pool>-<role>-<n>}. They are made when
 * somebody needs one, but have nothing of who that is: a plug-in that submits must not be kept by a
 * thread that lives on.
 */
final class PoolThreads implements ThreadFactory {
  private static final long SMALL_STACK_BYTES = 256 << 10;

  private final String prefix;
  private final AtomicInteger made = new AtomicInteger();

  PoolThreads(String pool, String role) {
    this.prefix = "procession-" + pool + "-" + role + "-";
  }

  @Override
  public Thread newThread(Runnable work) {
    return newThread(work, /* stackBytes= */ 0);
  }

  /** A thread that runs no user code and needs little stack; many may exist. */
  Thread newSmallThread(Runnable work) {
    return newThread(work, SMALL_STACK_BYTES);
  }

  @SuppressWarnings(
      "removal") // a thread takes on the access control context, as long as there are any
  private Thread newThread(Runnable work, long stackBytes) {
    String name = prefix + made.incrementAndGet();
    return AccessController.doPrivileged(
        (PrivilegedAction<Thread>)
            () -> {
              Thread thread =
                  new Thread(null, work, name, stackBytes, /* inheritThreadLocals= */ false);
              thread.setDaemon(true);
              thread.setContextClassLoader(PoolThreads.class.getClassLoader());
              return thread;
            });
  }
}

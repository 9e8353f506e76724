package dev.procession.internal.parent;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where callbacks, dependent stages and listeners run: never on a thread that reads results.
 *
 * <p>An executor given by the user is handed its work by a thread of the pool's own, because its
 * {@code execute} is user code too and may block or run the work itself. Threads are daemons and
 * end when idle, at once after the pool's end; a callback added long after it still runs.
 */
public final class CallbackRunner implements Executor {
  private static final Logger LOG = LoggerFactory.getLogger(CallbackRunner.class);
  private static final long KEEP_ALIVE_MILLIS = 500;

  private final String poolName;
  private final ThreadPoolExecutor own;
  private final @Nullable Executor users;
  private final Consumer<Runnable> later;

  /**
   * Runs callbacks.
   *
   * @param users the user's executor, null for the pool's own threads
   * @param later runs something a little later, when there may be threads again
   */
  CallbackRunner(String poolName, @Nullable Executor users, Consumer<Runnable> later) {
    this.poolName = poolName;
    this.users = users;
    this.later = later;
    int threads = users == null ? Math.max(2, Runtime.getRuntime().availableProcessors()) : 1;
    ThreadFactory factory = new PoolThreads(poolName, "callback");
    own =
        new ThreadPoolExecutor(
            threads,
            threads,
            KEEP_ALIVE_MILLIS,
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(),
            factory);
    own.allowCoreThreadTimeOut(true);
  }

  @Override
  public void execute(Runnable work) {
    Runnable handed = users == null ? work : () -> handOver(users, work);
    try {
      own.execute(handed);
    } catch (RuntimeException | Error e) {
      // No thread can be had. It must not be lost, nor run here, where results are read.
      own.getQueue().add(handed);
      later.accept(own::prestartCoreThread);
    }
  }

  /** The pool has ended: idle threads end now, and later ones as soon as they have no work. */
  void keepNoThreads() {
    own.setKeepAliveTime(1, TimeUnit.NANOSECONDS); // 0 is not allowed where core threads end
  }

  /** Whatever the executor does and throws, the work runs once; unless it just drops it. */
  private void handOver(Executor executor, Runnable work) {
    AtomicBoolean begun = new AtomicBoolean();
    Runnable once =
        () -> {
          if (begun.compareAndSet(false, true)) {
            work.run();
          }
        };
    try {
      executor.execute(once);
    } catch (Throwable e) {
      complain("the callback executor failed; what it did not run is run here", e);
      once.run();
    }
  }

  /** Runs user code that must not stop anything, whatever it throws. */
  public void guarded(String what, Runnable userCode) {
    try {
      userCode.run();
    } catch (Throwable e) {
      complain(what + " threw", e);
    }
  }

  /** Logs, and does not throw even if the throwable does when its text is asked for. */
  private void complain(String what, Throwable thrown) {
    try {
      LOG.error("[{}] {}", poolName, what, thrown);
    } catch (Throwable hostile) {
      LOG.error("[{}] {}: a {}", poolName, what, thrown.getClass().getName());
    }
  }
}

package dev.procession.internal.parent;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Threads that wait for results, woken once all results that came together are delivered.
 *
 * <p>Who is woken for the first of a hundred takes the processor from who delivers the others,
 * finds that one, and waits again: with four threads that submit and wait, a third of all processor
 * time went into that.
 */
public final class WakeUps {
  private static final ThreadLocal<@Nullable WakeUps> CURRENT = new ThreadLocal<>();

  private final List<Thread> threads = new ArrayList<>();

  private WakeUps() {}

  /** Wakes a thread that waits: now, or after the step of {@link #after} that the caller is in. */
  static void wake(Thread thread) {
    WakeUps later = CURRENT.get();
    if (later == null) {
      LockSupport.unpark(thread);
    } else if (!later.threads.contains(thread)) { // as few as there are threads that wait
      later.threads.add(thread);
    }
  }

  /** Does that, and then wakes who was to be woken meanwhile. */
  public static void after(Runnable step) {
    WakeUps wakeUps = new WakeUps();
    CURRENT.set(wakeUps);
    try {
      step.run();
    } finally {
      CURRENT.remove();
      wakeUps.threads.forEach(LockSupport::unpark);
    }
  }
}

package dev.procession.internal.parent;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs actions one after another, in order, on whatever threads an executor has. */
public final class SerialQueue {
  private final Executor executor;
  private final Queue<Runnable> actions = new ConcurrentLinkedQueue<>();

  /** Requests to run since the runner last went idle; who takes it from 0 starts a runner. */
  private final AtomicInteger requests = new AtomicInteger();

  private final int most;

  /** The executor must not throw from {@code execute}. */
  public SerialQueue(Executor executor) {
    this(executor, Integer.MAX_VALUE);
  }

  /**
   * @param most actions to run before others of the executor have their turn
   */
  SerialQueue(Executor executor, int most) {
    this.executor = executor;
    this.most = most;
  }

  /** Adds an action that must not throw; it does not run before {@link #run}. */
  public void add(Runnable action) {
    actions.add(action);
  }

  /** Has everything added so far run. */
  public void run() {
    if (requests.getAndIncrement() == 0) {
      executor.execute(this::drain);
    }
  }

  private void drain() {
    int seen = requests.get();
    int run = 0;
    do {
      Runnable action;
      while ((action = actions.poll()) != null) {
        action.run();
        if (++run >= most) {
          executor.execute(this::drain); // the requests stay: nobody else starts a runner
          return;
        }
      }
      seen = requests.addAndGet(-seen);
    } while (seen != 0);
  }
}

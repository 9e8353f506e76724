package dev.procession.testing;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A thread beside the test's that does something which may wait, and what came of it. */
public final class Doer extends Thread {
  private final Callable<?> work;
  private volatile Object result;
  private volatile Throwable thrown;
  private volatile boolean interruptedAtEnd;

  private Doer(Callable<?> work) {
    super("doer");
    this.work = work;
    setDaemon(true);
  }

  /** Something that may throw. */
  @FunctionalInterface
  public interface Step {
    /** Does it. */
    void run() throws Exception;
  }

  /** Starts it. */
  public static Doer start(Step work) {
    return calling(
        () -> {
          work.run();
          return null;
        });
  }

  /** Starts it, with a result. */
  public static Doer calling(Callable<?> work) {
    Doer doer = new Doer(work);
    doer.start();
    return doer;
  }

  @Override
  public void run() {
    try {
      result = work.call();
    } catch (Throwable e) {
      thrown = e;
    }
    interruptedAtEnd = isInterrupted();
  }

  /** Waits until its thread waits for something. */
  public Doer awaitWaiting() {
    Awaitility.await()
        .until(() -> getState() == State.WAITING || getState() == State.TIMED_WAITING);
    return this;
  }

  /** Waits for its end, with a bound. */
  public Doer awaitEnd() throws InterruptedException {
    join(TimeUnit.SECONDS.toMillis(40));
    if (isAlive()) {
      ThreadDumps.print("a doer does not end");
      throw new AssertionError("it still does it");
    }
    return this;
  }

  /** What it returned; after its end. */
  public Object result() {
    return result;
  }

  /** What it threw, or null; after its end. */
  public Throwable thrown() {
    return thrown;
  }

  /** Whether the thread was interrupted when it ended. */
  public boolean interruptedAtEnd() {
    return interruptedAtEnd;
  }
}

package dev.procession.benchmarks.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Counts inputs and measures what reading them allocates; for one thread. */
public final class Tally {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private long accepted;
  private long rejected;
  private long worst;
  private long begunAt;

  /** The input is made: what is allocated from here on is the reader's. */
  public void reading() {
    begunAt = allocated();
  }

  /** The input was taken for good. */
  public void accepted() {
    measure();
    accepted++;
  }

  /** The input was refused in the way that is promised. */
  public void rejected() {
    measure();
    rejected++;
  }

  private void measure() {
    worst = Math.max(worst, allocated() - begunAt);
    begunAt = allocated();
  }

  private static long allocated() {
    return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  long inputs() {
    return accepted + rejected;
  }

  long acceptedCount() {
    return accepted;
  }

  long rejectedCount() {
    return rejected;
  }

  /** Most bytes that one input had allocated. */
  long worst() {
    return worst;
  }

  void forget() {
    accepted = 0;
    rejected = 0;
    worst = 0;
  }

  /** Whatever else is said of it, an input that took too much; takes it off again. */
  long takeWorst() {
    long most = worst;
    worst = 0;
    return most;
  }
}

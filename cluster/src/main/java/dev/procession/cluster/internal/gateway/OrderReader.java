package dev.procession.cluster.internal.gateway;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a submitter orders, on one thread at a time. That one also carries out what is short,
 * for to wake another each time takes as long as all the rest; where it does not come back soon,
 * because the engine waits for a peer, another thread reads on.
 */
final class OrderReader {
  /** More than it takes to hand a message to the engine, as long as that has not to wait. */
  private static final long PATIENCE_NANOS = 5_000_000;

  /** Looks at nothing in particular, after which nobody looks any more. */
  private static final int IDLE_LOOKS = 200;

  private final Source source;
  private final Handler handler;
  private final Executor threads;
  private final Runnable end;
  private final Thread watch;

  /** The number of the order that the reading thread is carrying out; 0 if it is about to read. */
  private final AtomicLong busyWith = new AtomicLong();

  private volatile long busySince;
  private volatile boolean watching;
  private long last; // the reading thread's

  /** Where orders come from. */
  interface Source {
    /** The next one, or null at the end. */
    byte @Nullable [] receive() throws IOException;
  }

  /** Carries out orders. */
  interface Handler {
    /**
     * Does what can be done without waiting.
     *
     * @return what is left to be done by the same thread, which may take long; null if nothing is
     */
    @Nullable Runnable handle(byte[] order) throws IOException;
  }

  /**
   * Does not read yet.
   *
   * @param threads one for each that is kept; what it throws ends the process
   * @param end is run after the last order, or when one could not be understood
   */
  OrderReader(Source source, Handler handler, Executor threads, Runnable end) {
    this.source = source;
    this.handler = handler;
    this.threads = threads;
    this.end = end;
    this.watch = new Thread(this::watch, "procession-gateway-watch");
    this.watch.setDaemon(true);
  }

  /** Reads until there is nothing more. */
  void start() {
    watch.start();
    threads.execute(this::read);
  }

  private void read() {
    boolean isReader = true;
    try {
      byte[] order;
      while (isReader && (order = source.receive()) != null) {
        Runnable rest = handler.handle(order);
        isReader = rest == null || isBackInTime(rest);
      }
    } catch (IOException e) {
      // Nothing more is to be had of that source.
    } finally {
      if (isReader) {
        end.run();
      }
    }
  }

  /** Does it; false if somebody else reads by now. */
  private boolean isBackInTime(Runnable rest) {
    long number = ++last;
    busySince = System.nanoTime();
    busyWith.set(number);
    if (!watching) {
      watching = true;
      LockSupport.unpark(watch);
    }
    rest.run();
    return busyWith.compareAndSet(number, 0);
  }

  /** Another reads on. */
  private void relieve() {
    boolean begun = false;
    try {
      threads.execute(this::read);
      begun = true;
    } finally {
      if (!begun) {
        end.run(); // or nobody would ever hear of the end
      }
    }
  }

  private void watch() {
    long seen = 0;
    int idle = 0;
    while (true) {
      long number = busyWith.get(); // before its time: that of a later one is not over either
      boolean isLate = number != 0 && System.nanoTime() - busySince > PATIENCE_NANOS;
      if (isLate && busyWith.compareAndSet(number, 0)) {
        relieve();
      }
      idle = number == 0 || number == seen ? idle + 1 : 0;
      seen = number;
      if (idle < IDLE_LOOKS) {
        LockSupport.parkNanos(this, PATIENCE_NANOS);
        continue;
      }
      idle = 0;
      watching = false;
      if (busyWith.get() == 0) { // else it may have been too early to wake this one
        LockSupport.park(this);
      }
      watching = true;
    }
  }
}

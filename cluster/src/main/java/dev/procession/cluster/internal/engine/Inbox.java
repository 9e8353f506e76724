package dev.procession.cluster.internal.engine;

import java.util.ArrayList;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is to be told, one thing after another: what one thread leaves here is told in that order.
 * Any thread may leave something, and is not kept.
 */
final class Inbox {
  private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);

  private final BlockingQueue<Runnable> left = new LinkedBlockingQueue<>();

  /** What is left, and what of it is being told. */
  private final AtomicInteger untold = new AtomicInteger();

  /** Held by the thread that tells. */
  private final ReentrantLock telling = new ReentrantLock();

  private final Thread thread;
  private volatile boolean closed;

  /** Tells nothing yet but by {@link #addShort}. */
  Inbox(String threadName) {
    thread = new Thread(this::tell, threadName);
    thread.setDaemon(true);
  }

  /** Begins to tell. */
  void start() {
    thread.start();
  }

  /** Leaves something. */
  void add(Runnable what) {
    untold.incrementAndGet(); // first: what is added after it must not be told before it
    left.add(what);
  }

  /**
   * Leaves what is told so soon that no other thread is to be woken for it: it is told at once, by
   * the caller, unless something else is to be told before.
   *
   * @param now tells it without waiting, and returns what is left for the other thread; or null
   * @param later tells all of it instead
   */
  void addShort(Supplier<@Nullable Runnable> now, Runnable later) {
    if (untold.get() > 0 || !telling.tryLock()) {
      add(later);
      return;
    }
    try {
      Runnable rest = untold.get() > 0 ? later : tellNow(now);
      if (rest != null) {
        add(rest);
      }
    } finally {
      telling.unlock();
    }
  }

  /** Whether it is the caller that is telling something. */
  boolean isTelling() {
    return telling.isHeldByCurrentThread();
  }

  /** Forgets what is left. */
  void clear() {
    untold.addAndGet(-left.drainTo(new ArrayList<>()));
  }

  private void tell() {
    try {
      while (!closed) {
        Runnable what = left.take();
        telling.lock();
        try {
          tell(what);
        } finally {
          untold.decrementAndGet();
          telling.unlock();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void tell(Runnable what) {
    try {
      what.run();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  private @Nullable Runnable tellNow(Supplier<@Nullable Runnable> now) {
    try {
      return closed ? null : now.get();
    } catch (RuntimeException | Error e) {
      failed(e);
      return null;
    }
  }

  private static void failed(Throwable e) { // of one peer; the others are not to suffer from it
    LOG.warn("what was received could not be delivered", e);
  }

  /** Tells nothing more, but for what is being told. */
  void close() {
    closed = true;
    add(() -> {}); // wakes the thread
  }
}

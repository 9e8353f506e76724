package dev.procession.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.CountDownLatch;

/** Ways never to return; an interrupt ends none of them. */
final class Hanging {
  private Hanging() {}

  static void spin() {
    while (true) {
      Thread.onSpinWait();
    }
  }

  /** Waits in the operating system for a connection that never comes. */
  static void inNativeCode() {
    try (ServerSocket nobodyKnows = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      while (true) {
        nobodyKnows.accept().close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void deadlock() {
    Object mine = new Object();
    Object theirs = new Object();
    CountDownLatch bothHold = new CountDownLatch(2);
    Thread other = new Thread(() -> holdThenWant(theirs, mine, bothHold), "saboteur");
    other.setDaemon(true);
    other.start();
    holdThenWant(mine, theirs, bothHold);
  }

  private static void holdThenWant(Object held, Object wanted, CountDownLatch bothHold) {
    synchronized (held) {
      bothHold.countDown();
      awaitUninterruptibly(bothHold);
      synchronized (wanted) {
        throw new AssertionError("no deadlock");
      }
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        // Not even this ends it.
      }
    }
  }

  static void swallowInterrupts() {
    while (true) {
      try {
        Thread.sleep(1_000);
      } catch (Throwable e) {
        // The very thing it is here for.
      }
    }
  }
}

package dev.procession.internal.parent;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for one event that happens once: an immutable list behind one reference, replaced
 * as a whole.
 */
final class Waiters extends AtomicReference<Waiters.@Nullable Node> {
  private static final long serialVersionUID = 1L;

  /** Stands for the list once the event has happened. */
  private static final Node HAPPENED = new Node(future -> {}, null);

  record Node(CompletionListener listener, @Nullable Node next) {
    @Nullable Node without(CompletionListener gone) {
      if (listener == gone) {
        return next;
      }
      Node rest = next == null ? null : next.without(gone);
      return rest == next ? this : new Node(listener, rest);
    }
  }

  /** Returns false if the event has happened already. */
  boolean add(CompletionListener listener) {
    while (true) {
      Node head = get();
      if (head == HAPPENED) {
        return false;
      }
      if (compareAndSet(head, new Node(listener, head))) {
        return true;
      }
    }
  }

  void remove(CompletionListener listener) {
    while (true) {
      Node head = get();
      if (head == null || head == HAPPENED) {
        return;
      }
      Node rest = head.without(listener);
      if (rest == head || compareAndSet(head, rest)) {
        return;
      }
    }
  }

  boolean isEmpty() {
    Node head = get();
    return head == null || head == HAPPENED;
  }

  /** The event has happened; tells everybody, in the order they came. */
  void wakeAll(TaskFuture<?> future) {
    Node head = getAndSet(HAPPENED);
    Node inOrder = null;
    while (head != null && head != HAPPENED) {
      inOrder = new Node(head.listener, inOrder);
      head = head.next;
    }
    for (Node node = inOrder; node != null; node = node.next) {
      node.listener.completed(future);
    }
  }

  /**
   * Waits until the event has happened.
   *
   * @param blocker shown in thread dumps
   * @param deadline nanoTime, looked at only if timed
   * @return false if the deadline passed first
   */
  boolean await(Object blocker, BooleanSupplier happened, long deadline, boolean timed)
      throws InterruptedException {
    if (happened.getAsBoolean()) {
      return true;
    }
    Thread me = Thread.currentThread();
    CompletionListener wake = future -> LockSupport.unpark(me);
    if (!add(wake)) {
      return true;
    }
    try {
      while (!happened.getAsBoolean()) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        if (timed) {
          long left = deadline - System.nanoTime();
          if (left <= 0) {
            return false;
          }
          LockSupport.parkNanos(blocker, left);
        } else {
          LockSupport.park(blocker);
        }
      }
      return true;
    } finally {
      remove(wake);
    }
  }
}

package dev.procession.internal.parent;

import java.util.ArrayDeque;
import java.util.Deque;
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

  static final class Node {
    private final CompletionListener listener;
    private final @Nullable Node next;

    Node(CompletionListener listener, @Nullable Node next) {
      this.listener = listener;
      this.next = next;
    }
  }

  /** The list without that listener, or the same if it is not in it. */
  private static @Nullable Node without(@Nullable Node head, CompletionListener gone) {
    Deque<CompletionListener> before = new ArrayDeque<>();
    Node node = head;
    while (node != null && node.listener != gone) {
      before.push(node.listener);
      node = node.next;
    }
    if (node == null) {
      return head;
    }
    Node rest = node.next;
    for (CompletionListener kept : before) {
      rest = new Node(kept, rest);
    }
    return rest;
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
      Node rest = without(head, listener);
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
    CompletionListener wake = future -> WakeUps.wake(me);
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

package dev.procession.cluster.internal.engine;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings two clusters together that were one, until the network between them broke: the engine goes
 * on as two, for ever. Those that are fewer leave theirs and join the others.
 *
 * <p>A thread of its own, that looks for members that were there once, answer, and are not there
 * now. That has to be so for a while, because a node that is started again answers before it has
 * joined.
 */
final class Reunion implements Runnable, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Reunion.class);
  private static final long LOOK_MILLIS = 5_000;
  private static final int ANSWER_MILLIS = 1_000;

  /** So often in a row the others have to be more. */
  private static final int LOOKS = 4;

  /**
   * Where there are several parts, not all are to leave at once; so long waits each node after the
   * next.
   */
  private static final int LOOKS_APART = 3;

  /** After one attempt that was in vain: five minutes. */
  private static final int LOOKS_PAUSED = 60;

  private final Supplier<Set<InetSocketAddress>> members;
  private final Predicate<InetSocketAddress> answers;
  private final Consumer<Set<InetSocketAddress>> join;
  private final Set<InetSocketAddress> known = new HashSet<>(); // this thread's, as the next
  private int timesFewer;

  private final Thread thread = new Thread(this, "procession-reunion");

  /**
   * Does not look yet.
   *
   * @param members where those listen that are of this node's cluster, itself among them; throws
   *     {@link IllegalStateException} if the engine has stopped by itself
   * @param join leaves it and joins those; returns when it has, or cannot
   */
  Reunion(Supplier<Set<InetSocketAddress>> members, Consumer<Set<InetSocketAddress>> join) {
    this(members, Reunion::answers, join);
  }

  /** As above, with another way to find out whether somebody listens at an address. */
  Reunion(
      Supplier<Set<InetSocketAddress>> members,
      Predicate<InetSocketAddress> answers,
      Consumer<Set<InetSocketAddress>> join) {
    this.members = members;
    this.answers = answers;
    this.join = join;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  @Override
  public void run() {
    try {
      while (true) {
        Thread.sleep(LOOK_MILLIS);
        look();
      }
    } catch (InterruptedException e) {
      // It is closed.
    }
  }

  /** Looks once. */
  void look() {
    Set<InetSocketAddress> ours;
    try {
      ours = members.get();
    } catch (IllegalStateException e) {
      LOG.warn("the engine has stopped: it was away for so long that the others went on without");
      join.accept(Set.copyOf(known));
      return;
    }
    Set<InetSocketAddress> others = new HashSet<>(known);
    known.addAll(ours);
    others.removeAll(ours);
    others.removeIf(answers.negate());
    timesFewer = timesFewer < 0 || areMore(others, ours) ? timesFewer + 1 : 0;
    if (timesFewer < LOOKS + LOOKS_APART * behind(others, ours)) {
      return;
    }
    timesFewer = 0;
    join.accept(Set.copyOf(others));
    try {
      if (!members.get().containsAll(others)) {
        timesFewer = -LOOKS_PAUSED; // some who answer are of another cluster, or of none
      }
    } catch (IllegalStateException e) {
      LOG.debug("the engine did not come back", e);
    }
  }

  /** Of two that are as many, those with the least address stay. */
  private static boolean areMore(Set<InetSocketAddress> others, Set<InetSocketAddress> ours) {
    return others.size() != ours.size()
        ? others.size() > ours.size()
        : inOrder(others).findFirst().orElse("").compareTo(inOrder(ours).findFirst().orElse(""))
            < 0;
  }

  /** How many of the others come after the last of ours: they leave before. */
  private static int behind(Set<InetSocketAddress> others, Set<InetSocketAddress> ours) {
    String last = inOrder(ours).reduce("", (before, next) -> next);
    return (int) inOrder(others).filter(other -> other.compareTo(last) > 0).count();
  }

  private static Stream<String> inOrder(Set<InetSocketAddress> addresses) {
    return addresses.stream().map(Object::toString).sorted();
  }

  static InetSocketAddress resolved(InetSocketAddress address) {
    return new InetSocketAddress(address.getHostString(), address.getPort());
  }

  /** Whether somebody is there, and alive. */
  static boolean answers(InetSocketAddress address) {
    try (Socket socket = new Socket()) {
      socket.connect(resolved(address), ANSWER_MILLIS); // the system does, for a frozen process too
      return reacts(socket);
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether the other side says something, or ends the connection, which is at its end. */
  private static boolean reacts(Socket socket) {
    try {
      socket.setSoTimeout(ANSWER_MILLIS);
      socket.shutdownOutput();
      int unused = socket.getInputStream().read();
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true; // it was reset
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}

package dev.procession.cluster.internal.submitter;

import dev.procession.cluster.internal.link.ClusterLink;
import dev.procession.cluster.internal.link.ClusterLink.Peer;
import dev.procession.cluster.internal.link.Conversation;
import dev.procession.cluster.internal.link.Frame;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Has members drained; submits nothing. For one thread, beside the link's. */
public final class Operator implements ClusterLink.Events, AutoCloseable {
  private final ClusterLink link;
  private final Map<Peer, Conversation> members = new LinkedHashMap<>(); // guarded by this
  private @Nullable Peer asked; // guarded by this
  private int left; // guarded by this
  private @Nullable String refusal; // guarded by this

  private Operator(ClusterLink link) {
    this.link = link;
  }

  /**
   * Over a link that is not open yet.
   *
   * @throws IOException if the cluster cannot be reached
   */
  public static Operator over(ClusterLink link) throws IOException {
    Operator operator = new Operator(link);
    link.open(operator);
    return operator;
  }

  /** The names of the members that are there, once each. */
  public synchronized List<String> names() {
    return members.keySet().stream().map(Peer::name).distinct().sorted().toList();
  }

  /**
   * Has a member drained.
   *
   * @param told is told how many calls are left, now and then
   * @return whether none is left; false if the time was over
   * @throws IllegalArgumentException if there is none of that name, or several are
   * @throws IOException if it refuses, or is lost
   */
  public boolean drain(String name, Duration patience, IntConsumer told)
      throws IOException, InterruptedException {
    Conversation conversation;
    long until = System.nanoTime() + patience.toNanos();
    synchronized (this) {
      Peer peer = memberOf(name);
      conversation = Objects.requireNonNull(members.get(peer));
      asked = peer;
      left = -1;
      refusal = null;
    }
    conversation.outgoing().add(new Frame.Drain());
    int last = -1;
    while (last != 0) {
      int now = nextOther(last, until);
      if (now == last) {
        return false;
      }
      last = now;
      told.accept(now);
    }
    return true;
  }

  /** What is left when it has changed, or the time is over. */
  private synchronized int nextOther(int last, long until)
      throws IOException, InterruptedException {
    while (left == last) {
      if (refusal != null) {
        throw new IOException(refusal);
      }
      long millis = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
      if (millis <= 0) {
        return last;
      }
      wait(millis);
    }
    return left;
  }

  private Peer memberOf(String name) {
    List<Peer> named = members.keySet().stream().filter(each -> each.name().equals(name)).toList();
    if (named.size() == 1) {
      return named.get(0);
    }
    throw new IllegalArgumentException(
        named.isEmpty()
            ? "there is no node '" + name + "'; there are " + names()
            : "there are " + named.size() + " nodes '" + name + "'");
  }

  @Override
  public synchronized void joined(Peer peer) {
    if (peer.member()) {
      members.put(peer, new Conversation(link, peer, Long.MAX_VALUE, Runnable::run));
    }
  }

  @Override
  public synchronized void left(Peer peer) {
    members.remove(peer);
    if (peer.equals(asked) && left != 0) {
      refusal = "it is gone, with what it had";
      notifyAll();
    }
  }

  @Override
  public synchronized void received(Peer peer, byte[] message) {
    Conversation conversation = members.get(peer);
    if (conversation == null) {
      return;
    }
    boolean isOfAsked = peer.equals(asked);
    try {
      for (Frame frame : conversation.received(message)) {
        if (isOfAsked && frame instanceof Frame.Left told) {
          left = told.calls();
        } else if (isOfAsked && frame instanceof Frame.Refused refused) {
          refusal = refused.why();
        }
      }
    } catch (IOException e) {
      if (isOfAsked) {
        refusal = "what it says makes no sense: " + e.getMessage();
      }
    }
    notifyAll();
  }

  @Override
  public synchronized void broken(String why) {
    refusal = why;
    notifyAll();
  }

  @Override
  public void close() {
    link.close();
  }
}

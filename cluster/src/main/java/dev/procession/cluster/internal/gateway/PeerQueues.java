package dev.procession.cluster.internal.gateway;

import dev.procession.cluster.internal.link.ClusterLink;
import dev.procession.cluster.internal.link.ClusterLink.Peer;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is on its way from a gateway to the peers: in order to each, and none waits for another, for
 * sending to one that has just died takes as long as the engine needs to notice. How much is left
 * for each is bounded by whoever has it sent (see {@link
 * dev.procession.cluster.internal.link.Conversation}). Any thread may call it.
 */
final class PeerQueues {
  private final ClusterLink link;

  /** What is left for those to which a thread is sending. Guarded by this. */
  private final Map<Peer, Deque<byte[]>> left = new HashMap<>();

  PeerQueues(ClusterLink link) {
    this.link = link;
  }

  /**
   * Leaves a message for when it is its turn.
   *
   * @return whether nobody is sending to that peer: then {@link #sendAll} has to be called
   */
  synchronized boolean add(Peer peer, byte[] message) {
    boolean isSending = left.containsKey(peer);
    left.computeIfAbsent(peer, first -> new ArrayDeque<>()).addLast(message);
    return !isSending;
  }

  /** Sends what is left for a peer; this may take long. */
  void sendAll(Peer peer) {
    byte[] message;
    while ((message = next(peer)) != null) {
      try {
        link.send(peer, message);
      } catch (IOException e) {
        // That peer is gone; the engine says so itself.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized byte @Nullable [] next(Peer peer) {
    Deque<byte[]> queue = left.get(peer);
    byte[] message = queue == null ? null : queue.pollFirst();
    if (message == null) {
      left.remove(peer);
    }
    return message;
  }
}

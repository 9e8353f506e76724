package dev.procession.cluster.internal.gateway;

import dev.procession.cluster.internal.link.ClusterLink;
import dev.procession.cluster.internal.link.ClusterLink.Peer;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What is on its way from a gateway to the peers: in order to each, and none waits for another, for
 * sending to one that has just died takes as long as the engine needs to notice. How much is left
 * for each is bounded by whoever has it sent, who is told what went. Any thread may call it.
 */
final class PeerQueues {
  private final ClusterLink link;
  private final Executor threads;
  private final Sent sent;
  private final Map<Peer, PeerQueue> queues = new HashMap<>(); // guarded by this

  /** Is told of each message that went, or will not go any more. */
  interface Sent {
    void sent(Peer peer, int bytes);
  }

  PeerQueues(ClusterLink link, Executor threads, Sent sent) {
    this.link = link;
    this.threads = threads;
    this.sent = sent;
  }

  /** Of one peer. */
  private static final class PeerQueue {
    final ArrayDeque<byte[]> left = new ArrayDeque<>(); // guarded by the outer object
    boolean sending; // guarded by the outer object
  }

  /** Sends a message when it is its turn. */
  void send(Peer peer, byte[] message) {
    synchronized (this) {
      PeerQueue queue = queues.computeIfAbsent(peer, first -> new PeerQueue());
      queue.left.addLast(message);
      if (queue.sending) {
        return;
      }
      queue.sending = true;
    }
    threads.execute(() -> sendAll(peer));
  }

  private void sendAll(Peer peer) {
    byte[] message;
    while ((message = next(peer)) != null) {
      try {
        link.send(peer, message);
      } catch (IOException e) {
        // That peer is gone; the engine says so itself.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        sent.sent(peer, message.length);
      }
    }
  }

  private synchronized byte @Nullable [] next(Peer peer) {
    PeerQueue queue = queues.get(peer);
    byte[] message = queue == null ? null : queue.left.pollFirst();
    if (message == null) {
      queues.remove(peer);
    }
    return message;
  }
}

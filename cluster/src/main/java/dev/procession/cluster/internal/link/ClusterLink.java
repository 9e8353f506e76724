package dev.procession.cluster.internal.link;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The way from one process of a cluster to the others: all that is asked of an engine.
 *
 * <p>What one peer sends to another arrives in order, or that peer is lost. Any thread may call it.
 */
public interface ClusterLink extends AutoCloseable {
  /** Bytes of a message for which no other thread is to be woken. */
  int SHORT = 8 << 10;

  /** Who is told what comes, one thing after another, by a thread that must not be kept. */
  interface Events {
    /** That peer can be reached from now on. */
    void joined(Peer peer);

    /** It cannot be reached any more, nor will anything come of it, until it joins again. */
    void left(Peer peer);

    /** Nobody can be reached any more, for ever; all have left before. */
    default void broken(String why) {}

    /** A message of a peer that has joined. */
    void received(Peer peer, byte[] message);

    /**
     * A message that is no longer than {@link #SHORT}, of a peer that has joined; told by a thread
     * for which others wait, so that it has to come back at once.
     *
     * @return what is left to do, by the other thread, before it is told anything else; null if
     *     nothing is
     */
    default @Nullable Runnable receivedShort(Peer peer, byte[] message) {
      return () -> received(peer, message);
    }
  }

  /**
   * Another process.
   *
   * @param id tells it from all others, also from one that was started later under the same name
   * @param name for people
   * @param member whether it runs tasks; else it submits them
   * @param trusted whether it may have members drained; known only where a member asks
   */
  record Peer(String id, String name, boolean member, boolean trusted) {}

  /** Begins to tell of what comes; once. */
  void open(Events events) throws IOException;

  /**
   * Sends a message; waits while the way is full.
   *
   * @throws IOException if that peer cannot be reached, and then it leaves
   */
  void send(Peer peer, byte[] message) throws IOException, InterruptedException;

  /**
   * Sends a short message if that needs no waiting, as far as can be told before.
   *
   * @return false if it was not sent
   * @throws IOException if that peer cannot be reached, and then it leaves
   */
  default boolean sendNow(Peer peer, byte[] message) throws IOException {
    return false;
  }

  /** What is kept for all; once it is open. */
  default ClusterMemory memory() {
    return ClusterMemory.NONE;
  }

  /** Leaves the cluster; nothing is told any more. */
  @Override
  void close();
}

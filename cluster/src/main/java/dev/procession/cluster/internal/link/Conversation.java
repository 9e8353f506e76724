package dev.procession.cluster.internal.link;

import dev.procession.cluster.internal.link.ClusterLink.Peer;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two ways between this process and one peer, as long as that is there.
 *
 * <p>On each of them is only so much: what was heard is told, and no more is sent before that
 * (credit-based flow control, as between the streams of HTTP/2). What is said aside is beside all
 * this: it is short, and overtakes what waits. Any thread may call it.
 */
public final class Conversation {
  private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);

  /** How many bytes are heard for the other side to be told of them. */
  static final int HEARD_BYTES = 256 << 10;

  private final ClusterLink link;
  private final Peer peer;
  private final Executor threads;

  private final Incoming incoming; // the link's thread's, as the next
  private long unheard;

  private Outgoing outgoing; // guarded by this

  /**
   * With a peer that has just come.
   *
   * @param mostBytes the longest payload that is taken of it
   * @param threads where what is said is sent, which may take long
   */
  public Conversation(ClusterLink link, Peer peer, long mostBytes, Executor threads) {
    this.link = link;
    this.peer = peer;
    this.threads = threads;
    this.incoming = new Incoming(mostBytes);
    this.outgoing = new Outgoing(link, peer, threads);
  }

  /** The way to it; another one if nothing can be sent by that before any more. */
  public synchronized Outgoing outgoing() {
    if (outgoing.isClosed()) {
      outgoing = new Outgoing(link, peer, threads);
    }
    return outgoing;
  }

  /** Says something short that is to overtake what waits. */
  public void sayAside(Frame frame) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(Incoming.ASIDE);
    try {
      Frame.append(frame, new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    byte[] message = bytes.toByteArray();
    try {
      threads.execute(() -> send(message));
    } catch (RejectedExecutionException e) {
      LOG.debug("nothing is said any more: this side is closed", e);
    }
  }

  private void send(byte[] message) {
    try {
      link.send(peer, message);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      LOG.debug("nothing can be said to {} any more", peer.name(), e); // the link says so
    }
  }

  /**
   * Takes what was received; on the link's thread.
   *
   * @return what it says, nothing if more of it is to come
   * @throws IOException if it is malformed
   */
  public List<Frame> received(byte[] message) throws IOException {
    List<Frame> frames = incoming.add(message);
    if (Incoming.isAside(message)) {
      List<Frame> others = new ArrayList<>();
      for (Frame frame : frames) {
        if (frame instanceof Frame.Heard heard) {
          outgoing().heard(heard.bytes());
        } else {
          others.add(frame);
        }
      }
      return others;
    }
    unheard += message.length;
    if (unheard >= HEARD_BYTES) {
      sayAside(new Frame.Heard(unheard));
      unheard = 0;
    }
    return frames;
  }

  /** The peer is gone: says nothing more. */
  public synchronized void close() {
    outgoing.close();
  }
}

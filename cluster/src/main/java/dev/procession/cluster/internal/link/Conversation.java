package dev.procession.cluster.internal.link;

import dev.procession.cluster.internal.link.ClusterLink.Peer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
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

  /** Of what is said aside: three frames of one or two numbers. */
  private static final int LONGEST_ASIDE = 128;

  private final ClusterLink link;
  private final Peer peer;
  private final Executor threads;

  private final Incoming incoming; // the link's thread's, as the next
  private long unheard;

  // Guarded by this.
  private final Map<Frame.Type, Frame> aside = new EnumMap<>(Frame.Type.class); // the newest
  private boolean sayingAside;
  private Outgoing outgoing;
  private boolean closed;

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
    if (outgoing.isClosed() && !closed) {
      outgoing = new Outgoing(link, peer, threads);
    }
    return outgoing;
  }

  /**
   * Begins anew: nobody may be left who could say that he has heard what is under way. So once
   * there may be twice as much of it.
   */
  public void forgive() {
    outgoing().forgive();
  }

  /* ---- Aside ---- */

  /** Whether such a frame may be said aside. */
  private static boolean mayBeAside(Frame frame) {
    return frame instanceof Frame.Heard
        || frame instanceof Frame.Renew
        || frame instanceof Frame.Granted;
  }

  /** Says something that is to overtake what waits; of each type only the newest is said. */
  public void sayAside(Frame frame) {
    synchronized (this) {
      if (closed) {
        return;
      }
      leaveAside(frame);
      if (sayingAside) {
        return;
      }
      sayingAside = true;
    }
    try {
      threads.execute(this::sendAside);
    } catch (RuntimeException | Error e) { // no thread is to be had; what comes next tries again
      LOG.debug("nothing is said to {} for now", peer.name(), e);
      synchronized (this) {
        sayingAside = false;
      }
    }
  }

  private synchronized void leaveAside(Frame frame) {
    aside.merge(frame.type(), frame, Conversation::newest);
  }

  private static Frame newest(Frame before, Frame next) {
    return before instanceof Frame.Heard one && next instanceof Frame.Heard other
        ? new Frame.Heard(Math.min(one.bytes() + other.bytes(), Outgoing.MOST_UNHEARD))
        : next;
  }

  private void sendAside() {
    List<Frame> frames = List.of();
    try {
      for (frames = nextAside(); !frames.isEmpty(); frames = nextAside()) {
        link.send(peer, asideOf(frames));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.debug("nothing can be said to {} any more", peer.name(), e); // the link says so
    } finally {
      if (!frames.isEmpty()) {
        keepUnsent(frames);
      }
    }
  }

  /** What was heard has to be told some time, or the other side has less room for ever. */
  private synchronized void keepUnsent(List<Frame> frames) {
    sayingAside = false;
    frames.stream().filter(Frame.Heard.class::isInstance).forEach(this::leaveAside);
  }

  private synchronized List<Frame> nextAside() {
    List<Frame> frames = List.copyOf(aside.values());
    aside.clear();
    sayingAside = !frames.isEmpty();
    return frames;
  }

  private static byte[] asideOf(List<Frame> frames) {
    FrameWriter out = new FrameWriter();
    out.writeByte(Incoming.ASIDE);
    frames.forEach(frame -> Frame.append(frame, out));
    return out.toBytes();
  }

  /* ---- What comes ---- */

  /**
   * Takes what was received; on the link's thread.
   *
   * @return what it says, nothing if more of it is to come
   * @throws IOException if it is malformed; the rest of that message is nothing then
   */
  public List<Frame> received(byte[] message) throws IOException {
    if (Incoming.isAside(message)) {
      return heardAside(message);
    }
    unheard += message.length; // whatever it is: the other side counts it
    if (unheard >= HEARD_BYTES) {
      sayAside(new Frame.Heard(unheard));
      unheard = 0;
    }
    return incoming.add(message);
  }

  private List<Frame> heardAside(byte[] message) throws IOException {
    if (message.length > LONGEST_ASIDE) {
      throw new IOException("an aside of " + message.length + " bytes");
    }
    List<Frame> others = new ArrayList<>();
    for (Frame frame : incoming.add(message)) {
      if (!mayBeAside(frame)) {
        throw new IOException(frame.type() + " as an aside");
      } else if (frame instanceof Frame.Heard heard) {
        outgoing().heard(heard.bytes());
      } else {
        others.add(frame);
      }
    }
    return others;
  }

  /** The peer is gone: says nothing more. */
  public synchronized void close() {
    closed = true;
    outgoing.close();
  }
}

package dev.procession.cluster.internal.link;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is to be sent to one peer, in order: whoever has something to say leaves it here, and one
 * thread at a time writes what has come together into a message.
 *
 * <p>While a message is on its way what comes after it becomes the next one: so short tasks travel
 * in batches, the larger the slower the way is. No more is under way than {@link #MOST_UNHEARD},
 * and so nobody on it has to hold more. Any thread may call it.
 */
public final class Outgoing {
  private static final Logger LOG = LoggerFactory.getLogger(Outgoing.class);

  /** No message is begun to be longer; one frame may be. */
  private static final int MOST_BYTES = 1 << 20;

  /** A message for which more could have been waited. */
  private static final int SMALL = 32 << 10;

  /**
   * How long is waited after such a message for what comes next, so that it becomes one message:
   * each costs work in all the processes that it passes.
   */
  private static final long GATHER_NANOS = 400_000;

  /** Who sends so many frames at a time will mostly have more, and wait for none by itself. */
  private static final int MANY = 32;

  /** How long is waited after a small message of many. */
  private static final long GATHER_MANY_NANOS = 1_500_000;

  /** What is longer is sent by a thread that may wait. */
  private static final int LONGEST_HERE = 4 << 10;

  /** What is longer goes in pieces, each of them so long but for the last. */
  static final int LONGEST_PIECE = 2 << 20;

  /** What may be under way that was not heard yet: two pieces, and what is not told of. */
  static final long MOST_UNHEARD = 2 * (1 + LONGEST_PIECE) + Conversation.HEARD_BYTES;

  private final ClusterLink link;
  private final ClusterLink.Peer peer;
  private final Executor threads;
  private final Window unheard = new Window(MOST_UNHEARD);
  private int count; // frames of the message that was made last; of who sends
  private volatile long waitingSince; // nanoTime of the thread that sends; 0 if it does not wait

  // Guarded by this.
  private final ArrayDeque<Object> left = new ArrayDeque<>(); // frames and sources
  private @Nullable FrameWriter unsent; // a message that is made
  private boolean sending;
  private boolean closed;

  /**
   * Nothing to send so far.
   *
   * @param threads where it is sent, which may take long
   */
  Outgoing(ClusterLink link, ClusterLink.Peer peer, Executor threads) {
    this.link = link;
    this.peer = peer;
    this.threads = threads;
  }

  /** Where frames come from that are made when it is their turn. */
  public interface Source {
    /** The next one, or null if there is no further one. */
    @Nullable Frame next() throws IOException;
  }

  /** Leaves a frame. */
  public void add(Frame frame) {
    leave(frame);
  }

  /**
   * Leaves a short frame that should arrive soon.
   *
   * @return whether nothing else is on the way: then the caller has to call {@link #sendHere} at
   *     once, though with no lock that anybody waits for
   */
  public boolean addHere(Frame frame) {
    synchronized (this) {
      if (closed) {
        return false;
      }
      left.add(frame);
      boolean isFree = !sending;
      sending = true;
      return isFree;
    }
  }

  /**
   * Sends what {@link #addHere} has left without another thread, which would have to be woken; what
   * is long, what the link does not take at once and what came meanwhile is another thread's.
   */
  public void sendHere() {
    try {
      FrameWriter message = next();
      if (message.size() == 0) {
        return; // it was forgotten meanwhile
      }
      boolean sent = message.size() <= LONGEST_HERE && sendNow(piece(message, 0, message.size()));
      synchronized (this) {
        if (closed) {
          sending = false;
          return;
        }
        if (!sent) {
          unsent = message;
        } else if (left.isEmpty()) {
          sending = false;
          return;
        }
      }
    } catch (IOException | RuntimeException | Error e) {
      fail(e);
      return;
    }
    begin();
  }

  private boolean sendNow(byte[] piece) throws IOException {
    if (!unheard.tryEnter(piece.length)) {
      return false;
    }
    boolean sent = false;
    try {
      sent = link.sendNow(peer, piece);
    } finally {
      if (!sent) {
        unheard.leave(piece.length);
      }
    }
    return sent;
  }

  /** Leaves frames that need not be in memory before they are sent. */
  public void add(Source source) {
    leave(source);
  }

  private void leave(Object frames) {
    synchronized (this) {
      if (closed) {
        return;
      }
      left.add(frames);
      if (sending) {
        return;
      }
      sending = true;
    }
    begin();
  }

  private void begin() {
    boolean begun = false;
    try {
      threads.execute(this::send);
      begun = true;
    } finally {
      if (!begun) { // no thread is to be had; who adds the next tries again
        synchronized (this) {
          sending = false;
        }
      }
    }
  }

  /** So much of what was sent has been heard. */
  void heard(long bytes) {
    unheard.leave(bytes);
  }

  /** As if all that was sent had been heard. */
  void forgive() {
    unheard.forgive();
  }

  /** Whether something has waited for so long until what was sent before it is heard. */
  public boolean isUnheardFor(long nanos) {
    long since = waitingSince;
    return since != 0 && System.nanoTime() - since > nanos;
  }

  /** Whether nothing can be sent by this any more. */
  public synchronized boolean isClosed() {
    return closed;
  }

  /** Forgets what was left; the message that is on its way arrives. */
  public synchronized void clear() {
    left.clear();
    unsent = null;
  }

  /** Whether all was sent. */
  public synchronized boolean isEmpty() {
    return !sending && left.isEmpty() && unsent == null;
  }

  /** Sends nothing more; what was left is forgotten. */
  public synchronized void close() {
    closed = true;
    clear();
    unheard.shut();
  }

  private void send() {
    try {
      for (FrameWriter message = next(); message.size() > 0; message = next()) {
        sendPieces(message);
        if (message.size() < SMALL) {
          LockSupport.parkNanos(this, count < MANY ? GATHER_NANOS : GATHER_MANY_NANOS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stop();
    } catch (IOException | RuntimeException | Error e) {
      fail(e);
    }
  }

  private void fail(Throwable e) {
    LOG.debug("nothing can be sent to {} any more", peer.name(), e);
    stop(); // the link says that it has left
  }

  private void sendPieces(FrameWriter message) throws IOException, InterruptedException {
    for (int at = 0; at < message.size(); at += LONGEST_PIECE) {
      byte[] piece = piece(message, at, Math.min(LONGEST_PIECE, message.size() - at));
      awaitHeard(piece.length);
      link.send(peer, piece);
    }
  }

  private void awaitHeard(int bytes) throws IOException, InterruptedException {
    if (unheard.tryEnter(bytes)) {
      return;
    }
    waitingSince = System.nanoTime() | 1; // never 0
    try {
      if (!unheard.enter(bytes)) {
        throw new IOException("it is closed");
      }
    } finally {
      waitingSince = 0;
    }
  }

  private static byte[] piece(FrameWriter message, int at, int length) {
    byte[] piece = new byte[1 + length];
    boolean isLast = at + length == message.size();
    if (at == 0) {
      piece[0] = isLast ? Incoming.WHOLE : Incoming.FIRST;
    } else {
      piece[0] = isLast ? Incoming.LAST : Incoming.MORE;
    }
    message.copy(at, piece, 1, length);
    return piece;
  }

  private synchronized void stop() {
    sending = false;
    close();
  }

  /** Writes what is there; empty if nothing is. */
  private FrameWriter next() throws IOException {
    synchronized (this) {
      FrameWriter made = unsent;
      if (made != null) {
        unsent = null;
        return made;
      }
    }
    FrameWriter message = new FrameWriter();
    count = 0;
    List<Frame> frames = new ArrayList<>();
    while (message.size() < MOST_BYTES) {
      frames.clear();
      Source source;
      synchronized (this) {
        take(frames, MOST_BYTES - message.size());
        source = frames.isEmpty() && left.peek() instanceof Source first ? first : null;
        if (frames.isEmpty() && source == null) {
          sending &= message.size() > 0;
          break;
        }
      }
      if (source != null) {
        Frame next = source.next();
        if (next != null) {
          frames.add(next);
        } else {
          synchronized (this) {
            left.remove(source); // or it was forgotten meanwhile
          }
        }
      }
      for (Frame frame : frames) {
        Frame.append(frame, message);
      }
      count += frames.size();
    }
    return message;
  }

  /** Takes frames, until they are so long or a source comes. */
  private void take(List<Frame> frames, int bytes) {
    long size = 0;
    while (size < bytes && left.peek() instanceof Frame frame) {
      left.remove();
      frames.add(frame);
      size += frame.roughSize();
    }
  }
}

package dev.procession.cluster.internal.process;

import dev.procession.internal.wire.Doorbell;
import dev.procession.internal.wire.MappedFiles;
import dev.procession.internal.wire.SpscRing;
import dev.procession.internal.wire.WireException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Messages of any length between two processes of one machine, in both directions: through two
 * rings in shared memory, with a channel by which a side that sleeps is woken and by which each
 * notices the other's end.
 *
 * <p>Any thread may send; one thread receives. What comes from the other side is untrusted, and a
 * violation ends the pipe.
 */
public final class MessagePipe implements Closeable {
  /*
   *     0  A's ring: tail   64  head      128  B's ring: tail   192  head
   *   256  A waits for messages           320  B does
   *   384  A waits for room               448  B does
   *   512  A has closed it                576  B has
   *  4096  A's ring: what A sends       4096 + RING  B's ring
   */
  private static final int RING = 1 << 20;
  private static final int LINE = 64;
  private static final int RINGS_AT = 4096;

  /** Bytes of the file. */
  static final int SIZE = RINGS_AT + 2 * RING;

  private static final int CLOSED = 1;

  private static final int PIECE = 1;
  private static final int LAST = 2;
  private static final int LONGEST_PIECE = RING / 8;

  /** The longest message; more is taken for nonsense. */
  private static final int LONGEST = Integer.MAX_VALUE - 64;

  /** A bell may be on its way behind messages that nobody has read yet. */
  private static final long ROOM_NANOS = 1_000_000;

  private final SpscRing out;
  private final SpscRing in;
  private final ByteBuffer buffer;
  private final Doorbell wantsMessages;
  private final Doorbell otherWantsMessages;
  private final Doorbell wantsRoom;
  private final Doorbell otherWantsRoom;
  private final int closedAt;
  private final int otherClosedAt;
  private final SocketChannel channel;
  private final Selector selector;
  private final ReentrantLock sending = new ReentrantLock();
  private final ByteBuffer rung = ByteBuffer.allocate(256);
  private volatile @Nullable Thread waitsForRoom;
  private volatile boolean closed;

  private MessagePipe(ByteBuffer buffer, boolean isFirst, SocketChannel channel)
      throws IOException {
    SpscRing ofA = new SpscRing(buffer, RINGS_AT, RING, 0, LINE);
    SpscRing ofB = new SpscRing(buffer, RINGS_AT + RING, RING, 2 * LINE, 3 * LINE);
    int mine = isFirst ? 0 : LINE;
    int others = isFirst ? LINE : 0;
    this.buffer = buffer;
    this.out = isFirst ? ofA : ofB;
    this.in = isFirst ? ofB : ofA;
    this.wantsMessages = new Doorbell(buffer, 4 * LINE + mine);
    this.otherWantsMessages = new Doorbell(buffer, 4 * LINE + others);
    this.wantsRoom = new Doorbell(buffer, 6 * LINE + mine);
    this.otherWantsRoom = new Doorbell(buffer, 6 * LINE + others);
    this.closedAt = 8 * LINE + mine;
    this.otherClosedAt = 8 * LINE + others;
    this.channel = channel;
    channel.configureBlocking(false); // else an interrupt of a thread that sends would close it
    this.selector = Selector.open();
    channel.register(selector, SelectionKey.OP_READ);
  }

  /** Makes the file's content; its bytes are for {@link #first}. */
  static ByteBuffer create(Path file) throws IOException {
    return MappedFiles.create(file, SIZE);
  }

  /** The side that has made the file. */
  static MessagePipe first(ByteBuffer made, SocketChannel channel) throws IOException {
    return new MessagePipe(made, /* isFirst= */ true, channel);
  }

  /** The other side. */
  static MessagePipe second(Path file, SocketChannel channel) throws IOException {
    return new MessagePipe(MappedFiles.open(file, SIZE), /* isFirst= */ false, channel);
  }

  /* ---- Sending ---- */

  /**
   * Sends a message; waits while the other side has not read what was sent before.
   *
   * @throws IOException if the pipe has ended
   */
  public void send(byte[] message) throws IOException {
    sending.lock();
    try {
      int sent = 0;
      do {
        int piece = Math.min(message.length - sent, LONGEST_PIECE);
        int at = claim(piece);
        buffer.put(at, message, sent, piece);
        sent += piece;
        publish(sent == message.length ? LAST : PIECE);
      } while (sent < message.length);
    } finally {
      sending.unlock();
    }
  }

  /**
   * Sends a message if nobody has to be waited for.
   *
   * @return false if it was not sent
   * @throws IOException if the pipe has ended
   */
  public boolean trySend(byte[] message) throws IOException {
    if (message.length > LONGEST_PIECE || !sending.tryLock()) {
      return false;
    }
    try {
      int at = closed ? -1 : out.claim(message.length);
      if (at < 0) {
        return false;
      }
      buffer.put(at, message);
      publish(LAST);
      return true;
    } finally {
      sending.unlock();
    }
  }

  private void publish(int type) throws IOException {
    out.publish(type);
    if (otherWantsMessages.take()) {
      ring();
    }
  }

  private int claim(int bytes) throws IOException {
    int at;
    while ((at = out.claim(bytes)) < 0) {
      waitsForRoom = Thread.currentThread();
      wantsRoom.want(true);
      try {
        at = out.claim(bytes);
        if (at >= 0) {
          break;
        }
        if (closed) {
          throw new WireException("the pipe has ended");
        }
        LockSupport.parkNanos(this, ROOM_NANOS);
      } finally {
        wantsRoom.want(false);
        waitsForRoom = null;
      }
    }
    if (closed) {
      throw new WireException("the pipe has ended");
    }
    return at;
  }

  /** Where there is no room for another bell, the other side will see one that is there. */
  private void ring() throws IOException {
    ByteBuffer bell = ByteBuffer.allocate(1);
    int unused = channel.write(bell);
  }

  /* ---- Receiving: one thread ---- */

  /**
   * Waits for the next message.
   *
   * @return null if the other side has ended
   * @throws IOException if what it says is no message
   */
  public byte @Nullable [] receive() throws IOException {
    byte[] message = {};
    int filled = 0;
    while (true) {
      int at = in.poll();
      if (at < 0) {
        if (!awaitRecord()) {
          return null;
        }
        continue;
      }
      int length = in.length();
      boolean isLast = in.type() == LAST;
      if (!isLast && in.type() != PIECE) {
        throw new WireException("a record of type " + in.type());
      }
      if (length > LONGEST - filled) {
        throw new WireException("a message of more than " + LONGEST + " bytes");
      }
      if (message.length - filled < length) {
        long room = isLast ? filled + length : Math.min(LONGEST, 2L * (filled + length));
        message = Arrays.copyOf(message, (int) room);
      }
      buffer.get(at, message, filled, length);
      filled += length;
      in.release();
      if (otherWantsRoom.take()) {
        ring();
      }
      if (isLast) {
        return filled == message.length ? message : Arrays.copyOf(message, filled);
      }
    }
  }

  /** Sleeps until there is a record; false if the other side has ended and none is left. */
  private boolean awaitRecord() throws IOException {
    wantsMessages.want(true);
    if (in.hasRecord()) {
      return true;
    }
    rung.clear();
    int read = awaitBell();
    Thread sender = waitsForRoom;
    if (sender != null) {
      LockSupport.unpark(sender);
    }
    if (read < 0 && !in.hasRecord()) {
      closed = true;
      return false;
    }
    return true;
  }

  /** Returns a negative number if the other side has ended, or this one. */
  private int awaitBell() throws IOException {
    int read = 0;
    boolean interrupted = false;
    try {
      while (!closed && (read = channel.read(rung)) == 0) {
        int unused = selector.select();
        selector.selectedKeys().clear();
        interrupted |= Thread.interrupted(); // or it would not wait
      }
    } catch (ClosedChannelException | ClosedSelectorException e) {
      return -1;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    return closed ? -1 : read;
  }

  /** Once {@link #receive} has returned null: whether the other side closed it and did not die. */
  boolean isClosedByOther() {
    return buffer.getInt(otherClosedAt) == CLOSED;
  }

  /** Ends it; the other side still reads what was sent. */
  @Override
  public void close() throws IOException {
    closed = true;
    buffer.putInt(closedAt, CLOSED); // before the channel: the system call orders it
    channel.close();
    selector.close(); // wakes who waits for a bell
  }
}

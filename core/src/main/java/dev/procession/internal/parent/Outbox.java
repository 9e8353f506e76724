package dev.procession.internal.parent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * What is on its way to one worker by its channel. The system takes a few hundred messages that
 * were not read yet, fewer than a burst can have, and a worker that collects garbage reads none; so
 * what it does not take is kept here, in order. Any thread may call it.
 */
final class Outbox {
  /** Who has left so much unread will not read it any more. */
  static final int MOST_BYTES = 8 << 20;

  private final Queue<ByteBuffer> unsent = new ArrayDeque<>(); // guarded by this
  private int unsentBytes; // guarded by this

  /** How much of what there was to send is sent. */
  enum Sent {
    ALL,
    /** The rest is kept; {@link Outbox#flush} is to be called when the channel takes more. */
    PART,
    /** More than {@link #MOST_BYTES} are left. */
    TOO_LITTLE
  }

  /**
   * Sends a message behind those that are kept, or keeps it.
   *
   * @throws IOException if the channel has ended
   */
  synchronized Sent send(SocketChannel channel, ByteBuffer message) throws IOException {
    if (unsent.isEmpty()) {
      channel.write(message);
      if (!message.hasRemaining()) {
        return Sent.ALL;
      }
    }
    return keep(message) ? Sent.PART : Sent.TOO_LITTLE;
  }

  /** Keeps a message until there is a channel; false if more than {@link #MOST_BYTES} are kept. */
  synchronized boolean keep(ByteBuffer message) {
    unsentBytes += message.remaining();
    unsent.add(ByteBuffer.allocate(message.remaining()).put(message).flip());
    return unsentBytes <= MOST_BYTES;
  }

  /**
   * Sends what is kept, as far as the channel takes it.
   *
   * @throws IOException if the channel has ended
   */
  synchronized Sent flush(SocketChannel channel) throws IOException {
    ByteBuffer next;
    while ((next = unsent.peek()) != null) {
      unsentBytes -= channel.write(next);
      if (next.hasRemaining()) {
        return Sent.PART;
      }
      unsent.remove();
    }
    return Sent.ALL;
  }
}

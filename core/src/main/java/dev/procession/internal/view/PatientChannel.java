package dev.procession.internal.view;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * A channel whose other side may be stopped: nothing waits for it for ever. Unix sockets have no
 * time-out of their own in Java. For one thread, except {@link #close}.
 */
final class PatientChannel implements Closeable {
  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;

  /** Takes over that channel, also if this fails. */
  PatientChannel(SocketChannel channel) throws IOException {
    this.channel = channel;
    Selector opened = null;
    try {
      channel.configureBlocking(false);
      opened = Selector.open();
      this.key = channel.register(opened, SelectionKey.OP_READ);
      this.selector = opened;
    } catch (IOException | RuntimeException e) {
      channel.close();
      if (opened != null) {
        opened.close();
      }
      throw e;
    }
  }

  /**
   * Writes all of it.
   *
   * @throws SocketTimeoutException if that takes longer
   */
  void write(ByteBuffer bytes, Duration patience) throws IOException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (bytes.hasRemaining()) {
      if (channel.write(bytes) == 0) {
        await(SelectionKey.OP_WRITE, deadline);
      }
    }
  }

  /**
   * Reads so many bytes.
   *
   * @throws EOFException if the other side has closed it
   * @throws SocketTimeoutException if that takes longer
   */
  ByteBuffer read(int length, Duration patience) throws IOException {
    long deadline = System.nanoTime() + patience.toNanos();
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      int read = channel.read(bytes);
      if (read < 0) {
        throw new EOFException();
      }
      if (read == 0) {
        await(SelectionKey.OP_READ, deadline);
      }
    }
    return bytes.flip();
  }

  private void await(int operation, long deadline) throws IOException {
    long millis = (deadline - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new SocketTimeoutException("no answer");
    }
    key.interestOps(operation);
    selector.select(millis);
    selector.selectedKeys().clear();
    if (Thread.currentThread().isInterrupted()) {
      throw new SocketTimeoutException("interrupted while waiting for an answer");
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
    selector.close();
  }
}

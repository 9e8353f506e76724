package dev.procession.internal.worker;

import dev.procession.internal.wire.ClassAnswer;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.WireException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The worker's end of the private channel: passes on the doorbell and interrupts, and ends the
 * process at once when the parent is gone. What is sent before it is connected is kept.
 *
 * <p>One daemon thread connects and reads; {@link #send} may be called by any thread.
 */
final class ParentLink {
  private static final int SPINS = 1_000;
  private static final long FULL_NANOS = 200_000;

  /** Between two looks whether the lease has ended. */
  private static final long LEASE_MILLIS = 100;

  private static final long REST_NANOS = 10_000_000;

  /*
   * The channel is non-blocking although one thread does nothing but wait for it: an interrupt closes a
   * channel that a thread is blocked in, and a task's thread, which rings the doorbell, may be
   * interrupted by anything the task left behind.
   */
  private volatile @Nullable SocketChannel channel;
  private volatile @Nullable Selector selector;
  private final Queue<ByteBuffer> early = new ArrayDeque<>(); // guarded by this
  private final CompletableFuture<Boolean> connected = new CompletableFuture<>();
  private final Orders orders;
  private volatile boolean heard;
  private volatile boolean resting;
  private volatile boolean closed;

  /** What the parent may want; told on the link's thread, where nothing may take long. */
  interface Orders {
    /** The parent is gone, or the channel to it. */
    void parentLost();

    /** Until when the worker may live without a word of its parent, a nanoTime; 0 for ever. */
    long lease();

    /** The link cannot go on. */
    void failed(Throwable failure);

    /** Look at your ring. */
    void bell();

    /** Interrupt that call if it still runs. */
    void interrupt(long sequence);

    /** Says what the threads do. */
    String threads();

    /** Say how this JVM fares. */
    void vitals();

    /** Watch for so many seconds what the threads spend their time with, and say it. */
    void profile(int seconds);

    /** The answer to a question. */
    void told(ControlMessages.Told told);

    /** Read that shared value. */
    void preload(ControlMessages.Preload value);

    /** That shared value was closed. */
    void forget(String file);

    /** The answer to a question for a class or a resource. */
    void loaded(ClassAnswer answer);

    /** That class loader is in use no more. */
    void release(int loader);
  }

  ParentLink(Orders orders) {
    this.orders = orders;
  }

  /**
   * Takes up the connection: says that first, and then what was to be sent before. Once, and before
   * {@link #watch}.
   */
  void connect(SocketChannel made, ByteBuffer first) throws IOException {
    made.configureBlocking(false);
    Selector selecting = Selector.open();
    made.register(selecting, SelectionKey.OP_READ);
    synchronized (this) {
      channel = made;
      selector = selecting;
      write(made, first);
      early.forEach(message -> write(made, message));
      early.clear();
    }
    connected.complete(true);
    if (closed) {
      close();
    }
  }

  /** Whether the parent has taken note of it: from then on it rings. */
  boolean isHeard() {
    return heard;
  }

  /** Waits until it is connected, or closed; returns whether it was connected. */
  boolean awaitConnection() {
    return connected.join();
  }

  /** Sends a whole message, not mixed with another; ends the process if the parent is gone. */
  synchronized void send(ByteBuffer message) {
    SocketChannel open = channel;
    if (open == null && closed) {
      orders.parentLost();
    } else if (open == null) {
      early.add(ByteBuffer.allocate(message.remaining()).put(message).flip());
    } else {
      write(open, message);
    }
  }

  private void write(SocketChannel open, ByteBuffer message) {
    try {
      for (int i = 0; message.hasRemaining(); i++) {
        if (open.write(message) == 0) {
          if (i < SPINS) {
            Thread.onSpinWait();
          } else {
            LockSupport.parkNanos(this, FULL_NANOS); // the parent is away, or has much to read
          }
        }
      }
    } catch (IOException e) {
      orders.parentLost();
    }
  }

  /** Rings the parent's doorbell; who takes note of a new link looks without being rung. */
  void ring() {
    if (channel != null) {
      send(ControlMessages.bell());
    }
  }

  /** Ends the link, and with it {@link #watch}. */
  void close() {
    closed = true;
    connected.complete(false);
    SocketChannel open = channel;
    Selector selecting = selector;
    if (open == null || selecting == null) {
      return; // once it is connected
    }
    try {
      open.close();
      selecting.close();
    } catch (IOException e) {
      // It is as good as closed.
    }
  }

  /**
   * Has the reading thread look now and then instead of waiting in the operating system. A JVM that
   * ends waits up to 300 ms for threads in native code, and a thread in {@code select} is one.
   */
  void rest() {
    resting = true;
    Objects.requireNonNull(selector).wakeup();
  }

  /** Listens to the parent until it is gone, on the link's own thread. */
  void watch() {
    SocketChannel channel = Objects.requireNonNull(this.channel);
    Selector selector = Objects.requireNonNull(this.selector);
    try {
      ByteBuffer in = ByteBuffer.allocate(1024);
      while (true) {
        if (resting) {
          LockSupport.parkNanos(this, REST_NANOS);
        } else if (!awaitMessage(selector)) {
          break;
        }
        int read = channel.read(in);
        if (read < 0) {
          break;
        }
        heard |= read > 0;
        in.flip();
        while (handleOne(in)) {
          // as many as have come
        }
        in.compact();
        if (!in.hasRemaining()) {
          in = ByteBuffer.allocate(2 * in.capacity()).put(in.flip());
        }
      }
    } catch (IOException | ClosedSelectorException e) {
      // As good as end of file.
    } catch (Throwable e) {
      // The heap is full, say. A worker that hears nothing any more must not live on.
      orders.failed(e);
    }
    orders.parentLost();
  }

  /** Waits for the parent; false if the lease has ended first. */
  private boolean awaitMessage(Selector selector) throws IOException {
    // A parent that gives leases has given one before it launches the worker.
    while (orders.lease() != 0) {
      if (System.nanoTime() - orders.lease() > 0) {
        return false;
      }
      if (selector.select(LEASE_MILLIS) > 0) {
        selector.selectedKeys().clear();
        return true;
      }
      if (resting) {
        return true;
      }
    }
    selector.select();
    selector.selectedKeys().clear();
    return true;
  }

  private boolean handleOne(ByteBuffer in) throws IOException {
    if (!in.hasRemaining()) {
      return false;
    }
    int start = in.position();
    switch (in.get()) {
      case ControlMessages.BELL -> {
        orders.bell();
        return true;
      }
      case ControlMessages.INTERRUPT -> {
        if (in.remaining() >= Long.BYTES) {
          orders.interrupt(in.getLong());
          return true;
        }
      }
      case ControlMessages.DUMP -> {
        sendThreads();
        return true;
      }
      case ControlMessages.VITALS -> {
        orders.vitals();
        return true;
      }
      case ControlMessages.PROFILE -> {
        Integer seconds = ControlMessages.readAskForProfile(in);
        if (seconds != null) {
          orders.profile(seconds);
          return true;
        }
      }
      case ControlMessages.TOLD -> {
        ControlMessages.Told told = ControlMessages.readTold(in);
        if (told != null) {
          orders.told(told);
          return true;
        }
      }
      case ControlMessages.PRELOAD -> {
        ControlMessages.Preload value = ControlMessages.readPreload(in);
        if (value != null) {
          orders.preload(value);
          return true;
        }
      }
      case ControlMessages.FORGET -> {
        String file = ControlMessages.readForget(in);
        if (file != null) {
          orders.forget(file);
          return true;
        }
      }
      case ControlMessages.LOADED -> {
        ClassAnswer answer = ControlMessages.readLoaded(in);
        if (answer != null) {
          orders.loaded(answer);
          return true;
        }
      }
      case ControlMessages.RELEASE -> {
        Integer loader = ControlMessages.readRelease(in);
        if (loader != null) {
          orders.release(loader);
          return true;
        }
      }
      default -> throw new WireException("message type " + in.get(start) + " from the parent");
    }
    in.position(start);
    return false;
  }

  private void sendThreads() {
    String text;
    try {
      text = orders.threads();
    } catch (RuntimeException | Error e) {
      text = "no thread dump: " + e.getClass().getName();
    }
    send(ControlMessages.threads(text.getBytes(StandardCharsets.UTF_8)));
  }
}

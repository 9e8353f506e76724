package dev.procession.internal.worker;

import dev.procession.internal.os.ProcessTree;
import dev.procession.internal.wire.ClassAnswer;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.internal.wire.WorkerExit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * The worker's end of the private channel: passes on the doorbell and interrupts, and ends the
 * process at once when the parent is gone.
 *
 * <p>One daemon thread reads; {@link #send} may be called by any thread.
 */
final class ParentLink {
  private static final long REST_NANOS = 10_000_000;

  /** Of a parent that dies the system closes one descriptor after another. */
  private static final Duration PARENT_DIES_IN = Duration.ofMillis(500);

  /*
   * The channel is non-blocking although one thread does nothing but wait for it: an interrupt closes a
   * channel that a thread is blocked in, and a task's thread, which rings the doorbell, may be
   * interrupted by anything the task left behind.
   */
  private final SocketChannel channel;
  private final Selector selector;
  private final SharedDirectory directory;
  private final Orders orders;
  private final String mark = System.getenv().getOrDefault(ProcessTree.PROCESSION_WORKER, "");
  private volatile boolean resting;

  /** What the parent may want; told on the link's thread, where nothing may take long. */
  interface Orders {
    /** Look at your ring. */
    void bell();

    /** Interrupt that call if it still runs. */
    void interrupt(long sequence);

    /** Says what the threads do. */
    String threads();

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

  ParentLink(SocketChannel channel, SharedDirectory directory, Orders orders) throws IOException {
    this.channel = channel;
    this.directory = directory;
    this.orders = orders;
    channel.configureBlocking(false);
    selector = Selector.open();
    channel.register(selector, SelectionKey.OP_READ);
  }

  /** Sends a whole message, not mixed with another; ends the process if the parent is gone. */
  synchronized void send(ByteBuffer message) {
    try {
      while (message.hasRemaining()) {
        if (channel.write(message) == 0) {
          Thread.onSpinWait();
        }
      }
    } catch (IOException e) {
      parentLost();
    }
  }

  /**
   * Has the reading thread look now and then instead of waiting in the operating system. A JVM that
   * ends waits up to 300 ms for threads in native code, and a thread in {@code select} is one.
   */
  void rest() {
    resting = true;
    selector.wakeup();
  }

  /** Listens to the parent until it is gone, on the link's own thread. */
  void watch() {
    try {
      ByteBuffer in = ByteBuffer.allocate(1024);
      while (true) {
        if (resting) {
          LockSupport.parkNanos(this, REST_NANOS);
        } else {
          selector.select();
          selector.selectedKeys().clear();
        }
        if (channel.read(in) < 0) {
          break;
        }
        in.flip();
        while (handleOne(in)) {
          // as many as have come
        }
        in.compact();
        if (!in.hasRemaining()) {
          in = ByteBuffer.allocate(2 * in.capacity()).put(in.flip());
        }
      }
    } catch (IOException e) {
      // As good as end of file.
    } catch (Throwable e) {
      // The heap is full, say. A worker that hears nothing any more must not live on.
      Runtime.getRuntime().halt(WorkerExit.of(e));
    }
    parentLost();
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
      default -> Runtime.getRuntime().halt(WorkerExit.BROKEN);
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

  /**
   * The tasks' own processes go with the worker, and the files that nobody will delete any more: if
   * the parent is gone indeed, for the channel also ends when a task closes its descriptor.
   */
  private void parentLost() {
    try {
      ProcessTree.kill(ProcessHandle.current(), mark); // spares this process
    } catch (RuntimeException | Error e) {
      // Listing processes can fail when the system is short of memory; ending must not.
    }
    if (!directory.deleteIfAbandoned(PARENT_DIES_IN)) {
      System.err.println("the channel to the parent was closed, though not by the parent");
      Runtime.getRuntime().halt(WorkerExit.BROKEN);
    }
    Signals.killSelf();
  }
}

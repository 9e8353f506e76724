package dev.procession.cli;

import dev.procession.ArrivingInputs;
import dev.procession.cli.input.Input;
import dev.procession.cli.input.Inputs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Inputs that a thread of its own reads ahead, and closes, so that results are written while
 * standard input has nothing to give.
 */
final class ReadAhead implements ArrivingInputs<Input>, AutoCloseable {
  private static final int MOST = 1024;

  private final Inputs inputs;
  private final ArrayDeque<Input> read = new ArrayDeque<>(); // guarded by this
  private boolean ended; // guarded by this
  private @Nullable RuntimeException failure; // guarded by this
  private volatile Runnable wake = () -> {};
  private final Thread reader = new Thread(this::read, "read-inputs");

  ReadAhead(Inputs inputs) {
    this.inputs = inputs;
    reader.setDaemon(true); // it may be reading from a terminal for ever
    reader.start();
  }

  private void read() {
    try {
      while (inputs.hasNext() && add(inputs.next())) {
        wake.run();
      }
    } catch (RuntimeException e) {
      fail(e);
    } catch (Error e) { // no memory for a line without an end, say
      fail(new UncheckedIOException(new IOException("the inputs cannot be read on: " + e, e)));
    } finally {
      end();
      closeInputs();
    }
  }

  private synchronized void fail(RuntimeException e) {
    failure = e;
  }

  /** By the thread that reads them: another one might have to wait for what it is reading. */
  private void closeInputs() {
    try {
      inputs.close();
    } catch (IOException e) {
      // Nothing is wanted of it any more.
    }
  }

  /** Whether more are wanted. */
  private synchronized boolean add(Input input) {
    while (read.size() >= MOST && !ended) {
      try {
        wait();
      } catch (InterruptedException e) {
        return false;
      }
    }
    read.add(input);
    notifyAll();
    return !ended;
  }

  /** Nothing more is given: what is read and not taken yet is dropped. */
  void stop() {
    synchronized (this) {
      read.clear();
    }
    end();
  }

  private void end() {
    synchronized (this) {
      ended = true;
      notifyAll();
    }
    wake.run();
  }

  @Override
  public synchronized boolean isReady() {
    return !read.isEmpty() || ended;
  }

  @Override
  public void whenReady(Runnable wake) {
    this.wake = Objects.requireNonNull(wake);
  }

  /** Whether reading has failed: what {@link #hasNext} will throw. */
  synchronized boolean hasFailed() {
    return failure != null;
  }

  @Override
  public synchronized boolean hasNext() {
    while (!isReady()) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    if (read.isEmpty() && failure != null) {
      RuntimeException told = failure;
      failure = null;
      throw told;
    }
    return !read.isEmpty();
  }

  /** The next one, or null at the end; waits for it. */
  synchronized @Nullable Input poll() {
    if (!hasNext()) {
      return null;
    }
    Input next = read.remove();
    notifyAll();
    return next;
  }

  @Override
  public Input next() {
    Input next = poll();
    if (next == null) {
      throw new NoSuchElementException();
    }
    return next;
  }

  @Override
  public void close() {
    stop();
    reader.interrupt();
  }
}

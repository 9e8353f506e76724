package dev.procession.cli.result;

import dev.procession.cli.Reason;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Writes results, a line each. What has been written is out of this process a moment later, so that
 * a reader can follow, and a run that is killed loses little.
 */
public final class ResultWriter implements Closeable {
  private static final long FLUSH_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final Writer out; // guarded by this
  private final Thread flusher = new Thread(this::flushNowAndThen, "flush-results");
  private boolean dirty; // guarded by this
  private @Nullable IOException failure; // guarded by this
  private boolean told; // guarded by this; of the failure
  private volatile boolean closed;

  /** Writes to that stream, and closes it. */
  public ResultWriter(OutputStream out) {
    this.out = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), 1 << 16);
    flusher.setDaemon(true);
    flusher.start();
  }

  /**
   * Adds a line.
   *
   * @throws UncheckedIOException if it cannot be written: the disk is full, or nobody reads any
   *     more
   */
  public synchronized void write(Result result) {
    try {
      if (failure != null) {
        throw failure;
      }
      out.write(result.toJson().toString());
      out.write('\n');
      dirty = true;
    } catch (IOException e) {
      failure = e;
      told = true;
      throw new UncheckedIOException("the results cannot be written: " + Reason.of(e), e);
    }
  }

  private void flushNowAndThen() {
    while (!closed) {
      LockSupport.parkNanos(this, FLUSH_NANOS);
      synchronized (this) {
        if (dirty && failure == null) {
          try {
            out.flush();
            dirty = false;
          } catch (IOException e) {
            failure = e; // told to the next who writes
          }
        }
      }
    }
  }

  /**
   * Writes what is left.
   *
   * @throws IOException if it cannot be written, and nobody was told of that before
   */
  @Override
  public void close() throws IOException {
    closed = true;
    LockSupport.unpark(flusher);
    synchronized (this) {
      try {
        out.close();
      } catch (IOException e) {
        failure = failure == null ? e : failure;
      }
      if (failure != null && !told) {
        told = true;
        throw failure;
      }
    }
  }
}

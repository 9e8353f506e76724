package dev.procession.cluster.internal.member;

import dev.procession.cluster.internal.link.ClusterMemory;
import dev.procession.cluster.internal.link.Frame;
import dev.procession.internal.parent.HostedPool;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The values that one submitter shares with the workers that it has at this member: each is taken
 * from the cluster's memory once, into memory that all those workers map. Frames are taken by one
 * thread; values are fetched by others.
 */
final class SharedHere {
  private static final Logger LOG = LoggerFactory.getLogger(SharedHere.class);

  /** It becomes the name of a file. */
  private static final Pattern NAME = Pattern.compile("value-[0-9]+");

  /** How often the submitter is asked for one that is not kept where it should be. */
  private static final int MOST_LACKS = 3;

  /** Values that are fetched at a time; each has some pieces in memory. */
  private static final int MOST_FETCHED = 4;

  private final HostedPool pool;
  private final Source source;
  private final Executor threads;
  private final Consumer<Frame> toSubmitter;
  private final Map<String, Value> values = new ConcurrentHashMap<>();
  private final Semaphore fetching = new Semaphore(MOST_FETCHED);

  /** Where values are kept. */
  interface Source {
    /** A piece; null if it is not kept. */
    byte @Nullable [] piece(String value, int piece) throws IOException;
  }

  private static final class Value {
    private final String name;
    private final long size;
    private int lacks; // guarded by this, as the next
    private boolean hasArrived;

    Value(String name, long size) {
      this.name = name;
      this.size = size;
    }
  }

  /** A piece is not where it should be. */
  private static final class LackingException extends IOException {
    private static final long serialVersionUID = 1;

    LackingException(String what) {
      super(what);
    }
  }

  SharedHere(HostedPool pool, Source source, Executor threads, Consumer<Frame> toSubmitter) {
    this.pool = pool;
    this.source = source;
    this.threads = threads;
    this.toSubmitter = toSubmitter;
  }

  /** Tasks that come after this may ask for it, and wait if it is not here yet. */
  void take(Frame.Share share) throws IOException {
    if (!NAME.matcher(share.value()).matches()) {
      throw new IOException("a shared value called '" + share.value() + "'");
    }
    Value known = values.get(share.value());
    Value value = known == null ? new Value(share.value(), share.size()) : known;
    if (known == null) {
      pool.announceShared(value.name);
      values.put(value.name, value);
    }
    threads.execute(() -> fetch(value));
  }

  void take(Frame.Preload preload) {
    Value value = values.get(preload.value());
    if (value != null) {
      pool.preloadShared(value.name, value.size);
    }
  }

  void take(Frame.Unshare unshare) throws IOException {
    if (values.remove(unshare.value()) != null) {
      pool.forgetShared(unshare.value());
    }
  }

  private void fetch(Value value) {
    synchronized (value) { // it may be announced twice
      try {
        if (!value.hasArrived) {
          arrive(value);
        }
        if (!values.containsKey(value.name)) { // it was closed meanwhile
          pool.forgetShared(value.name);
        }
      } catch (IOException | RuntimeException e) {
        LOG.debug("the pool has ended", e);
      }
    }
  }

  private void arrive(Value value) throws IOException {
    fetching.acquireUninterruptibly();
    try {
      pool.arriveShared(value.name, file -> write(value, file));
      value.hasArrived = true;
    } catch (IOException | RuntimeException | Error e) { // or who waits for it would for ever
      if (hasLacking(e) && ++value.lacks <= MOST_LACKS) {
        toSubmitter.accept(new Frame.Lack(value.name));
        return;
      }
      LOG.warn("a shared value does not come", e);
      pool.failShared(value.name, "the value did not come to this node: " + e.getMessage());
    } finally {
      fetching.release();
    }
  }

  /** Where a file cannot be written in one place another one is tried, each for its own reason. */
  private static boolean hasLacking(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof LackingException) {
        return true;
      }
    }
    return false;
  }

  private void write(Value value, Path file) throws IOException {
    long left = value.size;
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int piece = 0; left > 0; piece++) {
        if (!values.containsKey(value.name)) {
          throw new IOException("it was closed meanwhile");
        }
        byte[] bytes = source.piece(value.name, piece);
        if (bytes == null) {
          throw new LackingException("piece " + piece + " of it is not kept any more");
        }
        if (bytes.length != Math.min(left, ClusterMemory.PIECE_BYTES)) {
          throw new IOException("piece " + piece + " of it has " + bytes.length + " bytes");
        }
        out.write(bytes);
        left -= bytes.length;
      }
    }
  }
}

package dev.procession.cluster.internal.submitter;

import dev.procession.Shared;
import dev.procession.cluster.internal.link.ClusterMemory;
import dev.procession.cluster.internal.link.Frame;
import dev.procession.internal.codec.SharedReference;
import dev.procession.internal.parent.OwnShared;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Serial;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The values that a pool shares with the workers of all members, by way of the cluster's memory.
 * Any thread may call it.
 */
final class ClusterShares {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterShares.class);

  /** No two values have one name, also of several processes, of which one may be a worker. */
  private static final AtomicLong MADE = new AtomicLong(new SecureRandom().nextLong() >>> 2);

  /** One who lacks a value that was kept again so shortly before need only be told. */
  private static final long FRESH_NANOS = 10_000_000_000L;

  private final String pool;
  private final Supplier<ClusterMemory> memory;
  private final Executor threads;
  private final Consumer<Frame> toAll;
  private final Map<String, Value<?>> open = new ConcurrentHashMap<>();
  private volatile boolean ended;

  /**
   * Without any yet.
   *
   * @param pool its name
   * @param memory of the cluster, once this process is part of it
   * @param threads for what waits for the cluster
   * @param toAll tells all members, and nobody that comes later
   */
  ClusterShares(
      String pool, Supplier<ClusterMemory> memory, Executor threads, Consumer<Frame> toAll) {
    this.pool = pool;
    this.memory = memory;
    this.threads = threads;
    this.toAll = toAll;
  }

  /**
   * Shares a value.
   *
   * @throws UncheckedIOException if the cluster has no room for it
   */
  <T extends @Nullable Object> Shared<T> share(T value, byte[] encoded) {
    String name = "value-" + MADE.incrementAndGet();
    try {
      keep(name, encoded);
    } catch (IOException e) {
      memory.get().letGo(name, pieces(encoded));
      throw new UncheckedIOException(
          "pool '"
              + pool
              + "' has no room on its cluster for a shared value of "
              + encoded.length
              + " bytes: "
              + e.getMessage(),
          e);
    }
    Value<T> shared =
        new Value<>(this, value, new SharedReference<>(name, encoded.length, pool), encoded);
    open.put(name, shared);
    toAll.accept(shared.announcement());
    if (ended) {
      shared.close();
    }
    return shared;
  }

  private static int pieces(byte[] encoded) {
    return (encoded.length + ClusterMemory.PIECE_BYTES - 1) / ClusterMemory.PIECE_BYTES;
  }

  private void keep(String name, byte[] encoded) throws IOException {
    try {
      for (int i = 0; i < pieces(encoded); i++) {
        int from = i * ClusterMemory.PIECE_BYTES;
        int to = Math.min(encoded.length, from + ClusterMemory.PIECE_BYTES);
        memory.get().keep(name, i, Arrays.copyOfRange(encoded, from, to));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /** Tells a member that has come of all that there are, before it is given a task. */
  void tell(Attachment member) {
    for (Value<?> value : open.values()) {
      member.outgoing.add(value.announcement());
      if (value.isToBePreloaded()) {
        member.outgoing.add(new Frame.Preload(value.name()));
      }
    }
  }

  /**
   * A member has not found a value: this process has come back to the cluster as another one, or
   * those that kept it are gone.
   */
  void lack(Attachment member, String name) {
    Value<?> value = open.get(name);
    if (value == null) {
      return; // it was closed, which the member is about to hear
    }
    threads.execute(
        () -> {
          synchronized (value.keeping) {
            if (open.get(name) == value) { // else it was closed, and all are told
              keepAgain(value);
              member.outgoing.add(value.announcement()); // it gives up by itself
            }
          }
        });
  }

  private void keepAgain(Value<?> value) {
    if (System.nanoTime() - value.keptAt < FRESH_NANOS) {
      return;
    }
    try {
      keep(value.name(), value.encoded);
      value.keptAt = System.nanoTime();
    } catch (IOException e) {
      LOG.warn("[{}] a shared value cannot be kept again", pool, e);
    }
  }

  /** The pool has ended. */
  void end() {
    ended = true;
    open.values().forEach(Value::close);
  }

  private static final class Value<T extends @Nullable Object> extends OwnShared<T> {
    @Serial private static final long serialVersionUID = 1L;

    private final transient ClusterShares store;
    private final transient byte[] encoded;
    private final transient Object keeping = new Object(); // not this, or close() would wait
    private transient long keptAt = System.nanoTime() - FRESH_NANOS; // guarded by keeping

    Value(ClusterShares store, T value, SharedReference<T> reference, byte[] encoded) {
      super(value, reference);
      this.store = store;
      this.encoded = encoded;
    }

    String name() {
      return reference().file();
    }

    boolean isToBePreloaded() {
      return isPreloaded();
    }

    Frame announcement() {
      return new Frame.Share(name(), size());
    }

    @Override
    protected void tellToPreload() {
      store.toAll.accept(new Frame.Preload(name()));
    }

    @Override
    protected void free() {
      store.open.remove(name());
      store.threads.execute(
          () -> {
            synchronized (keeping) { // not while it is being kept again
              store.toAll.accept(new Frame.Unshare(name()));
              store.memory.get().letGo(name(), pieces(encoded));
            }
          });
    }
  }
}

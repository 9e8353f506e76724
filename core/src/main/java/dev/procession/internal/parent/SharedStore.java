package dev.procession.internal.parent;

import dev.procession.Shared;
import dev.procession.internal.codec.SharedReference;
import dev.procession.internal.codec.SharedValues;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.internal.wire.SharedFile;
import java.io.File;
import java.io.IOException;
import java.io.Serial;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The values that a pool shares with its workers. Any thread may call it. */
final class SharedStore {
  private final LocalServices pool;
  private final SharedDirectory directory;
  private final AtomicInteger last = new AtomicInteger();
  private final Set<Value<?>> open = ConcurrentHashMap.newKeySet();
  private volatile boolean ended;

  SharedStore(LocalServices pool, SharedDirectory directory) {
    this.pool = pool;
    this.directory = directory;
  }

  /** Shares a value that is encoded already. */
  <T extends @Nullable Object> Shared<T> share(T value, byte[] encoded) {
    Path file;
    try {
      file =
          directory.make(
              "share-" + last.incrementAndGet(), path -> SharedFile.write(path, encoded));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "pool '"
              + pool.name()
              + "' has no room for a shared value of "
              + encoded.length
              + " bytes: "
              + e.getMessage(),
          e);
    }
    Value<T> shared =
        new Value<>(
            this, value, new SharedReference<>(file.toString(), encoded.length, pool.name()));
    SharedValues.add(shared.reference.file(), shared::get);
    open.add(shared);
    if (ended) {
      shared.close();
    }
    return shared;
  }

  /** What a worker that has become ready is to read. */
  List<ByteBuffer> preloads() {
    return open.stream().filter(shared -> shared.preloaded).map(Value::preloadMessage).toList();
  }

  /** The pool has ended. */
  void end() {
    ended = true;
    open.forEach(Value::close);
  }

  private static final class Value<T extends @Nullable Object> implements Shared<T>, Serializable {
    @Serial private static final long serialVersionUID = 1L;

    private final transient SharedStore store;
    private final transient SharedReference<T> reference;
    private transient volatile boolean preloaded;
    private transient volatile boolean closed;
    private transient @Nullable T value; // let go of when it is closed

    Value(SharedStore store, T value, SharedReference<T> reference) {
      this.store = store;
      this.value = value;
      this.reference = reference;
    }

    /** It crosses as the reference. */
    @Serial
    private Object writeReplace() {
      checkOpen();
      return reference;
    }

    private void checkOpen() {
      if (closed) {
        throw new IllegalStateException(reference + " was closed, or its pool has ended");
      }
    }

    @Override
    @SuppressWarnings("NullAway") // null only if T allows it
    public T get() {
      T kept = value;
      checkOpen(); // after it was read
      return kept;
    }

    @Override
    public Shared<T> preload() {
      checkOpen();
      preloaded = true; // first: a worker that becomes ready now asks itself
      store.pool.scheduler().tellAll(preloadMessage());
      return this;
    }

    ByteBuffer preloadMessage() {
      return ControlMessages.preload(
          new ControlMessages.Preload(reference.file(), reference.size()));
    }

    @Override
    public long size() {
      return reference.size();
    }

    @Override
    public void close() {
      synchronized (this) {
        if (closed) {
          return;
        }
        closed = true;
        value = null;
      }
      store.open.remove(this);
      SharedValues.remove(reference.file());
      boolean unused = new File(reference.file()).delete(); // a JVM that exits has done it
      store.pool.scheduler().tellAll(ControlMessages.forget(reference.file()));
    }

    @Override
    public String toString() {
      return reference.toString();
    }
  }
}

package dev.procession.internal.parent;

import dev.procession.Shared;
import dev.procession.internal.codec.SharedReference;
import dev.procession.internal.wire.ArrivingFile;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.internal.wire.SharedFile;
import java.io.File;
import java.io.IOException;
import java.io.Serial;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The values that a pool shares with its workers. Any thread may call it. */
final class SharedStore {
  private final LocalServices pool;
  private final SharedDirectory directory;
  private final AtomicInteger last = new AtomicInteger();
  private final Set<Value<?>> open = ConcurrentHashMap.newKeySet();
  private final Map<String, ByteBuffer> foreign = new ConcurrentHashMap<>(); // to be preloaded
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
    open.add(shared);
    if (ended) {
      shared.close();
    }
    return shared;
  }

  /** What a worker that has become ready is to read. */
  List<ByteBuffer> preloads() {
    return Stream.concat(
            open.stream().filter(OwnShared::isPreloaded).map(Value::preloadMessage),
            foreign.values().stream().map(ByteBuffer::duplicate))
        .toList();
  }

  /** The pool has ended. */
  void end() {
    ended = true;
    open.forEach(Value::close);
  }

  /* ---- Values of another process ---- */

  /** A value of that name is on its way. */
  void announce(String name) throws IOException {
    ArrivingFile.announce(directory, name);
  }

  /** It has come. */
  void arrive(String name, ArrivingFile.Writer writer) throws IOException {
    ArrivingFile.arrive(directory, name, writer);
  }

  /** It will not come. */
  void fail(String name, String why) throws IOException {
    ArrivingFile.fail(directory, name, why);
  }

  /** Workers are to read it before it is asked for. */
  void preload(String name, long size) {
    ByteBuffer message = ControlMessages.preload(new ControlMessages.Preload(name, size));
    foreign.put(name, message);
    pool.scheduler().tellAll(message);
  }

  /** It was closed. */
  void forget(String name) throws IOException {
    foreign.remove(name);
    ArrivingFile.forget(directory, name);
    pool.scheduler().tellAll(ControlMessages.forget(name));
  }

  private static final class Value<T extends @Nullable Object> extends OwnShared<T> {
    @Serial private static final long serialVersionUID = 1L;

    private final transient SharedStore store;

    Value(SharedStore store, T value, SharedReference<T> reference) {
      super(value, reference);
      this.store = store;
    }

    @Override
    protected void tellToPreload() {
      store.pool.scheduler().tellAll(preloadMessage());
    }

    ByteBuffer preloadMessage() {
      return ControlMessages.preload(
          new ControlMessages.Preload(reference().file(), reference().size()));
    }

    @Override
    protected void free() {
      store.open.remove(this);
      boolean unused = new File(reference().file()).delete(); // a JVM that exits has done it
      store.pool.scheduler().tellAll(ControlMessages.forget(reference().file()));
    }
  }
}

package dev.procession.internal.parent;

import dev.procession.SharedBuffer;
import dev.procession.internal.codec.BufferHandle;
import dev.procession.internal.codec.SharedBuffers;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.MappedMemory;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.internal.wire.WorkerFiles;
import java.io.IOException;
import java.io.Serial;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The buffers that a pool's parent owns: those that it has made, and those that came with results.
 * Any thread may call it.
 */
final class BufferStore {
  private static final Logger LOG = LoggerFactory.getLogger(BufferStore.class);
  private static final StackWalker STACK = StackWalker.getInstance();

  private final PoolServices pool;
  private final SharedDirectory directory;
  private final AtomicInteger last = new AtomicInteger();
  private final Set<Held> open = ConcurrentHashMap.newKeySet();

  BufferStore(PoolServices pool, SharedDirectory directory) {
    this.pool = pool;
    this.directory = directory;
  }

  /** Its thread is made with the first buffer. */
  private static final class Forgotten {
    private static final Cleaner CLEANER = Cleaner.create();
  }

  /** What is left of a buffer when nobody refers to it any more. */
  private static final class Held implements Runnable {
    private final MappedMemory memory;
    private final String origin;
    private final String poolName;
    private final AtomicBoolean freed = new AtomicBoolean();

    /** Null once the pool has ended: nobody must hold on to that then. */
    private volatile @Nullable BufferStore store;

    Held(BufferStore store, MappedMemory memory, String origin) {
      this.store = store;
      this.memory = memory;
      this.origin = origin;
      this.poolName = store.pool.name();
    }

    void free() {
      if (!freed.compareAndSet(false, true)) {
        return;
      }
      String file = memory.file().toString();
      SharedBuffers.remove(file);
      boolean unused = memory.file().toFile().delete(); // the pool's end may have done it
      memory.close();
      BufferStore of = store;
      if (of != null) {
        of.open.remove(this);
        of.pool.scheduler().tellAll(ControlMessages.forget(file));
      }
    }

    /** Nobody has closed it. */
    @Override
    public void run() {
      if (!freed.get()) {
        LOG.warn(
            "[{}] a SharedBuffer of {} bytes, {}, was never closed; it is freed now",
            poolName,
            memory.size(),
            origin);
        free();
      }
    }
  }

  private static final class Owned extends BufferHandle {
    @Serial private static final long serialVersionUID = 1L;

    private final transient Held held;

    Owned(Held held) {
      super(held.memory, held.poolName);
      this.held = held;
    }

    @Override
    public void close() {
      held.free();
    }
  }

  private Owned own(Path file, long size, String origin) {
    Held held = new Held(this, new MappedMemory(file, size), origin);
    Owned owned = new Owned(held);
    open.add(held);
    SharedBuffers.add(owned);
    var unused = Forgotten.CLEANER.register(owned, held);
    return owned;
  }

  /** Makes one. */
  SharedBuffer allocate(long size) {
    String origin =
        STACK
            .walk(stack -> stack.filter(BufferStore::isOfUser).findFirst())
            .map(StackWalker.StackFrame::toString)
            .orElse("an unknown place");
    SharedBuffers.checked(size);
    try {
      return own(make(size), size, "allocated at " + origin);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "pool '"
              + pool.name()
              + "' has no room for a buffer of "
              + size
              + " bytes: "
              + e.getMessage(),
          e);
    }
  }

  private static boolean isOfUser(StackWalker.StackFrame frame) {
    return !frame.getClassName().startsWith("dev.procession.internal.")
        && !frame.getClassName().startsWith("dev.procession.LocalExecutor")
        && !frame.getClassName().startsWith("dev.procession.ProcessPoolExecutor");
  }

  private Path make(long size) throws IOException {
    String name = "buffer-" + last.incrementAndGet();
    try {
      return directory.make(name, file -> MappedMemory.reserve(file, size));
    } catch (IOException e) {
      System.gc(); // before JDK 22 the memory of closed ones is free only then
      return directory.make(name, file -> MappedMemory.reserve(file, size));
    }
  }

  /**
   * A worker has handed buffers over with a result; those that are closed already are left out.
   *
   * @return to be kept until the result is read
   */
  List<SharedBuffer> adopt(WorkerFiles files, List<String> names, String task) throws IOException {
    List<SharedBuffer> adopted = new ArrayList<>();
    for (String name : names) {
      Path file = files.allBuffers().matcher(name).matches() ? directory.find(name) : null;
      if (file != null
          && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
          && !SharedBuffers.isOwned(file.toString())) {
        adopted.add(own(file, Files.size(file), "made by task '" + task + "'"));
      }
    }
    return adopted;
  }

  /** A worker has ended: what it has not handed over is nobody's. */
  void workerEnded(WorkerFiles files) {
    directory.deleteAll(files.allBuffers(), file -> !SharedBuffers.isOwned(file.toString()));
  }

  /** The pool has ended, and the files are about to be deleted. */
  void end() {
    for (Held held : open) {
      held.store = null;
      try {
        held.memory.map();
      } catch (IllegalStateException | UncheckedIOException e) {
        LOG.debug("[{}] a buffer {} was lost with its pool", pool.name(), held.origin, e);
      }
    }
    open.clear();
  }
}

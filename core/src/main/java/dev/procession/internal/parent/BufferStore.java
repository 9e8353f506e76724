package dev.procession.internal.parent;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.procession.SharedBuffer;
import dev.procession.internal.codec.BufferHandle;
import dev.procession.internal.codec.SharedBuffers;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.MappedMemory;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.internal.wire.Unmapping;
import dev.procession.internal.wire.WireException;
import dev.procession.internal.wire.WorkerFiles;
import java.io.IOException;
import java.io.Serial;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
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

  private final LocalServices pool;
  private final SharedDirectory directory;
  private final AtomicInteger last = new AtomicInteger();
  private final Set<Held> open = ConcurrentHashMap.newKeySet();
  private volatile boolean ended;

  BufferStore(LocalServices pool, SharedDirectory directory) {
    this.pool = pool;
    this.directory = directory;
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

    /** Returns whether it was not yet. */
    @CanIgnoreReturnValue
    boolean free() {
      if (!freed.compareAndSet(false, true)) {
        return false;
      }
      String file = memory.file().toString();
      SharedBuffers.remove(file);
      boolean unused = memory.file().toFile().delete(); // the pool's end may have done it
      if (memory.closeNow()) {
        Unmapping.whenMuch(memory.size());
      }
      BufferStore of = store;
      if (of != null) {
        of.open.remove(this);
        of.pool.scheduler().tellAll(ControlMessages.forget(file));
      }
      return true;
    }

    /** Nobody has closed it. */
    @Override
    public void run() {
      if (free()) {
        LOG.warn(
            "[{}] a SharedBuffer of {} bytes, {}, was never closed; it is freed now",
            poolName,
            memory.size(),
            origin);
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
    protected void crosses() {
      SharedBuffers.crosses(this);
    }

    @Override
    public void close() {
      held.free();
    }
  }

  private Owned own(Path file, long size, String origin) {
    Held held = new Held(this, new MappedMemory(file, size), origin);
    Owned owned = new Owned(held);
    var unused = Pool.CLEANER.register(owned, held); // first: it may fail
    SharedBuffers.add(owned);
    open.add(held);
    if (ended) {
      held.store = null;
      held.free();
      throw new RejectedExecutionException("pool '" + pool.name() + "' has ended");
    }
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
      Path file = MappedMemory.reserve(directory, "buffer-" + last.incrementAndGet(), size);
      return own(file, size, "allocated at " + origin);
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
        && !frame.getClassName().startsWith("dev.procession.AbstractProcessExecutor")
        && !frame.getClassName().startsWith("dev.procession.ProcessPoolExecutor");
  }

  /**
   * A worker has handed buffers over with a result; those that are closed already are left out.
   *
   * @return to be kept until the result is read
   */
  List<SharedBuffer> adopt(WorkerFiles files, List<String> names, String task) throws IOException {
    List<SharedBuffer> adopted = new ArrayList<>();
    Pattern itsOwn = files.allBuffers();
    for (String name : names) {
      Path file = itsOwn.matcher(name).matches() ? directory.find(name) : null;
      if (file != null
          && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
          && !SharedBuffers.isOwned(file.toString())) {
        long size = Files.size(file);
        if (size > file.toFile().getTotalSpace()) { // a file of holes
          throw new WireException("a buffer of " + size + " bytes");
        }
        adopted.add(own(file, size, "made by task '" + task + "'"));
      }
    }
    return adopted;
  }

  /**
   * What a task of this pool is to keep until its end, of what was written for it.
   *
   * @throws IllegalArgumentException if one is not of this pool
   */
  List<BufferHandle> kept(List<BufferHandle> crossed) {
    for (BufferHandle handle : crossed) {
      BufferStore of = ((Owned) handle).held.store;
      if (of != this) {
        throw new IllegalArgumentException(
            handle
                + (of == null ? " is of a pool that has ended" : " is of another pool")
                + " and cannot be given to pool '"
                + pool.name()
                + "': allocate it there");
      }
    }
    return crossed;
  }

  /** A worker has ended: what it has not handed over is nobody's. */
  void workerEnded(WorkerFiles files) {
    directory.deleteAll(files.allBuffers(), file -> !SharedBuffers.isOwned(file.toString()));
  }

  /** The pool has ended, and the files are about to be deleted. */
  void end() {
    ended = true;
    for (Held held : open) {
      held.store = null;
      try {
        held.memory.map();
      } catch (RuntimeException | Error e) { // the heap is full, perhaps
        LOG.debug("[{}] a buffer {} was lost with its pool", pool.name(), held.origin, e);
      }
    }
    open.clear();
  }
}

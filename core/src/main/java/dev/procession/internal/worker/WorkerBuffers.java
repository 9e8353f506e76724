package dev.procession.internal.worker;

import dev.procession.SharedBuffer;
import dev.procession.internal.codec.BufferHandle;
import dev.procession.internal.codec.BufferReference;
import dev.procession.internal.codec.SharedBuffers;
import dev.procession.internal.wire.MappedMemory;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.internal.wire.Unmapping;
import java.io.File;
import java.io.IOException;
import java.io.Serial;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The buffers of a worker: those that it was given stay mapped until the parent closes them, so
 * that the next task finds them mapped; those that a task makes are handed over with its result or
 * freed at its end. Any thread may call it.
 */
final class WorkerBuffers implements SharedBuffers.Holder {
  private final SharedDirectory directory;
  private final String prefix;
  private final String pool;
  private final Map<String, Held> known = new ConcurrentHashMap<>(); // by file

  // Guarded by this, but for the look whether there are any.
  private final Set<Held> made = new LinkedHashSet<>(); // by the task that runs
  private final Set<Held> crossing = new LinkedHashSet<>(); // those of them that are in its result
  private volatile boolean hasMade;
  private boolean inTask;
  private int last;

  /**
   * @param prefix of the names of files, unique for the worker
   */
  WorkerBuffers(SharedDirectory directory, String prefix, String pool) {
    this.directory = directory;
    this.prefix = prefix;
    this.pool = pool;
  }

  private static final class Held extends BufferHandle {
    @Serial private static final long serialVersionUID = 1L;

    private final transient WorkerBuffers of;
    private final transient boolean ofTask;

    /**
     * @param ofTask false of one that stays with the worker
     */
    Held(WorkerBuffers of, Path file, long size, boolean ofTask) {
      super(new MappedMemory(file, size), of.pool);
      this.of = of;
      this.ofTask = ofTask;
    }

    String file() {
      return memory().file().toString();
    }

    @Override
    protected void crosses() {
      if (!ofTask) {
        throw new IllegalStateException(
            this + " was not made by a task: it stays in the worker, as long as that lives");
      }
      if (of.hasMade) {
        of.crosses(this);
      }
    }

    @Override
    public void close() {
      of.closed(this);
    }
  }

  @Override
  public SharedBuffer allocate(long size) {
    String name;
    synchronized (this) {
      name = prefix + ++last;
    }
    try {
      Path file = MappedMemory.reserve(directory, name, size);
      Held held = new Held(this, file, size, /* ofTask= */ inTask);
      known.put(held.file(), held);
      synchronized (this) {
        if (held.ofTask) {
          made.add(held);
          hasMade = true;
        }
      }
      return held;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "pool '" + pool + "' has no room for a buffer of " + size + " bytes: " + e.getMessage(),
          e);
    }
  }

  @Override
  public SharedBuffer resolve(BufferReference reference) {
    Held held =
        known.computeIfAbsent(
            reference.file(),
            file -> new Held(this, Path.of(file), reference.size(), /* ofTask= */ true));
    if (!new File(reference.file()).exists()) {
      forget(reference.file()); // closed: the parent's word of that comes later, or came before
    }
    return held;
  }

  /** The parent has closed it. */
  void forget(String file) {
    Held held = known.remove(file);
    if (held != null) {
      unmap(held);
    }
  }

  private static void unmap(Held held) {
    if (held.memory().closeNow()) {
      Unmapping.soon(held.size());
    }
  }

  private synchronized void crosses(Held held) {
    if (made.contains(held)) {
      crossing.add(held);
    }
  }

  /** A task closes one: its own is freed, another is not its to free. */
  private void closed(Held held) {
    synchronized (this) {
      if (!made.remove(held)) {
        return;
      }
      crossing.remove(held);
    }
    free(held);
  }

  private void free(Held held) {
    known.remove(held.file());
    unmap(held);
    boolean unused = held.memory().file().toFile().delete();
  }

  /* ---- The task's thread ---- */

  /** A task, or an element of a map, begins. */
  void begin() {
    inTask = true;
  }

  /** Its value is about to be written: what was written before that was for something else. */
  void encodes() {
    if (hasMade) {
      synchronized (this) {
        crossing.clear();
      }
    }
  }

  /** Whether there are any that will be freed as the task ends, unless they are handed over. */
  boolean areMade() {
    return hasMade;
  }

  /**
   * It ends.
   *
   * @param crossed whether its value was written; else nothing is handed over
   * @return the names of what is the parent's from now on
   */
  List<String> end(boolean crossed) {
    if (!hasMade) {
      inTask = false;
      return List.of();
    }
    List<String> handedOver = new ArrayList<>();
    List<Held> left;
    synchronized (this) {
      inTask = false;
      hasMade = false;
      if (crossed) {
        crossing.forEach(held -> handedOver.add(held.memory().file().getFileName().toString()));
        made.removeAll(crossing);
      }
      left = List.copyOf(made);
      made.clear();
      crossing.clear();
    }
    left.forEach(this::free);
    return handedOver;
  }

  /** The worker ends where its process goes on. */
  void close() {
    boolean unused = end(/* crossed= */ false).isEmpty();
    known.values().forEach(WorkerBuffers::unmap);
    known.clear();
  }
}

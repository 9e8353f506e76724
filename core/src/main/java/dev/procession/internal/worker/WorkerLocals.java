package dev.procession.internal.worker;

import dev.procession.Task;
import dev.procession.TaskFailedException;
import dev.procession.WorkerLocal;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The values of a worker's {@link WorkerLocal}s. Any thread may call it. */
public final class WorkerLocals {
  private static final long PROCESS = ProcessHandle.current().pid();
  private static final long BORN = System.currentTimeMillis();
  private static final AtomicLong LAST = new AtomicLong();

  private static final WorkerLocals OF_PROCESS = new WorkerLocals();

  /** Of the threads of a worker that is no process. */
  private static final InheritableThreadLocal<@Nullable WorkerLocals> OF_THREAD =
      new InheritableThreadLocal<>();

  private final Map<Id, Slot> slots = new ConcurrentHashMap<>();
  private final Deque<Slot> made = new ArrayDeque<>(); // guarded by itself

  private WorkerLocals() {}

  /** The calling thread, and those that it makes, are a worker of their own. */
  static void ofThisThread() {
    OF_THREAD.set(new WorkerLocals());
  }

  private static WorkerLocals current() {
    WorkerLocals ofThread = OF_THREAD.get();
    return ofThread == null ? OF_PROCESS : ofThread;
  }

  /**
   * Tells one from all others, whichever process made them.
   *
   * @param process id of the process
   * @param born about when it was started: ids of processes come again
   * @param number within the process
   */
  public record Id(long process, long born, long number) implements Serializable {}

  /** One that was never given before. */
  public static Id newId() {
    return new Id(PROCESS, BORN, LAST.incrementAndGet());
  }

  /** The value, made by the supplier if there is none yet. */
  // The same id always comes with the same types; null only if T allows it.
  @SuppressWarnings({"unchecked", "NullAway"})
  public static <T extends @Nullable Object> T get(
      Id id, Task<? extends T> supplier, WorkerLocal.@Nullable Closer<? super T> closer) {
    WorkerLocals current = current();
    Slot slot = current.slots.get(id);
    if (slot == null) {
      slot = current.slots.computeIfAbsent(id, unknown -> current.new Slot());
    }
    return (T) slot.get(supplier, (WorkerLocal.@Nullable Closer<Object>) closer);
  }

  /** The worker ends: closes what was made, the last first. */
  static void closeAll() {
    WorkerLocals current = current();
    Slot slot;
    while ((slot = current.lastMade()) != null) {
      slot.close();
    }
  }

  private @Nullable Slot lastMade() {
    synchronized (made) {
      return made.pollLast();
    }
  }

  private final class Slot {
    private enum State {
      EMPTY,
      MAKING,
      MADE,
      CLOSED
    }

    private volatile State state = State.EMPTY;
    private @Nullable Object value;
    private WorkerLocal.@Nullable Closer<Object> closer;

    @Nullable Object get(Task<?> supplier, WorkerLocal.@Nullable Closer<Object> how) {
      return state == State.MADE ? value : make(supplier, how);
    }

    private synchronized @Nullable Object make(
        Task<?> supplier, WorkerLocal.@Nullable Closer<Object> how) {
      switch (state) {
        case MADE -> {
          return value;
        }
        case MAKING ->
            throw new IllegalStateException(
                "the supplier of a WorkerLocal asks for the value that it is to make");
        case CLOSED ->
            throw new IllegalStateException("the worker is ending and has closed this WorkerLocal");
        default -> {
          // to be made
        }
      }
      state = State.MAKING;
      try {
        value = supplier.call();
        closer = how;
        synchronized (made) {
          made.addLast(this);
        }
        state = State.MADE;
        return value;
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new TaskFailedException("the supplier of a WorkerLocal threw " + e, e);
      } finally {
        if (state == State.MAKING) {
          state = State.EMPTY;
        }
      }
    }

    @SuppressWarnings("NullAway") // null only if the closer's type allows it
    synchronized void close() {
      Object closing = value;
      state = State.CLOSED;
      value = null;
      try {
        if (closer != null) {
          closer.close(closing);
        } else if (closing instanceof AutoCloseable closeable) {
          closeable.close();
        }
      } catch (Throwable e) {
        System.err.println("a WorkerLocal could not be closed: " + e);
      }
    }
  }
}

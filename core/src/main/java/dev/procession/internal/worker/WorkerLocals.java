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

/** The values of this process's {@link WorkerLocal}s. Any thread may call it. */
public final class WorkerLocals {
  private static final long PROCESS = ProcessHandle.current().pid();
  private static final long BORN = System.currentTimeMillis();
  private static final AtomicLong LAST = new AtomicLong();

  private static final Map<Id, Slot> SLOTS = new ConcurrentHashMap<>();
  private static final Deque<Slot> MADE = new ArrayDeque<>(); // guarded by itself

  private WorkerLocals() {}

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
    Slot slot = SLOTS.get(id);
    if (slot == null) {
      slot = SLOTS.computeIfAbsent(id, unknown -> new Slot());
    }
    return (T) slot.get(supplier, (WorkerLocal.@Nullable Closer<Object>) closer);
  }

  /** The worker ends: closes what was made, the last first. */
  static void closeAll() {
    Slot slot;
    while ((slot = lastMade()) != null) {
      slot.close();
    }
  }

  private static @Nullable Slot lastMade() {
    synchronized (MADE) {
      return MADE.pollLast();
    }
  }

  private static final class Slot {
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
        synchronized (MADE) {
          MADE.addLast(this);
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
      Object made = value;
      state = State.CLOSED;
      value = null;
      try {
        if (closer != null) {
          closer.close(made);
        } else if (made instanceof AutoCloseable closeable) {
          closeable.close();
        }
      } catch (Throwable e) {
        System.err.println("a WorkerLocal could not be closed: " + e);
      }
    }
  }
}

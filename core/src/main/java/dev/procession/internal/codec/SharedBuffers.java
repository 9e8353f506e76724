package dev.procession.internal.codec;

import dev.procession.SharedBuffer;
import java.io.InvalidObjectException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Where the buffers of this process are found: in a parent those that it owns, in a worker by who
 * holds the worker's. Any thread may call it.
 */
public final class SharedBuffers {
  private static final Map<String, WeakReference<BufferHandle>> OWNED =
      new ConcurrentHashMap<>(); // by file

  private static volatile @Nullable Holder ofProcess;

  /** Of the threads of a worker that is no process. */
  private static final InheritableThreadLocal<@Nullable Holder> OF_THREAD =
      new InheritableThreadLocal<>();

  /** The parent's buffers that the calling thread has written since it was last asked. */
  private static final ThreadLocal<@Nullable List<BufferHandle>> CROSSED = new ThreadLocal<>();

  private static volatile boolean hasCrossed; // any, ever: else nobody has to look

  private SharedBuffers() {}

  /** The parent's buffer is being written. */
  public static void crosses(BufferHandle handle) {
    List<BufferHandle> crossed = CROSSED.get();
    if (crossed == null) {
      crossed = new ArrayList<>();
      CROSSED.set(crossed);
      hasCrossed = true;
    }
    crossed.add(handle);
  }

  /** What was written before is nobody's business: it failed, or was for something else. */
  public static void forgetCrossed() {
    if (hasCrossed) {
      CROSSED.remove();
    }
  }

  /**
   * Those that the calling thread has written since it last asked. Who has the bytes has to keep
   * them: what crosses is a name, and what nobody refers to is freed.
   */
  public static List<BufferHandle> takeCrossed() {
    List<BufferHandle> crossed = hasCrossed ? CROSSED.get() : null;
    if (crossed == null) {
      return List.of();
    }
    CROSSED.remove();
    return crossed;
  }

  /** A worker's buffers. */
  public interface Holder {
    /** Makes one. */
    SharedBuffer allocate(long size);

    /** One that the worker was given, or its own. */
    SharedBuffer resolve(BufferReference reference);
  }

  /** This process is a worker. */
  public static void use(Holder holder) {
    ofProcess = holder;
  }

  /** The calling thread, and those that it makes, are a worker. */
  public static void useInThisThread(Holder holder) {
    OF_THREAD.set(holder);
  }

  private static @Nullable Holder holder() {
    Holder known = ofProcess;
    return known != null ? known : OF_THREAD.get();
  }

  /** The parent owns it now. */
  public static void add(BufferHandle handle) {
    OWNED.put(handle.memory().file().toString(), new WeakReference<>(handle));
  }

  /** The parent does no more. */
  public static void remove(String file) {
    OWNED.remove(file);
  }

  /** Whether it is the parent's. */
  public static boolean isOwned(String file) {
    return OWNED.containsKey(file);
  }

  /** As {@link SharedBuffer#allocate}. */
  public static SharedBuffer allocate(long size) {
    Holder holder = holder();
    if (holder == null) {
      throw new IllegalStateException(
          "SharedBuffer.allocate is for tasks, in a worker; in the parent call allocate of the"
              + " pool whose tasks are to have the buffer");
    }
    return holder.allocate(checked(size));
  }

  /** Checks the size of one to be made. */
  public static long checked(long size) {
    if (size <= 0) {
      throw new IllegalArgumentException("a buffer of " + size + " bytes");
    }
    return size;
  }

  /** A parent opens no file because a worker names it: it has to own it already. */
  static SharedBuffer resolve(BufferReference reference) throws InvalidObjectException {
    Holder holder = holder();
    if (holder != null) {
      return holder.resolve(reference);
    }
    WeakReference<BufferHandle> owned = OWNED.get(reference.file());
    BufferHandle handle = owned == null ? null : owned.get();
    if (handle == null) {
      throw new InvalidObjectException(reference + " was closed, or is not of this process");
    }
    return handle;
  }
}

package dev.procession.internal.codec;

import dev.procession.SharedBuffer;
import java.io.InvalidObjectException;
import java.lang.ref.WeakReference;
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

  private SharedBuffers() {}

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

package dev.procession.internal.parent;

import dev.procession.Shared;
import dev.procession.internal.codec.SharedReference;
import dev.procession.internal.codec.SharedValues;
import java.io.Serial;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** A value that this process shares with the workers of a pool. Any thread may call it. */
public abstract class OwnShared<T extends @Nullable Object> implements Shared<T>, Serializable {
  @Serial private static final long serialVersionUID = 1L;

  private final transient SharedReference<T> reference;
  private transient volatile boolean preloaded;
  private transient volatile boolean closed;
  private transient @Nullable T value; // let go of when it is closed

  /**
   * A value that workers find already.
   *
   * @param reference what crosses of it
   */
  protected OwnShared(T value, SharedReference<T> reference) {
    this.value = value;
    this.reference = reference;
    SharedValues.add(reference.file(), this::get);
  }

  /** Tells workers to read it now; those that come later ask {@link #isPreloaded} first. */
  protected abstract void tellToPreload();

  /** Frees it everywhere; once. */
  protected abstract void free();

  /** What crosses of it. */
  protected final SharedReference<T> reference() {
    return reference;
  }

  /** Whether workers are to read it before it is asked for. */
  protected final boolean isPreloaded() {
    return preloaded;
  }

  /** It crosses as the reference. Not private, or it would not be of those that extend this. */
  @Serial
  protected final Object writeReplace() {
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
  public final T get() {
    T kept = value;
    checkOpen(); // after it was read
    return kept;
  }

  @Override
  public final Shared<T> preload() {
    checkOpen();
    preloaded = true; // first: a worker that becomes ready now asks itself
    tellToPreload();
    return this;
  }

  @Override
  public final long size() {
    return reference.size();
  }

  @Override
  public final void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      value = null;
    }
    SharedValues.remove(reference.file());
    free();
  }

  @Override
  public final String toString() {
    return reference.toString();
  }
}

package dev.procession.internal.codec;

import dev.procession.SharedBuffer;
import dev.procession.internal.wire.MappedMemory;
import java.io.Serial;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/** A buffer as one process has it. It crosses as a {@link BufferReference}. */
public abstract class BufferHandle implements SharedBuffer, Serializable {
  @Serial private static final long serialVersionUID = 1L;

  private final transient MappedMemory memory;
  private final transient BufferReference reference;

  /**
   * @param pool its pool's name
   */
  protected BufferHandle(MappedMemory memory, String pool) {
    this.memory = memory;
    this.reference = new BufferReference(memory.file().toString(), memory.size(), pool);
  }

  /** Its memory in this process. */
  public final MappedMemory memory() {
    return memory;
  }

  /** It is being written, to cross. */
  protected abstract void crosses();

  @Serial
  protected final Object writeReplace() {
    if (memory.isClosed()) {
      throw closed(null);
    }
    crosses();
    return reference;
  }

  @Override
  public final long size() {
    return memory.size();
  }

  @Override
  public final ByteBuffer buffer() {
    if (size() > MappedMemory.LONGEST_BUFFER) {
      throw new IllegalArgumentException(
          reference + " is larger than a ByteBuffer can be: ask for parts of it");
    }
    return buffer(0, (int) size());
  }

  @Override
  public final ByteBuffer buffer(long offset, int length) {
    try {
      return memory.buffer(offset, length);
    } catch (IllegalStateException e) {
      throw closed(e);
    } catch (UncheckedIOException e) {
      throw notMapped(e);
    }
  }

  @Override
  public final <V> V as(Class<V> type) {
    if (type == ByteBuffer.class) {
      return type.cast(buffer());
    }
    try {
      return memory.as(type);
    } catch (IllegalStateException e) {
      throw closed(e);
    } catch (UncheckedIOException e) {
      throw notMapped(e);
    }
  }

  private IllegalStateException notMapped(UncheckedIOException e) {
    return e.getCause() instanceof NoSuchFileException
        ? closed(e)
        : new IllegalStateException(reference + " cannot be mapped: " + e.getCause(), e);
  }

  private IllegalStateException closed(@Nullable Throwable cause) {
    return new IllegalStateException(reference + " was closed, or its pool has ended", cause);
  }

  @Override
  public final String toString() {
    return reference.toString();
  }
}

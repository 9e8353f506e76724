package dev.procession;

import dev.procession.internal.codec.SharedBuffers;
import java.nio.ByteBuffer;

/**
 * Memory that the parent and the workers of a pool read and write together. It crosses in arguments
 * and results, alone or within other objects, as its name: in microseconds, whatever its size.
 *
 * <pre>{@code
 * try (SharedBuffer pixels = pool.allocate(64 << 20)) {
 *   pixels.buffer().put(image);
 *   pool.submit(() -> Filters.blur(pixels.buffer())).result(); // in place
 *   pixels.buffer().get(image);
 * }
 *
 * try (SharedBuffer made = pool.submit(() -> {
 *   SharedBuffer page = SharedBuffer.allocate(8 << 20);
 *   Renderer.render(page.buffer());
 *   return page; // from now on the parent's
 * }).result()) { ... }
 * }</pre>
 *
 * <p><b>Who has to close it.</b> What the parent has allocated, and what a task has returned, is
 * the parent's: its memory is freed by {@link #close} there. What a task has allocated and not
 * returned, as a whole or within its result, is freed when the task ends, in whatever way: also
 * when the worker is killed. A task that was given one does not close it; {@code close} has no
 * effect there.
 *
 * <p><b>What is forgotten.</b> If the parent's object is garbage before it was closed, the memory
 * is freed and a warning is logged that says where it came from; so is that of a result that nobody
 * ever read. The pool's end closes nothing: what the parent has it may go on using.
 *
 * <p>It belongs to the pool that it was made in; {@code submit} of another one refuses it with an
 * {@link IllegalArgumentException}. Keep the object for as long as you use a buffer of it: a buffer
 * alone does not keep the memory.
 *
 * <p>Nothing orders what two processes write at the same time, but the beginning and the end of a
 * task do: a task sees what was written before it was submitted, and who has its result sees what
 * it wrote. Any thread may call any method.
 */
public interface SharedBuffer extends AutoCloseable {

  /**
   * In a task: memory of its own, of zeros, to be returned or else freed at the task's end. What an
   * initializer allocates lives as long as the worker.
   *
   * @param size in bytes, above 0
   * @throws IllegalArgumentException if the size is not above 0
   * @throws IllegalStateException if this is no worker: use {@link ProcessExecutorService#allocate}
   * @throws java.io.UncheckedIOException if there is no room for it in shared memory nor in the
   *     temporary directory
   */
  static SharedBuffer allocate(long size) {
    return SharedBuffers.allocate(size);
  }

  /** Its bytes. */
  long size();

  /**
   * All of it: a direct buffer in the machine's byte order, with a position of its own.
   *
   * @throws IllegalStateException if it was closed
   * @throws IllegalArgumentException if it is too large for a buffer; see {@link #buffer(long,
   *     int)}
   */
  ByteBuffer buffer();

  /**
   * A part of it, likewise. Once it is closed, a buffer of it throws {@code IllegalStateException}
   * on JDK 22 and later; before 22 it stays readable, and the memory is freed when it is garbage.
   *
   * @param length in bytes; up to 1 GiB at any offset, more where JDK or size allow it
   * @throws IllegalStateException if it was closed
   * @throws IndexOutOfBoundsException if it has no such part
   * @throws IllegalArgumentException if the part is too long for one buffer
   */
  ByteBuffer buffer(long offset, int length);

  /**
   * All of it as a {@code java.lang.foreign.MemorySegment}, on JDK 22 and later; or as a {@code
   * ByteBuffer}.
   *
   * @param type one of these classes
   * @throws UnsupportedOperationException if this JDK has no such view
   * @throws IllegalStateException if it was closed
   */
  <V> V as(Class<V> type);

  /** Frees it; see the class. A second time does nothing. */
  @Override
  void close();
}

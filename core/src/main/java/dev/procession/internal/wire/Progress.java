package dev.procession.internal.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How far the worker has come in the call it has claimed, and how far it may go.
 *
 * <p>Either the worker sees in {@link #mayRun}, after {@link #begun}, that the call was cut, or the
 * parent, which looks at {@link #element} after {@link #cut}, sees that the element has begun: a
 * full fence stands between the two steps of each, as with the {@link Doorbell}. That is checked by
 * {@code dev.procession.benchmarks.stress.ProgressStress} (jcstress).
 */
public final class Progress {
  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private final ByteBuffer buffer;
  private final int begunAt;
  private final int elementAt;
  private final int cutAt;

  /**
   * Lays the words over a buffer.
   *
   * @param buffer in native byte order, zeroed when the first of the two sides is made
   * @param begunAt offset of the time the element began, a multiple of 8
   * @param elementAt offset of the element's index, a multiple of 4
   * @param cutAt offset of the cut call's sequence, a multiple of 8
   */
  public Progress(ByteBuffer buffer, int begunAt, int elementAt, int cutAt) {
    this.buffer = buffer;
    this.begunAt = begunAt;
    this.elementAt = elementAt;
    this.cutAt = cutAt;
  }

  /** Worker: begins an element of the claimed call. */
  public void begun(int element, long nanoTime) {
    INT.setOpaque(buffer, elementAt, element);
    LONG.setRelease(buffer, begunAt, nanoTime);
  }

  /**
   * Worker, after {@link #begun} of a chunk's element and before it runs: whether it may run.
   * Passes a full fence.
   */
  public boolean mayRun(long sequence) {
    VarHandle.fullFence();
    return (long) LONG.getAcquire(buffer, cutAt) != sequence;
  }

  /** Parent: no further element of that call may begin; 0 takes it back. */
  public void cut(long sequence) {
    LONG.setVolatile(buffer, cutAt, sequence);
    VarHandle.fullFence();
  }

  /** When the worker began what it runs, by its own {@code nanoTime}. */
  public long begunAt() {
    return (long) LONG.getAcquire(buffer, begunAt);
  }

  /** Which element of the claimed call the worker began last. */
  public int element() {
    return (int) INT.getAcquire(buffer, elementAt);
  }
}

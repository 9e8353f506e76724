package dev.procession.internal.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One side's word in shared memory by which it asks to be woken: 1 while it sleeps or is about to.
 *
 * <p>May be used by any thread.
 */
public final class Doorbell {
  /*
   * Who goes to sleep writes the word and then looks at its ring once more; who publishes does so and
   * then looks at the word. The full fence between the two steps of each makes it impossible that both
   * miss (Dekker). The bell belongs to who takes the word from 1 to 0, so it is rung once for each sleep.
   * Checked by dev.procession.benchmarks.stress.DoorbellStress (jcstress).
   */
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private final ByteBuffer buffer;
  private final int at;

  /**
   * Lays it over a zeroed word.
   *
   * @param buffer in native byte order
   * @param at offset of the word, a multiple of 4
   */
  public Doorbell(ByteBuffer buffer, int at) {
    this.buffer = buffer;
    this.at = at;
  }

  /** Wants to be woken from now on, or no more; the caller looks once more before it sleeps. */
  public void want(boolean wanted) {
    INT.setVolatile(buffer, at, wanted ? 1 : 0);
    VarHandle.fullFence();
  }

  /** After something was published for the other side: whether the caller has to wake it. */
  public boolean take() {
    VarHandle.fullFence();
    return takeAfterFence();
  }

  /** As {@link #take}, for who has passed a full fence since it published. */
  public boolean takeAfterFence() {
    return (int) INT.getVolatile(buffer, at) == 1 && INT.compareAndSet(buffer, at, 1, 0);
  }
}

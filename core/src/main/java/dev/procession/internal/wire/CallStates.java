package dev.procession.internal.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The state words of the calls in one worker's ring, see {@link CallState}; any thread may use
 * them. Checked by dev.procession.benchmarks.stress.CallStatesStress (jcstress).
 */
public final class CallStates {
  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final ByteBuffer buffer;
  private final int at;
  private final int mask;

  /**
   * Lays them over zeroed words.
   *
   * @param buffer in native byte order
   * @param at offset of the first word, a multiple of 8
   * @param slots their number, a power of two
   */
  public CallStates(ByteBuffer buffer, int at, int slots) {
    this.buffer = buffer;
    this.at = at;
    this.mask = slots - 1;
  }

  private int wordAt(long sequence) {
    return at + ((int) sequence & mask) * Long.BYTES;
  }

  /** Parent: a new call is in the ring, or about to be; before its record is published. */
  public void queued(long sequence) {
    LONG.setRelease(buffer, wordAt(sequence), CallState.QUEUED.word(sequence));
  }

  /** Worker: begins the call, unless the parent has taken it back. */
  public boolean claim(long sequence) {
    return move(sequence, CallState.CLAIMED);
  }

  /** Parent: takes the call back, unless the worker has begun it. */
  public boolean revoke(long sequence) {
    return move(sequence, CallState.REVOKED);
  }

  private boolean move(long sequence, CallState to) {
    return LONG.compareAndSet(
        buffer, wordAt(sequence), CallState.QUEUED.word(sequence), to.word(sequence));
  }

  /** Whether the worker has begun the call. */
  public boolean isClaimed(long sequence) {
    return (long) LONG.getVolatile(buffer, wordAt(sequence)) == CallState.CLAIMED.word(sequence);
  }
}

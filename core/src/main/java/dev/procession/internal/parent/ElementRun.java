package dev.procession.internal.parent;

import dev.procession.internal.wire.Frames;
import dev.procession.internal.wire.SpscRing;
import dev.procession.internal.wire.WireException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Values of elements of one chunk that follow each other. They are copied out of the ring in one
 * piece, go to the map at once, and are decoded one by one when they are taken.
 */
public final class ElementRun {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
  static final int FEWEST_BYTES = 256;
  private static final int MOST_BYTES = 64 << 10;
  private static final int VALUE_AT = SpscRing.HEADER + Frames.ELEMENT_PAYLOAD;

  /** Element frames with their records' headers; checked. */
  private final byte[] frames;

  private final int first;
  private final int count;
  private final long worker;

  // Of who takes the values.
  private int next;
  private int offset;
  private int length;

  private ElementRun(byte[] frames, int first, int count, long worker) {
    this.frames = frames;
    this.first = first;
    this.count = count;
    this.worker = worker;
  }

  /** {@link TaskHolder#origin} of who has encoded them, or -1. */
  long worker() {
    return worker;
  }

  /**
   * Reads the element frames that lie in the ring, up to the first record that is none of this call
   * or out of turn.
   *
   * @param results a ring whose {@code poll} has returned an element frame of that call
   * @param most how many bytes to copy at most, if the first frame is not longer
   * @throws WireException if already this one is out of turn
   */
  static ElementRun read(SpscRing results, PendingTask task, int most) throws WireException {
    byte[] frames = results.copy(Math.max(most, SpscRing.sizeOf(results.length())));
    int sequence = (int) task.sequence;
    int first = task.elementsRead;
    int end = task.count;
    int element = first;
    int at = 0;
    while (element < end
        && frames.length - at >= VALUE_AT
        && (int) INT.get(frames, at + 4) == Frames.ELEMENT
        && (int) INT.get(frames, at + SpscRing.HEADER) == sequence
        && (int) INT.get(frames, at + SpscRing.HEADER + 4) == element) {
      int size = (int) INT.get(frames, at);
      if (size < Frames.ELEMENT_PAYLOAD || size > frames.length - at - SpscRing.HEADER) {
        break;
      }
      at += SpscRing.sizeOf(size);
      element++;
    }
    if (element == first) {
      throw new WireException("value for call " + sequence + ", but not of element " + first);
    }
    results.release(frames, at);
    task.elementsRead = element;
    // What else was copied is not to be kept for as long as the values.
    byte[] kept = at < frames.length / 2 ? Arrays.copyOf(frames, at) : frames;
    TaskHolder holder = task.holder;
    return new ElementRun(kept, first, element - first, holder == null ? -1 : holder.origin());
  }

  /**
   * How many bytes to copy for the next run: twice as many as this one has, because where values
   * and failures alternate runs are short, and where they do not they are long.
   */
  int nextBytes() {
    return Math.max(FEWEST_BYTES, Math.min(MOST_BYTES, 2 * frames.length));
  }

  /** Index in the chunk of the first element. */
  public int first() {
    return first;
  }

  public int count() {
    return count;
  }

  /* ---- Taking the values: one thread ---- */

  /** Moves to the next value, of which there are {@link #count}. */
  public void next() {
    int size = (int) INT.get(frames, next);
    offset = next + VALUE_AT;
    length = size - Frames.ELEMENT_PAYLOAD;
    next += SpscRing.sizeOf(size);
  }

  /** What the values lie in. */
  public byte[] bytes() {
    return frames;
  }

  /** Where the value begins. */
  public int offset() {
    return offset;
  }

  /** Its bytes. */
  public int length() {
    return length;
  }
}

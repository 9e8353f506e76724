package dev.procession.internal.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One direction of records between two processes: a byte ring in shared memory with a single
 * producer and a single consumer.
 *
 * <p>Each process holds an object over the same bytes and uses one half of it. Within a process a
 * half is used by one thread at a time; the lock that sees to it also publishes its plain fields.
 */
public final class SpscRing {
  /*
   * Records.       0        4        8                8 + length, rounded up to 8
   *                | length | type   | payload ...    |
   *
   * Positions grow for ever and are masked on use. A record never wraps: where the rest of the ring is
   * too short, a record of type PADDING fills it.
   *
   * Publication.   The producer writes payload and header with plain stores and then the tail with
   * release; the consumer reads the tail with acquire before it looks at any byte. It gives bytes back
   * by writing the head with release, after its last read of them. Claims are checked by
   * dev.procession.benchmarks.stress.SpscRingStress (jcstress).
   *
   * Trust.         The consumer believes nothing: a length is checked against the published bytes and a
   * tail against the capacity before use, and a violation is a WireException. What it reads twice, it
   * reads into a local first.
   */
  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  static final int HEADER = 8;
  private static final int ALIGNMENT = 8;
  private static final int PADDING = 0;

  private final ByteBuffer buffer;
  private final int data;
  private final int capacity;
  private final int tailAt;
  private final int headAt;

  // The producer's half.
  private long tail;
  private long headSeen;
  private int claimed;

  // The consumer's half.
  private long head;
  private long tailSeen;
  private int type;
  private int length;

  /**
   * Lays a ring over a buffer.
   *
   * @param buffer in native byte order, zeroed when the first of the two sides is made
   * @param data offset of the ring's bytes, a multiple of 8
   * @param capacity their number, a power of two
   * @param tailAt offset of the tail word, a multiple of 8
   * @param headAt offset of the head word, a multiple of 8
   */
  public SpscRing(ByteBuffer buffer, int data, int capacity, int tailAt, int headAt) {
    if (Integer.bitCount(capacity) != 1 || data % ALIGNMENT != 0) {
      throw new IllegalArgumentException("capacity " + capacity + ", data " + data);
    }
    this.buffer = buffer;
    this.data = data;
    this.capacity = capacity;
    this.tailAt = tailAt;
    this.headAt = headAt;
    this.tail = (long) LONG.getAcquire(buffer, tailAt);
    this.head = (long) LONG.getAcquire(buffer, headAt);
    this.headSeen = head;
    this.tailSeen = head;
  }

  private static int aligned(int size) {
    return (size + ALIGNMENT - 1) & -ALIGNMENT;
  }

  /* ---- Producer ---- */

  /**
   * Makes room for a record.
   *
   * @param payload length in bytes
   * @return offset in the buffer at which to write the payload, or -1 if the ring is too full
   * @throws WireException if the consumer wrote nonsense into its head
   */
  public int claim(int payload) throws WireException {
    int size = aligned(HEADER + payload);
    if (payload < 0 || size > capacity / 2) {
      throw new IllegalArgumentException("a record of " + payload + " bytes");
    }
    int position = (int) tail & (capacity - 1);
    int toEnd = capacity - position;
    int needed = size <= toEnd ? size : toEnd + size;
    if (tail + needed - headSeen > capacity) {
      headSeen = (long) LONG.getAcquire(buffer, headAt);
      if (headSeen > tail || tail - headSeen > capacity) {
        throw new WireException("ring head " + headSeen + " with tail " + tail);
      }
      if (tail + needed - headSeen > capacity) {
        return -1;
      }
    }
    if (size > toEnd) {
      buffer.putInt(data + position, toEnd - HEADER);
      buffer.putInt(data + position + 4, PADDING);
      tail += toEnd;
      position = 0;
    }
    claimed = payload;
    return data + position + HEADER;
  }

  /** Publishes the claimed record under a type above zero. */
  public void publish(int type) {
    int position = data + ((int) tail & (capacity - 1));
    buffer.putInt(position, claimed);
    buffer.putInt(position + 4, type);
    tail += aligned(HEADER + claimed);
    LONG.setRelease(buffer, tailAt, tail);
  }

  /* ---- Consumer ---- */

  /** Whether a record waits; may be asked by any thread, as a hint. */
  public boolean hasRecord() {
    return (long) LONG.getAcquire(buffer, tailAt) != (long) LONG.getAcquire(buffer, headAt);
  }

  /**
   * Takes the next record.
   *
   * @return offset of its payload in the buffer, or -1 if there is none; valid until {@link #release}
   * @throws WireException if the bytes are not a record
   */
  public int poll() throws WireException {
    while (true) {
      long available = tailSeen - head;
      if (available == 0) {
        tailSeen = (long) LONG.getAcquire(buffer, tailAt);
        available = tailSeen - head;
        if (available == 0) {
          return -1;
        }
        if (available < 0 || available > capacity || tailSeen % ALIGNMENT != 0) {
          throw new WireException("ring tail " + tailSeen + " with head " + head);
        }
      }
      int position = (int) head & (capacity - 1);
      int size = buffer.getInt(data + position);
      int kind = buffer.getInt(data + position + 4);
      int limit = (int) Math.min(available, capacity - position);
      if (size < 0 || size > limit - HEADER || aligned(HEADER + size) > limit) {
        throw new WireException("record of " + size + " bytes where at most " + limit + " can be");
      }
      length = size;
      type = kind;
      if (kind != PADDING) {
        return data + position + HEADER;
      }
      release();
    }
  }

  /** Type of the record that {@link #poll} returned. */
  public int type() {
    return type;
  }

  /** Payload length of the record that {@link #poll} returned, in bytes. */
  public int length() {
    return length;
  }

  /** Gives the bytes of the record that {@link #poll} returned back to the producer. */
  public void release() {
    head += aligned(HEADER + length);
    LONG.setRelease(buffer, headAt, head);
  }
}

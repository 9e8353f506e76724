package dev.procession.internal.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

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
   * too short, a record of type PADDING fills it to the end.
   *
   * Publication.   The producer writes payload and header with plain stores and then the tail with
   * release; the consumer reads the tail with acquire before it looks at any byte. It gives bytes back
   * by writing the head with release, after its last read of them. Claims are checked by
   * dev.procession.benchmarks.stress.SpscRingStress (jcstress).
   *
   * Trust.         Neither half believes the other: a length is checked against the published bytes, the
   * other side's position against one's own and the capacity, and a violation is a WireException. What is
   * looked at twice is read into a local first. One's own position is kept in the heap and only published
   * to shared memory: there the other side could overwrite it.
   */
  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private static final VarHandle HEAD;

  static {
    try {
      HEAD = MethodHandles.lookup().findVarHandle(SpscRing.class, "head", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Bytes before a record's payload: its length and its type. */
  public static final int HEADER = 8;

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
  private long head; // written opaque, for others who ask whether there is a record
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
   * @throws WireException if the two words are not positions in such a ring
   */
  public SpscRing(ByteBuffer buffer, int data, int capacity, int tailAt, int headAt)
      throws WireException {
    if (Integer.bitCount(capacity) != 1 || capacity < 2 * ALIGNMENT || data % ALIGNMENT != 0) {
      throw new IllegalArgumentException("capacity " + capacity + ", data " + data);
    }
    Objects.checkFromIndexSize(data, capacity, buffer.capacity());
    this.buffer = buffer;
    this.data = data;
    this.capacity = capacity;
    this.tailAt = tailAt;
    this.headAt = headAt;
    this.tail = (long) LONG.getAcquire(buffer, tailAt);
    this.head = (long) LONG.getAcquire(buffer, headAt);
    this.headSeen = head;
    this.tailSeen = head;
    if (head % ALIGNMENT != 0 || tail % ALIGNMENT != 0 || !isDistance(tail - head)) {
      throw new WireException("ring head " + head + " with tail " + tail);
    }
  }

  /** Whether a tail can be that far ahead of a head. */
  private boolean isDistance(long bytes) {
    return bytes >= 0 && bytes <= capacity;
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
    if (payload < 0 || payload > capacity / 2 - HEADER) {
      throw new IllegalArgumentException("a record of " + payload + " bytes");
    }
    int size = sizeOf(payload);
    int position = (int) tail & (capacity - 1);
    int toEnd = capacity - position;
    int needed = size <= toEnd ? size : toEnd + size;
    if (tail + needed - headSeen > capacity) {
      long now = (long) LONG.getAcquire(buffer, headAt);
      if (!isDistance(tail - now)) {
        throw new WireException("ring head " + now + " with tail " + tail);
      }
      headSeen = now;
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
    tail += sizeOf(claimed);
    LONG.setRelease(buffer, tailAt, tail);
  }

  /* ---- Consumer ---- */

  /**
   * Whether {@link #poll} would find something, if only a violation; may be asked by any thread of
   * the consumer's process, as a hint.
   */
  public boolean hasRecord() {
    return (long) LONG.getAcquire(buffer, tailAt) != (long) HEAD.getOpaque(this);
  }

  /**
   * Takes the next record.
   *
   * @return offset of its payload in the buffer, or -1 if there is none; valid until {@link
   *     #release}
   * @throws WireException if the bytes are not a record
   */
  public int poll() throws WireException {
    while (true) {
      long available = tailSeen - head;
      if (available == 0) {
        long now = (long) LONG.getAcquire(buffer, tailAt);
        available = now - head;
        if (available == 0) {
          return -1;
        }
        see(now);
      }
      int position = (int) head & (capacity - 1);
      int size = buffer.getInt(data + position);
      int kind = buffer.getInt(data + position + 4);
      int limit = (int) Math.min(available, capacity - position);
      if (size < 0 || size > limit - HEADER || sizeOf(size) > limit) {
        throw new WireException("record of " + size + " bytes where at most " + limit + " can be");
      }
      length = size;
      type = kind;
      if (kind != PADDING) {
        return data + position + HEADER;
      }
      // So that there is at most one a lap, and who writes nothing else cannot keep a reader here.
      if (position == 0 || position + HEADER + size != capacity) {
        throw new WireException("padding of " + size + " bytes at " + position);
      }
      release();
    }
  }

  private void see(long tail) throws WireException {
    if (!isDistance(tail - head) || tail % ALIGNMENT != 0) {
      throw new WireException("ring tail " + tail + " with head " + head);
    }
    tailSeen = tail;
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
    release(sizeOf(length));
  }

  private void release(int bytes) {
    long next = head + bytes;
    HEAD.setOpaque(this, next);
    LONG.setRelease(buffer, headAt, next);
  }

  /**
   * Copies what is published so far, from the record on that {@link #poll} returned and up to the
   * ring's end: records with their headers, the last perhaps not whole.
   *
   * @param most how many bytes at most, a multiple of 8
   * @throws WireException if the producer wrote nonsense into its tail
   */
  public byte[] copy(int most) throws WireException {
    long now = (long) LONG.getAcquire(buffer, tailAt);
    see(now);
    int position = (int) head & (capacity - 1);
    byte[] copy = new byte[(int) Math.min(Math.min(now - head, capacity - position), most)];
    buffer.get(data + position, copy, 0, copy.length);
    return copy;
  }

  /**
   * Gives back records of which {@link #copy} was made, instead of {@link #release()}.
   *
   * @param records a copy
   * @param bytes how much of it, whole records
   */
  public void release(byte[] records, int bytes) {
    release(Objects.checkIndex(bytes, records.length + 1));
  }

  /** Bytes that a record takes in the ring, its header included. */
  public static int sizeOf(int payload) {
    return (HEADER + payload + ALIGNMENT - 1) & -ALIGNMENT;
  }
}

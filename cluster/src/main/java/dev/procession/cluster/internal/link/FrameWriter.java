package dev.procession.cluster.internal.link;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Writes the fields of {@link Frame}s behind each other, numbers big endian, which {@link
 * FrameReader} reads. What the JDK has for that takes a lock or a call for each byte. For one
 * thread.
 */
public final class FrameWriter {
  /** Numbers in an array of bytes, as both sides write and read them. */
  static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** The JVM has no longer arrays. */
  private static final int MOST_BYTES = Integer.MAX_VALUE - 8;

  private static final int USUAL_BYTES = 1 << 10;

  private byte[] bytes;
  private int size;

  /** With some room. */
  public FrameWriter() {
    this(USUAL_BYTES);
  }

  /** With room for so many bytes. */
  public FrameWriter(int room) {
    bytes = new byte[room];
  }

  /** How much was written, in bytes. */
  int size() {
    return size;
  }

  /** A copy of all that was written. */
  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  /** Copies so many of the bytes that were written, from a place on, into an array. */
  void copy(int from, byte[] into, int at, int length) {
    System.arraycopy(bytes, from, into, at, length);
  }

  /** Makes room for so many bytes; returns where. */
  private int advance(int length) {
    int at = size;
    if (length > bytes.length - at) {
      long wanted = Math.max(2L * bytes.length, (long) at + length);
      bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, MOST_BYTES));
    }
    size = at + length;
    return at;
  }

  /** Writes the low eight bits. */
  public void writeByte(int value) {
    int at = advance(1);
    bytes[at] = (byte) value;
  }

  /** Writes a byte. */
  public void writeBoolean(boolean value) {
    writeByte(value ? 1 : 0);
  }

  /** Writes four bytes. */
  public void writeInt(int value) {
    int at = advance(Integer.BYTES);
    INT.set(bytes, at, value);
  }

  void writeLong(long value) {
    int at = advance(Long.BYTES);
    LONG.set(bytes, at, value);
  }

  /** Writes their number, and them. */
  void writeBytes(byte[] value) {
    writeInt(value.length);
    writeRest(value);
  }

  /** Writes them without their number. */
  public void writeRest(byte[] value) {
    int at = advance(value.length);
    System.arraycopy(value, 0, bytes, at, value.length);
  }

  /** Writes its length in UTF-8, and that. */
  public void writeText(String text) {
    writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  void writeLongs(List<Long> longs) {
    writeInt(longs.size());
    for (long one : longs) {
      writeLong(one);
    }
  }
}

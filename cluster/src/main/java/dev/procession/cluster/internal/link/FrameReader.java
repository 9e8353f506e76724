package dev.procession.cluster.internal.link;

import java.io.EOFException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads the fields of {@link Frame}s that {@link FrameWriter} has written. What is read is
 * untrusted: where it ends too soon an {@link EOFException} says so, and no length is believed
 * before that. For one thread.
 */
public final class FrameReader {
  private final byte[] bytes;
  private int at;

  /** Of those bytes, from a place on. */
  public FrameReader(byte[] bytes, int from) {
    this.bytes = bytes;
    this.at = from;
  }

  /** How many bytes are left. */
  int available() {
    return bytes.length - at;
  }

  /** Goes on by so many fields of so many bytes; returns where they are. */
  private int advance(int count, int width) throws EOFException {
    int left = available();
    if (count < 0 || count > left / width) {
      throw new EOFException(count + " times " + width + " bytes with " + left + " left");
    }
    int from = at;
    at += count * width;
    return from;
  }

  /** Reads a byte. */
  public byte readByte() throws EOFException {
    return bytes[advance(1, 1)];
  }

  /** Reads a byte, which is 0 for false. */
  public boolean readBoolean() throws EOFException {
    return readByte() != 0;
  }

  /** Reads four bytes. */
  public int readInt() throws EOFException {
    return (int) FrameWriter.INT.get(bytes, advance(1, Integer.BYTES));
  }

  long readLong() throws EOFException {
    return (long) FrameWriter.LONG.get(bytes, advance(1, Long.BYTES));
  }

  byte[] readBytes() throws EOFException {
    int from = advance(readInt(), 1);
    return Arrays.copyOfRange(bytes, from, at);
  }

  /** Reads what has its length before it. */
  public String readText() throws EOFException {
    int from = advance(readInt(), 1);
    return new String(bytes, from, at - from, StandardCharsets.UTF_8);
  }

  /** Reads all that is left. */
  public byte[] readRest() {
    int from = at;
    at = bytes.length;
    return Arrays.copyOfRange(bytes, from, at);
  }

  List<Long> readLongs() throws EOFException {
    int count = readInt();
    int from = advance(count, Long.BYTES);
    List<Long> longs = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      longs.add((long) FrameWriter.LONG.get(bytes, from + i * Long.BYTES));
    }
    return longs;
  }
}

package dev.procession.cluster.internal.link;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Fields of {@link Frame}s. */
final class Fields {
  /** The JVM has no longer arrays. */
  private static final int MOST_BYTES = Integer.MAX_VALUE - 8;

  private Fields() {}

  /** A stream whose {@code available} is what is left. */
  static DataInputStream input(byte[] message) {
    return new DataInputStream(new Input(message));
  }

  /** As the JDK's, without its lock for each byte. */
  private static final class Input extends InputStream {
    private final byte[] bytes;
    private int at;

    Input(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read() {
      return at < bytes.length ? bytes[at++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      int count = Math.min(length, bytes.length - at);
      if (count <= 0) {
        return length == 0 ? 0 : -1;
      }
      System.arraycopy(bytes, at, into, offset, count);
      at += count;
      return count;
    }

    @Override
    public int available() {
      return bytes.length - at;
    }
  }

  /** What a message is written into: as the JDK's, without its lock. */
  static final class Output extends OutputStream {
    private byte[] bytes = new byte[1 << 10];
    private int size;

    int size() {
      return size;
    }

    byte[] toBytes() {
      return Arrays.copyOf(bytes, size);
    }

    private void makeRoom(int length) {
      if (length > bytes.length - size) {
        long wanted = Math.max(2L * bytes.length, (long) size + length);
        bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, MOST_BYTES));
      }
    }

    @Override
    public void write(int value) {
      makeRoom(1);
      bytes[size++] = (byte) value;
    }

    @Override
    public void write(byte[] from, int offset, int length) {
      makeRoom(length);
      System.arraycopy(from, offset, bytes, size, length);
      size += length;
    }
  }

  static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static byte[] readBytes(DataInputStream in) throws IOException {
    byte[] bytes = new byte[checked(in.readInt(), 1, in)];
    in.readFully(bytes);
    return bytes;
  }

  static void writeText(DataOutputStream out, String text) throws IOException {
    writeBytes(out, text.getBytes(StandardCharsets.UTF_8));
  }

  static String readText(DataInputStream in) throws IOException {
    return new String(readBytes(in), StandardCharsets.UTF_8);
  }

  static void writeLongs(DataOutputStream out, List<Long> longs) throws IOException {
    out.writeInt(longs.size());
    for (long one : longs) {
      out.writeLong(one);
    }
  }

  static List<Long> readLongs(DataInputStream in) throws IOException {
    int count = checked(in.readInt(), Long.BYTES, in);
    List<Long> longs = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      longs.add(in.readLong());
    }
    return longs;
  }

  /** A length, before anything of that length is allocated. */
  private static int checked(int count, int width, DataInputStream in) throws IOException {
    if (count < 0 || count > in.available() / width) {
      throw new EOFException(count + " times " + width + " bytes with " + in.available() + " left");
    }
    return count;
  }
}

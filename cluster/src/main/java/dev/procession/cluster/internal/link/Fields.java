package dev.procession.cluster.internal.link;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Fields of {@link Frame}s. */
final class Fields {
  private Fields() {}

  /** A stream whose {@code available} is what is left. */
  static DataInputStream input(byte[] message) {
    return new DataInputStream(new ByteArrayInputStream(message));
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

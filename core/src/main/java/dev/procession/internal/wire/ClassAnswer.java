package dev.procession.internal.wire;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The parent's answer to a {@link ClassRequest}. What was found lies in files that the worker
 * reads; the answer says where.
 *
 * @param id of the request
 * @param status whether it was found
 * @param loader of a class that was found: number of the loader that defined it
 * @param text why it was not found, empty if there is nothing to say
 * @param found where it is; one for a class, any number for resources
 */
public record ClassAnswer(int id, Status status, int loader, String text, List<Found> found) {
  /** Whether it was found. */
  public enum Status {
    /** It is of the class path. */
    OWN,
    /** It was. */
    FOUND,
    /** It was not. */
    MISSING
  }

  /**
   * Something found.
   *
   * @param url where the parent has it; of a class its code source; may be empty
   * @param file the file with its bytes; empty if the URL can be read by everybody
   * @param size of the file in bytes
   */
  public record Found(String url, String file, long size) {}

  private static final Status[] STATUSES = Status.values();

  /** Bytes of the longest answer. */
  public static final int LONGEST = 64 << 10;

  /** Nothing was found. */
  public static ClassAnswer missing(int id, String why) {
    return new ClassAnswer(id, Status.MISSING, 0, why, List.of());
  }

  /** The same answer to another request. */
  public ClassAnswer to(int request) {
    return new ClassAnswer(request, status, loader, text, found);
  }

  /**
   * The answer as bytes.
   *
   * @throws IOException if it is too long
   */
  public byte[] toBytes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(id);
    out.writeByte(status.ordinal());
    out.writeInt(loader);
    out.writeUTF(text);
    out.writeInt(found.size());
    for (Found one : found) {
      out.writeUTF(one.url());
      out.writeUTF(one.file());
      out.writeLong(one.size());
    }
    if (bytes.size() > LONGEST) {
      throw new WireException("an answer of " + bytes.size() + " bytes");
    }
    return bytes.toByteArray();
  }

  /**
   * Reads an answer.
   *
   * @throws IOException if it is malformed
   */
  public static ClassAnswer of(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    int id = in.readInt();
    int status = in.readByte();
    if (status < 0 || status >= STATUSES.length) {
      throw new WireException("an answer with status " + status);
    }
    int loader = in.readInt();
    String text = in.readUTF();
    int count = in.readInt();
    List<Found> found = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      found.add(new Found(in.readUTF(), in.readUTF(), in.readLong()));
    }
    return new ClassAnswer(id, STATUSES[status], loader, text, found);
  }
}

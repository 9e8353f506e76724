package dev.procession.internal.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A worker's question for a class or a resource that it does not have.
 *
 * <pre>
 *    0  id       int
 *    4  loader   int    number of the class loader that is to find it
 *    8  kind     byte   ordinal of {@link Kind}
 *    9  name     UTF-8
 * </pre>
 *
 * @param id comes back with the answer
 * @param loader number of a class loader of the parent
 * @param kind what is asked for
 * @param name binary name of a class, or of a resource with slashes
 */
public record ClassRequest(int id, int loader, Kind kind, String name) {
  /** What is asked for. */
  public enum Kind {
    /** Who defines that class, and its bytes unless it is of the class path. */
    CLASS,
    /** The same with the bytes in any case: the worker's class path lacks it. */
    CLASS_BYTES,
    /** The first resource of that name. */
    RESOURCE,
    /** All of them. */
    RESOURCES
  }

  private static final int NAME_AT = 9;
  private static final Kind[] KINDS = Kind.values();

  /** Bytes of the longest name. */
  public static final int LONGEST_NAME = 4 << 10;

  /** Bytes of the longest request. */
  public static final int LONGEST = NAME_AT + LONGEST_NAME;

  /** The request as bytes. */
  public byte[] toBytes() {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(NAME_AT + text.length)
        .putInt(id)
        .putInt(loader)
        .put((byte) kind.ordinal())
        .put(text)
        .array();
  }

  /** Whether a name is short enough to be asked for. */
  public static boolean canName(String name) {
    return name.length() <= LONGEST_NAME / 3;
  }

  /**
   * Reads a request, which is untrusted.
   *
   * @throws WireException if it is malformed
   */
  public static ClassRequest of(byte[] bytes) throws WireException {
    if (bytes.length < NAME_AT || bytes.length > LONGEST) {
      throw new WireException("a request of " + bytes.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int id = in.getInt();
    int loader = in.getInt();
    byte kind = in.get();
    if (kind < 0 || kind >= KINDS.length) {
      throw new WireException("a request of kind " + kind);
    }
    String name = new String(bytes, NAME_AT, bytes.length - NAME_AT, StandardCharsets.UTF_8);
    return new ClassRequest(id, loader, KINDS[kind], name);
  }
}

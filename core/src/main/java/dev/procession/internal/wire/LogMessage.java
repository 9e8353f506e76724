package dev.procession.internal.wire;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * What a task has logged in a worker, on its way to the parent's loggers.
 *
 * <pre>
 *   | level int | logger | thread | message | MDC: count short, (key, value) ... | failure |
 *                               each text and the failure with its length, an int, before it; text in UTF-8
 * </pre>
 *
 * @param level as a number of SLF4J's
 * @param logger name of the logger
 * @param thread name of the thread
 * @param message as formatted
 * @param mdc the thread's diagnostic context
 * @param failure a throwable, encoded; empty if there is none
 */
public record LogMessage(
    int level,
    String logger,
    String thread,
    String message,
    Map<String, String> mdc,
    byte[] failure) {
  /** The longest that a parent reads. */
  public static final int LONGEST = 4 << 20;

  /** The longest text; what is longer is cut. */
  private static final int LONGEST_TEXT = 256 << 10;

  private static final int MOST_ENTRIES = 1_000;

  /** The message as bytes; cut, if need be, to what a parent reads. */
  public byte[] toBytes() {
    byte[] whole = toBytes(mdc, failure);
    return whole.length <= LONGEST ? whole : toBytes(Map.of(), new byte[0]);
  }

  private byte[] toBytes(Map<String, String> entries, byte[] thrown) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(level);
      write(out, logger);
      write(out, thread);
      write(out, message);
      int count = Math.min(entries.size(), MOST_ENTRIES);
      out.writeShort(count);
      for (Map.Entry<String, String> entry : entries.entrySet()) {
        if (count-- > 0) {
          write(out, entry.getKey());
          write(out, String.valueOf(entry.getValue()));
        }
      }
      out.writeInt(thrown.length);
      out.write(thrown);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // into memory
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, String text) throws IOException {
    String cut = text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "...";
    byte[] bytes = cut.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  /**
   * Reads bytes that are not trusted.
   *
   * @throws WireException if they are not what {@link #toBytes} writes
   */
  public static LogMessage of(byte[] bytes) throws WireException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int level = in.readInt();
      String logger = read(in);
      String thread = read(in);
      String message = read(in);
      Map<String, String> mdc = new HashMap<>();
      for (int i = in.readUnsignedShort(); i > 0; i--) {
        mdc.put(read(in), read(in));
      }
      return new LogMessage(level, logger, thread, message, mdc, readBytes(in));
    } catch (IOException e) {
      throw new WireException("a log message of " + bytes.length + " bytes that is none: " + e);
    }
  }

  private static String read(DataInputStream in) throws IOException {
    return new String(readBytes(in), StandardCharsets.UTF_8);
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException(length + " bytes with " + in.available() + " left");
    }
    return in.readNBytes(length);
  }
}

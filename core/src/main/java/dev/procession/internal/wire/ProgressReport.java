package dev.procession.internal.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What a running call says of how far it is, as it crosses the channel and the result ring.
 *
 * <pre>
 *    0  sequence   long
 *    8  done       long
 *   16  total      long   -1 if not known
 *   24  order      int    from 1 within the call; the same report may come in both ways
 *   28  message    UTF-8
 * </pre>
 *
 * @param sequence of the call
 * @param order from 1 within the call
 * @param done 0 or more
 * @param total -1 if not known
 * @param message text of bounded length
 */
public record ProgressReport(long sequence, int order, long done, long total, String message) {
  /** Longest message in characters. */
  public static final int MAX_MESSAGE = 1_000;

  private static final int MESSAGE_AT = 28;

  /** Bytes of the longest one. */
  public static final int LONGEST = MESSAGE_AT + 3 * MAX_MESSAGE;

  /**
   * Checks the components.
   *
   * @throws IllegalArgumentException if {@code done} is below 0 or {@code total} below -1
   */
  public ProgressReport {
    check(done, total);
    if (message.length() > MAX_MESSAGE) {
      throw new IllegalArgumentException("a message of " + message.length() + " characters");
    }
  }

  /**
   * Checks how much is done of how much.
   *
   * @throws IllegalArgumentException if {@code done} is below 0 or {@code total} below -1
   */
  public static void check(long done, long total) {
    if (done < 0) {
      throw new IllegalArgumentException("done must be at least 0, was " + done);
    }
    if (total < -1) {
      throw new IllegalArgumentException(
          "total must be at least 0, or -1 if it is not known, was " + total);
    }
  }

  /** The report as bytes. */
  public byte[] toBytes() {
    byte[] text = message.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(MESSAGE_AT + text.length)
        .putLong(sequence)
        .putLong(done)
        .putLong(total)
        .putInt(order)
        .put(text)
        .array();
  }

  /**
   * Reads a report, which is untrusted.
   *
   * @throws WireException if it is malformed
   */
  public static ProgressReport of(byte[] bytes) throws WireException {
    if (bytes.length < MESSAGE_AT || bytes.length > LONGEST) {
      throw new WireException("a report of " + bytes.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    long sequence = in.getLong();
    long done = in.getLong();
    long total = in.getLong();
    int order = in.getInt();
    String text = new String(bytes, MESSAGE_AT, bytes.length - MESSAGE_AT, StandardCharsets.UTF_8);
    try {
      return new ProgressReport(sequence, order, done, total, text);
    } catch (IllegalArgumentException e) {
      throw new WireException("a report in which " + e.getMessage());
    }
  }
}

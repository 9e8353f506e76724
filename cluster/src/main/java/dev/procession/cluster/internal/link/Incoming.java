package dev.procession.cluster.internal.link;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What comes of one peer: puts together again what {@link Outgoing} has sent in pieces. So nobody
 * on the way has to hold a result of a gigabyte. For one thread.
 */
final class Incoming {
  /** All of a message. */
  static final byte WHOLE = 0;

  /** Its first piece, of several. */
  static final byte FIRST = 1;

  /** More of it, but not the end. */
  static final byte MORE = 2;

  /** Its last piece, of several. */
  static final byte LAST = 3;

  /** All of a message that may come between the pieces of another. */
  static final byte ASIDE = 4;

  private static final int LONGEST_MESSAGE = Integer.MAX_VALUE - 8;

  /** Of a message, beside its longest payload. */
  private static final int ALLOWANCE = 16 << 20;

  private final int longest;

  /**
   * What came of a message; null if none is to go on: that goes for the rest of one refused too.
   */
  private @Nullable ByteArrayOutputStream early;

  /** Of a peer from which no payload of more bytes is taken; of 2 GiB if there is no such limit. */
  Incoming(long mostBytes) {
    longest = (int) Math.min(LONGEST_MESSAGE - ALLOWANCE, mostBytes) + ALLOWANCE;
  }

  /** Whether it is one that may come between others. */
  static boolean isAside(byte[] piece) {
    return piece.length > 0 && piece[0] == ASIDE;
  }

  /**
   * Takes what was received.
   *
   * @return the frames, none if more is to come
   * @throws IOException if it is malformed; nothing is said of the rest of that message
   */
  List<Frame> add(byte[] piece) throws IOException {
    if (piece.length == 0 || piece[0] < WHOLE || piece[0] > ASIDE) {
      throw new IOException("a message that is none");
    }
    if (isAside(piece)) {
      return Frame.readAll(Arrays.copyOfRange(piece, 1, piece.length));
    }
    ByteArrayOutputStream before = early;
    early = null; // unless it goes on; where another begins, it was cut off by a failure there
    if (piece[0] == WHOLE) {
      return Frame.readAll(Arrays.copyOfRange(piece, 1, piece.length));
    }
    if (piece[0] == FIRST) {
      before = new ByteArrayOutputStream(2 * piece.length);
    }
    if (before == null) {
      return List.of();
    }
    if (before.size() > longest - piece.length) {
      throw new IOException("a message of more than " + longest + " bytes");
    }
    before.write(piece, 1, piece.length - 1);
    if (piece[0] == LAST) {
      return Frame.readAll(before.toByteArray());
    }
    early = before;
    return List.of();
  }
}

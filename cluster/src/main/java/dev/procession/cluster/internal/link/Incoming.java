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
  /** The last piece of a message, or all of it. */
  static final byte WHOLE = 0;

  /** More of the message follows. */
  static final byte MORE = 1;

  /** All of a message that may come between the pieces of another. */
  static final byte ASIDE = 2;

  private static final int LONGEST_MESSAGE = Integer.MAX_VALUE - 8;

  /** Of a message, beside its longest payload. */
  private static final int ALLOWANCE = 16 << 20;

  private final int longest;
  private @Nullable ByteArrayOutputStream early;
  private boolean skipping; // what is left of a message that was refused

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
    boolean isLast = piece[0] == WHOLE;
    if (skipping) {
      skipping = !isLast;
      return List.of();
    }
    skipping = !isLast; // unless it can be kept
    ByteArrayOutputStream before = early;
    early = null;
    if (before == null && isLast) {
      return Frame.readAll(Arrays.copyOfRange(piece, 1, piece.length));
    }
    if (before == null) {
      before = new ByteArrayOutputStream(2 * piece.length);
    }
    if (before.size() > longest - piece.length) {
      throw new IOException("a message of more than " + longest + " bytes");
    }
    before.write(piece, 1, piece.length - 1);
    if (isLast) {
      return Frame.readAll(before.toByteArray());
    }
    early = before;
    skipping = false;
    return List.of();
  }
}

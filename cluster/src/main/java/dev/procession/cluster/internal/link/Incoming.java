package dev.procession.cluster.internal.link;

import java.io.IOException;
import java.util.ArrayList;
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

  /** Each begins with one of these. */
  private static final int TAG = 1;

  private static final int LONGEST_MESSAGE = Integer.MAX_VALUE - 8;

  /** Of a message, beside its longest payload. */
  private static final int ALLOWANCE = 16 << 20;

  private final int longest;

  /**
   * What came of a message; null if none is to go on: that goes for the rest of one refused too.
   */
  private @Nullable List<byte[]> early;

  private int earlyBytes; // without tags

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
      return Frame.readAll(piece, TAG);
    }
    List<byte[]> before = early;
    early = null; // unless it goes on; where another begins, it was cut off by a failure there
    if (piece[0] == WHOLE) {
      return Frame.readAll(piece, TAG);
    }
    if (piece[0] == FIRST) {
      before = new ArrayList<>();
      earlyBytes = 0;
    }
    if (before == null) {
      return List.of();
    }
    if (piece[0] != LAST && piece.length != TAG + Outgoing.LONGEST_PIECE) {
      throw new IOException("a piece of " + piece.length + " bytes that is not the last");
    }
    if (earlyBytes > longest - piece.length) {
      throw new IOException("a message of more than " + longest + " bytes");
    }
    before.add(piece);
    earlyBytes += piece.length - TAG;
    if (piece[0] == LAST) {
      return Frame.readAll(joined(before), 0);
    }
    early = before;
    return List.of();
  }

  private byte[] joined(List<byte[]> pieces) {
    byte[] whole = new byte[earlyBytes];
    int at = 0;
    for (byte[] piece : pieces) {
      System.arraycopy(piece, TAG, whole, at, piece.length - TAG);
      at += piece.length - TAG;
    }
    return whole;
  }
}

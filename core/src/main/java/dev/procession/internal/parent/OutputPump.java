package dev.procession.internal.parent;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Reads one stream of a worker to its end, cuts it into lines and finds the marks that say which
 * task printed them. Runs on a thread of its own.
 */
final class OutputPump implements Runnable {
  /** Takes a line; the sequence is that of the call that printed it, or {@link #UNMARKED}. */
  @FunctionalInterface
  interface LineSink {
    void line(long sequence, String text);
  }

  /** A longer line is passed on in pieces. */
  private static final int LONGEST_LINE = 64 << 10;

  /** ASCII "record separator", see {@code TaskOutput}. */
  private static final byte RS = 0x1e;

  /** Digits that always fit into a long; no sequence has more. */
  private static final int LONGEST_NUMBER = 18;

  private static final int LONGEST_CHARACTER = 4;

  /** Stands for the call of a line outside the marks, so perhaps printed by native code. */
  static final long UNMARKED = -1;

  private final InputStream in;
  private final byte[] token;
  private final LineSink sink;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private final ByteArrayOutputStream mark = new ByteArrayOutputStream();
  private boolean inMark;
  private long current = UNMARKED;

  OutputPump(InputStream in, String token, LineSink sink) {
    this.in = in;
    this.token = token.getBytes(StandardCharsets.US_ASCII);
    this.sink = sink;
  }

  @Override
  public void run() {
    byte[] buffer = new byte[8 << 10];
    try (in) {
      int read;
      while ((read = in.read(buffer)) >= 0) {
        for (int i = 0; i < read; i++) {
          take(buffer[i]);
        }
      }
    } catch (IOException e) {
      // The stream was closed under us, because the worker is gone and its children hold the pipe.
    }
    flushMark();
    flushLine();
  }

  private void take(byte b) {
    if (inMark) {
      takeInMark(b);
    } else if (b == RS) {
      inMark = true;
      mark.write(b);
    } else if (b == '\n') {
      endLine();
    } else {
      if (line.size() >= LONGEST_LINE && !isInsideCharacter(b)) {
        endLine();
      }
      line.write(b);
    }
  }

  /** Whether a line must not be cut before that byte; in what is not UTF-8, not for long. */
  private boolean isInsideCharacter(byte b) {
    return (b & 0xC0) == 0x80 && line.size() < LONGEST_LINE + LONGEST_CHARACTER;
  }

  private void takeInMark(byte b) {
    int index = mark.size() - 1;
    boolean digit = index > token.length - 1 && b >= '0' && b <= '9';
    boolean goesOn = index < token.length ? b == token[index] : digit;
    if (goesOn && index < token.length + LONGEST_NUMBER) {
      mark.write(b);
    } else if (b == RS && index > token.length) {
      markEnds();
    } else {
      flushMark();
      take(b); // which may end the line or begin a true mark
    }
  }

  private void markEnds() {
    String text = mark.toString(StandardCharsets.US_ASCII);
    long sequence = Long.parseLong(text.substring(1 + token.length));
    mark.reset();
    inMark = false;
    flushLine();
    current = sequence == 0 ? UNMARKED : sequence;
  }

  /** What looked like a mark was not one. */
  private void flushMark() {
    line.writeBytes(mark.toByteArray());
    mark.reset();
    inMark = false;
  }

  private void flushLine() {
    if (line.size() > 0) {
      endLine();
    }
  }

  private void endLine() {
    String text = line.toString(StandardCharsets.UTF_8);
    line.reset();
    sink.line(current, text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
  }
}

package dev.procession.internal.parent;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Reads one stream of a worker to its end, cuts it into lines and finds the marks that say which task
 * printed them. Runs on a thread of its own.
 */
final class OutputPump implements Runnable {
  /** Takes a line; the sequence is that of the call that printed it, 0 for none, -1 if not marked. */
  @FunctionalInterface
  interface LineSink {
    void line(long sequence, String text);
  }

  /** A longer line is passed on in pieces. */
  private static final int LONGEST_LINE = 64 << 10;

  /** ASCII "record separator", see {@code TaskOutput}. */
  private static final byte RS = 0x1e;

  private static final int LONGEST_NUMBER = 20;

  /** The text of a line that was not marked by the worker, so perhaps printed by native code. */
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
      line.write(b);
      if (line.size() >= LONGEST_LINE) {
        endLine();
      }
    }
  }

  private void takeInMark(byte b) {
    mark.write(b);
    int index = mark.size() - 2;
    if (index < token.length) {
      if (b != token[index]) {
        flushMark();
      }
    } else if (b == RS) {
      markEnds();
    } else if (b < '0' || b > '9' || mark.size() > token.length + LONGEST_NUMBER) {
      flushMark();
    }
  }

  private void markEnds() {
    String text = mark.toString(StandardCharsets.US_ASCII);
    String number = text.substring(1 + token.length, text.length() - 1);
    if (number.isEmpty()) {
      flushMark();
      return;
    }
    flushLine();
    long sequence = Long.parseLong(number);
    current = sequence == 0 ? UNMARKED : sequence;
    mark.reset();
    inMark = false;
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

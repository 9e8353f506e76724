package dev.procession.benchmarks.chaos;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The file in which the tasks of one pool write that they have begun and that they have ended.
 *
 * <pre>
 *    0        8          12       16       24        32
 *    | id     | element  | what   | pid    | nonce   |
 * </pre>
 *
 * A record is one write(2) to a file opened with O_APPEND, and never crosses a page: writers of
 * many processes do not mix, and what was written outlives a kill. Process id and nonce name the
 * attempt.
 */
final class Evidence {
  static final int RECORD = 32;

  /** Before the deed. */
  static final int BEGUN = 1;

  /** After it: before the value is returned, or the exception thrown. */
  static final int ENDED = 2;

  private static String openPath = "";
  private static FileOutputStream open;

  private Evidence() {}

  /** One attempt at an order. */
  static final class Attempt {
    final long pid;
    final long nonce;
    boolean ended;

    Attempt(long pid, long nonce) {
      this.pid = pid;
      this.nonce = nonce;
    }

    @Override
    public String toString() {
      return "in " + pid + (ended ? ", ended" : ", not ended");
    }
  }

  /** An order, as a key. */
  record Key(long id, int element) {}

  /** Appends a record; in a worker. */
  static void write(Order order, int what, long nonce) {
    byte[] record =
        ByteBuffer.allocate(RECORD)
            .putLong(order.id())
            .putInt(order.element())
            .putInt(what)
            .putLong(ProcessHandle.current().pid())
            .putLong(nonce)
            .array();
    try {
      stream(order.evidence()).write(record);
    } catch (IOException e) {
      throw new AssertionError("no evidence can be written", e);
    }
  }

  /** A worker has one pool and so one file; it stays open. */
  private static synchronized FileOutputStream stream(String path) throws IOException {
    if (!path.equals(openPath)) {
      open = new FileOutputStream(path, /* append= */ true);
      openPath = path;
    }
    return open;
  }

  /**
   * Reads the file: the attempts at each order, in the order in which they began.
   *
   * @throws IOException if it is not a sequence of such records, or one ended that never began
   */
  static Map<Key, List<Attempt>> read(Path file) throws IOException {
    Map<Key, List<Attempt>> attempts = new HashMap<>();
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file));
    while (in.remaining() >= RECORD) {
      Key key = new Key(in.getLong(), in.getInt());
      int what = in.getInt();
      Attempt attempt = new Attempt(in.getLong(), in.getLong());
      List<Attempt> known = attempts.computeIfAbsent(key, unused -> new ArrayList<>(1));
      switch (what) {
        case BEGUN -> known.add(attempt);
        case ENDED -> begun(known, attempt, key).ended = true;
        default -> throw new IOException("evidence of kind " + what + " for " + key);
      }
    }
    if (in.hasRemaining()) {
      throw new IOException("half a record of evidence at the end");
    }
    return attempts;
  }

  private static Attempt begun(List<Attempt> known, Attempt ended, Key key) throws IOException {
    for (Attempt attempt : known) {
      if (attempt.pid == ended.pid && attempt.nonce == ended.nonce && !attempt.ended) {
        return attempt;
      }
    }
    throw new IOException(key + " has ended, or twice, without having begun: " + known);
  }
}

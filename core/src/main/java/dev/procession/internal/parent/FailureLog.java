package dev.procession.internal.parent;

import dev.procession.RemoteTaskException;
import dev.procession.internal.codec.FailureCodec;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What tasks failed with lately, for who looks at a pool. Bounded in number and bytes: the oldest
 * are forgotten. Any thread may use it, also with the scheduler's lock held.
 */
final class FailureLog {
  private static final int MOST = 2_000;
  private static final long MOST_BYTES = 16 << 20;

  /** Of a longer encoded failure it is only remembered that there was one. */
  private static final int LONGEST = 256 << 10;

  private static final int LONGEST_REPORT = 64 << 10;
  private static final int LONGEST_NOTE = 1_000;

  private final Map<Long, Item> items = new LinkedHashMap<>(); // guarded by this, as the next
  private long bytes;

  /** What one task failed with: encoded as it came, or a report. */
  static final class Item {
    private volatile byte @Nullable [] encoded;
    private volatile @Nullable String report;

    /** In a line or a few, null if it is forgotten. */
    @Nullable String note() {
      byte[] failure = encoded;
      String text = failure == null ? report : FailureCodec.readDescriptionIn(failure).toString();
      return text == null || text.length() <= LONGEST_NOTE ? text : text.substring(0, LONGEST_NOTE);
    }

    private long size() {
      byte[] failure = encoded;
      String text = report;
      return (failure == null ? 0 : failure.length) + (text == null ? 0 : 2L * text.length());
    }

    private void forget() {
      encoded = null;
      report = null;
    }
  }

  /**
   * It has thrown that, encoded by {@link FailureCodec#encode}; empty if that is still to come, and
   * is to be told by calling this again.
   */
  synchronized Item threw(long task, byte[] encoded) {
    Item known = items.get(task);
    Item item = known != null && known.size() == 0 ? known : new Item();
    if (known == item) {
      var unused = items.remove(task);
    }
    item.encoded = encoded.length == 0 || encoded.length > LONGEST ? null : encoded;
    put(task, item);
    return item;
  }

  /** It was ended, or has ended with its worker: the whole report. */
  synchronized void report(long task, String text) {
    Item item = new Item();
    item.report = text.length() <= LONGEST_REPORT ? text : text.substring(0, LONGEST_REPORT);
    put(task, item);
  }

  private void put(long task, Item item) {
    Item before = items.remove(task); // to be the newest again
    if (before != null) {
      bytes -= before.size();
      before.forget(); // a span may still refer to it
    }
    items.put(task, item);
    bytes += item.size();
    Iterator<Item> oldest = items.values().iterator();
    while (items.size() > MOST || bytes > MOST_BYTES) {
      Item gone = oldest.next();
      oldest.remove();
      bytes -= gone.size();
      gone.forget();
    }
  }

  /** All that is known of a task's failure, with the worker's stack trace if it threw. */
  Optional<String> text(long task) {
    Item item;
    synchronized (this) {
      item = items.get(task);
    }
    if (item == null) {
      return Optional.empty();
    }
    byte[] encoded = item.encoded;
    return Optional.ofNullable(encoded == null ? item.report : withStack(encoded));
  }

  private static String withStack(byte[] encoded) {
    RemoteTaskException failure = FailureCodec.readDescriptionIn(encoded);
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text, true));
    return text.toString();
  }
}

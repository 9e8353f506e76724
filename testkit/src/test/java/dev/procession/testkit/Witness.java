package dev.procession.testkit;

import dev.procession.CrashReport;
import dev.procession.OutputLine;
import dev.procession.OutputListener;
import dev.procession.PoolListener;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Hears of the workers that ended, and of what they printed: all of the amount, the last of the
 * text.
 */
final class Witness implements PoolListener, OutputListener {
  private final Map<Long, CrashReport> ended = new ConcurrentHashMap<>();
  private final Set<String> awaited;
  private final Set<String> heard = ConcurrentHashMap.newKeySet();
  private final AtomicLong characters = new AtomicLong();

  Witness(String... awaited) {
    this.awaited = Set.of(awaited);
  }

  @Override
  public void workerEnded(String pool, CrashReport report) {
    ended.put(report.pid(), report);
  }

  @Override
  public void line(OutputLine line) {
    characters.addAndGet(line.text().length());
    if (awaited.contains(line.text())) {
      heard.add(line.pid() + " " + line.text());
    }
  }

  /** How the worker of that pid ended; null while it lives. */
  CrashReport endOf(long pid) {
    return ended.get(pid);
  }

  /** How many characters have been printed. */
  long characters() {
    return characters.get();
  }

  /** Whether that worker has printed that line, one of those that are listened for. */
  boolean hasHeard(long pid, String text) {
    return heard.contains(pid + " " + text);
  }
}

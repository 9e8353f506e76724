package dev.procession.examples.demo;

import dev.procession.CrashReport;
import dev.procession.ExitReason;
import dev.procession.PoolListener;
import dev.procession.WorkerSnapshot;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Keeps count of the pool's workers, as they become ready and end. */
final class WorkerLog implements PoolListener {
  private final Map<ExitReason, Integer> ends = new EnumMap<>(ExitReason.class);
  private int ready;

  @Override
  public synchronized void workerReady(String pool, WorkerSnapshot worker) {
    ready++;
  }

  @Override
  public synchronized void workerEnded(String pool, CrashReport report) {
    ends.merge(report.reason(), 1, Integer::sum);
  }

  synchronized int ready() {
    return ready;
  }

  /** {@code 1 timed out, 2 retired}. */
  synchronized String ends() {
    return ends.entrySet().stream()
        .map(end -> end.getValue() + " " + inWords(end.getKey()))
        .collect(Collectors.joining(", "));
  }

  private static String inWords(ExitReason reason) {
    return reason.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}

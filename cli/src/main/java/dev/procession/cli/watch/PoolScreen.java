package dev.procession.cli.watch;

import dev.procession.PoolSnapshot;
import dev.procession.WorkerSnapshot;
import dev.procession.observe.PoolIdentity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A pool as lines of text, with rates since the lines before. For one thread. */
public final class PoolScreen {
  private final PoolIdentity identity;
  private @Nullable PoolSnapshot before;
  private long beforeNanos;

  /** Of that pool. */
  public PoolScreen(PoolIdentity identity) {
    this.identity = identity;
  }

  /**
   * What is shown: some lines on the pool, and one for each worker, in the order of the snapshot.
   */
  public record Lines(List<String> pool, String heads, List<String> workers) {

    /** All of them. */
    public List<String> all() {
      List<String> all = new ArrayList<>(pool);
      all.add(heads);
      all.addAll(workers);
      return all;
    }
  }

  /** The lines for a snapshot that was taken just now, at most that wide. */
  public Lines lines(PoolSnapshot now, long nanoTime, int columns) {
    double seconds = before == null ? 0 : (nanoTime - beforeNanos) / 1e9;
    List<String> pool = new ArrayList<>();
    pool.add(
        String.format(
            Locale.ROOT,
            "%s  pid %d  %s  up %s  %s",
            identity.name(),
            identity.pid(),
            now.state().name().toLowerCase(Locale.ROOT),
            Figures.time(Duration.between(identity.started(), Instant.now())),
            identity.command()));
    pool.add(
        String.format(
            Locale.ROOT,
            "tasks    %s running  %s waiting  %s done  %s failed  %s cancelled  %s",
            Figures.count(now.running()),
            Figures.count(now.pending()),
            Figures.count(now.completed()),
            Figures.count(now.failed()),
            Figures.count(now.cancelled()),
            rate(now, seconds)));
    pool.add(
        String.format(
            Locale.ROOT,
            "workers  %d of %d to %d  %d restarts  %s in all",
            now.workers().size(),
            now.minWorkers(),
            now.maxWorkers(),
            now.restarts(),
            Figures.bytes(now.workers().stream().mapToLong(w -> Math.max(0, w.rssBytes())).sum())));
    pool.add("");
    TextTable table =
        new TextTable(
            "#", "PID", "STATE", "CPU%", "MEMORY", "DONE", "FAILED", "AHEAD", "FOR", "TASK", "");
    Map<Integer, Duration> cpuBefore = cpuTimes(before);
    for (WorkerSnapshot worker : now.workers()) {
      boolean runs = worker.currentTaskOrNull() != null;
      table.add(
          Integer.toString(worker.number()),
          worker.pid() < 0 ? "-" : Long.toString(worker.pid()),
          worker.state().name().toLowerCase(Locale.ROOT) + (worker.spare() ? " spare" : ""),
          cpu(worker, cpuBefore.get(worker.number()), seconds),
          Figures.bytes(worker.rssBytes()),
          Figures.count(worker.tasksDone()),
          Figures.count(worker.tasksFailed()),
          Integer.toString(worker.prefetched()),
          runs ? Figures.time(worker.currentTaskFor()) : "",
          runs ? Long.toString(worker.currentTaskId()) : "",
          worker.currentTask().orElse(""));
    }
    before = now;
    beforeNanos = nanoTime;
    List<String> rows = table.lines(columns);
    pool.replaceAll(
        line -> Figures.printable(line.length() <= columns ? line : line.substring(0, columns)));
    return new Lines(pool, rows.get(0), rows.subList(1, rows.size()));
  }

  private String rate(PoolSnapshot now, double seconds) {
    PoolSnapshot last = before;
    if (last == null || seconds <= 0) {
      return "";
    }
    double rate = (now.completed() + now.failed() - last.completed() - last.failed()) / seconds;
    return rate < 10
        ? String.format(Locale.ROOT, "%.1f/s", rate)
        : String.format(Locale.ROOT, "%,d/s", (long) rate);
  }

  private static Map<Integer, Duration> cpuTimes(@Nullable PoolSnapshot snapshot) {
    Map<Integer, Duration> times = new HashMap<>();
    if (snapshot != null) {
      snapshot.workers().forEach(worker -> times.put(worker.number(), worker.cpuTime()));
    }
    return times;
  }

  private static String cpu(WorkerSnapshot worker, @Nullable Duration last, double seconds) {
    if (last == null || seconds <= 0) {
      return "-";
    }
    double share = (worker.cpuTime().toNanos() - last.toNanos()) / 1e7 / seconds;
    return Long.toString(Math.round(Math.max(0, share)));
  }
}

package dev.procession.dashboard;

import dev.procession.PoolSnapshot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A pool's figures over time: a point a second, and longer ones in what is long ago. */
final class Timeline {
  private static final int MOST_POINTS = 1_800;
  private static final long POINT_MILLIS = 1_000;

  private final Percentiles ran = new Percentiles();
  private final Percentiles waited = new Percentiles();
  private List<Point> points = new ArrayList<>();
  private long pointAt;
  private long endedThen;
  private long failedThen;

  /** Begins at a moment, in milliseconds since the pool was built, with what has ended by then. */
  void begin(long now, PoolSnapshot pool) {
    pointAt = now;
    countFrom(pool);
  }

  private void countFrom(PoolSnapshot pool) {
    endedThen = ended(pool);
    failedThen = pool.failed();
  }

  private static long ended(PoolSnapshot pool) {
    return pool.completed() + pool.failed() + pool.cancelled();
  }

  /** Tasks have ended. */
  void add(Segment segment) {
    int tasks = Math.max(1, segment.tasks());
    ran.add(segment.busy() / 1e3 / tasks, tasks);
    waited.add(Math.max(0, segment.began() - segment.submitted()) / 1e3, tasks);
  }

  /**
   * The point that is due, or none.
   *
   * @param rows the pool's workers
   * @param now milliseconds since the pool was built
   * @param isLast whether one is due however short its time was
   */
  List<Point> take(PoolSnapshot pool, List<Tick.Row> rows, long now, boolean isLast) {
    if (now - pointAt < POINT_MILLIS && !isLast) {
      return List.of();
    }
    Map<Integer, Long> memory = new LinkedHashMap<>();
    rows.stream()
        .filter(row -> row.lane() >= 0)
        .forEach(row -> memory.put(row.lane(), row.worker().rssBytes()));
    Point point =
        new Point(
            now,
            now - pointAt,
            ended(pool) - endedThen,
            pool.failed() - failedThen,
            pool.pending(),
            pool.running(),
            ran.take(),
            waited.take(),
            memory);
    begin(now, pool);
    points.add(point);
    points = Point.thinned(points, MOST_POINTS);
    return List.of(point);
  }

  List<Point> all() {
    return List.copyOf(points);
  }
}

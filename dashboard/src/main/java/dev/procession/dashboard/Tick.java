package dev.procession.dashboard;

import dev.procession.PoolSnapshot;
import dev.procession.WorkerSnapshot;
import dev.procession.observe.NameCount;
import dev.procession.observe.PrintedLine;
import java.util.List;

/**
 * What one look has brought, or everything there is.
 *
 * @param now milliseconds since the pool was built
 * @param pool the pool, as it was last seen
 * @param isOver whether it has ended
 * @param isSilent whether it does not answer
 * @param rows its workers
 * @param counts how far the tasks of each name are
 * @param firstName number of the first of the names
 * @param names that are new
 * @param segments that are new
 * @param points that are new
 * @param failures that are new
 * @param lines that are new
 * @param marks that are new
 * @param missed spans that were forgotten before they could be seen
 */
record Tick(
    long now,
    PoolSnapshot pool,
    boolean isOver,
    boolean isSilent,
    List<Row> rows,
    List<NameCount> counts,
    int firstName,
    List<String> names,
    List<Segment> segments,
    List<Point> points,
    List<Segment> failures,
    List<PrintedLine> lines,
    List<Mark> marks,
    long missed) {
  /**
   * A worker that ended.
   *
   * @param at milliseconds since the pool was built, about
   * @param lane where it was drawn
   * @param worker its number
   */
  record Mark(long at, int lane, int worker) {}

  /**
   * A worker and where it is drawn.
   *
   * @param lane the row, -1 for none yet
   * @param worker the worker
   */
  record Row(int lane, WorkerSnapshot worker) {}
}

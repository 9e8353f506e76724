package dev.procession.dashboard;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The pool's figures over a second, or over longer in what is long ago.
 *
 * @param at its end, milliseconds since the pool was built
 * @param millis how long it is
 * @param done tasks that ended in it
 * @param failed how many of those did not give a value
 * @param waiting tasks that waited at its end
 * @param running tasks that ran at its end
 * @param ran median, 95th and 99th percentile of how long tasks ran, milliseconds; not numbers if
 *     none has ended
 * @param waited the same of how long they had waited for a worker
 * @param memory resident bytes of each worker, by lane
 */
record Point(
    long at,
    long millis,
    long done,
    long failed,
    long waiting,
    int running,
    double[] ran,
    double[] waited,
    Map<Integer, Long> memory) {

  /** The two as one; the other one is the later. What is a state at an instant is the larger. */
  Point with(Point later) {
    Map<Integer, Long> most = new LinkedHashMap<>(memory);
    later.memory.forEach((lane, bytes) -> most.merge(lane, bytes, Math::max));
    return new Point(
        later.at,
        millis + later.millis,
        done + later.done,
        failed + later.failed,
        Math.max(waiting, later.waiting),
        Math.max(running, later.running),
        larger(ran, later.ran),
        larger(waited, later.waited),
        most);
  }

  private static double[] larger(double[] one, double[] other) {
    double[] larger = new double[one.length];
    for (int i = 0; i < larger.length; i++) {
      larger[i] =
          Double.isNaN(one[i])
              ? other[i]
              : Double.isNaN(other[i]) ? one[i] : Math.max(one[i], other[i]);
    }
    return larger;
  }

  /** Has the older half of too many points in half as many. */
  static List<Point> thinned(List<Point> points, int most) {
    if (points.size() <= most) {
      return points;
    }
    int half = points.size() / 4 * 2;
    List<Point> kept = new ArrayList<>();
    for (int i = 0; i < half; i += 2) {
      kept.add(points.get(i).with(points.get(i + 1)));
    }
    kept.addAll(points.subList(half, points.size()));
    return kept;
  }
}

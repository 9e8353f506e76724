package dev.procession.dashboard;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The whole history of what workers did, at falling resolution: when there are too many, those of
 * the older half that follow each other in one worker are merged, short ones first, so that what
 * lasts, fails or is stopped stays as it was. Used by one thread at a time.
 */
final class Segments {
  private static final long FIRST_MERGED_MICROS = 5_000;
  private static final long WIDEST_MICROS = 3_600_000_000L;

  private final int most;
  private List<Segment> all = new ArrayList<>();

  /**
   * Keeps so many.
   *
   * @param most at least 2
   */
  Segments(int most) {
    this.most = most;
  }

  List<Segment> all() {
    return all;
  }

  void add(List<Segment> more) {
    all.addAll(more);
    if (all.size() > most) {
      thin();
    }
  }

  private void thin() {
    int half = all.size() / 2;
    List<Segment> old = all.subList(0, half);
    List<Segment> merged = old;
    for (long below = FIRST_MERGED_MICROS;
        merged.size() > half / 2 && below < WIDEST_MICROS;
        below *= 4) {
      merged = merge(merged, below);
    }
    if (merged.size() > half * 3 / 4) {
      merged = merged.subList(merged.size() - half / 2, merged.size()); // nothing but failures
    }
    List<Segment> next = new ArrayList<>(merged);
    next.addAll(all.subList(half, all.size()));
    all = next;
  }

  /** Merges those of one worker that follow each other and are short, up to a length. */
  static List<Segment> merge(List<Segment> segments, long below) {
    Map<Integer, Segment> open = new HashMap<>();
    List<Segment> done = new ArrayList<>();
    for (Segment segment : segments) {
      Segment before = open.remove(segment.worker());
      if (before == null) {
        open.put(segment.worker(), segment);
      } else if (before.mayMerge(below)
          && segment.mayMerge(below)
          && segment.began() - before.over() < below
          && segment.over() - before.began() < 2 * below) {
        open.put(segment.worker(), before.with(segment));
      } else {
        done.add(before);
        open.put(segment.worker(), segment);
      }
    }
    done.addAll(open.values());
    done.sort(Comparator.comparingLong(Segment::over));
    return done;
  }
}

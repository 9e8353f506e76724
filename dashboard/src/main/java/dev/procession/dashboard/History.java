package dev.procession.dashboard;

import dev.procession.PoolSnapshot;
import dev.procession.PoolState;
import dev.procession.WorkerSnapshot;
import dev.procession.WorkerState;
import dev.procession.observe.Activity;
import dev.procession.observe.NameCount;
import dev.procession.observe.PoolView;
import dev.procession.observe.PrintedLine;
import dev.procession.observe.PrintedLines;
import dev.procession.observe.TaskSpan;
import dev.procession.observe.UnreachablePoolException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of a pool: all of it, but what is long ago more coarsely. Bounded, however long the
 * pool lives. For one thread at a time.
 */
final class History {
  private static final int MOST_SEGMENTS = 40_000;
  private static final int MOST_FAILURES = 2_000;
  private static final int MOST_TEXTS = 1_000;
  private static final int MOST_LINES = 2_000;
  private static final int MOST_LINES_AT_ONCE = 5_000;
  private static final int MOST_MARKS = 2_000;

  /** Names that are told apart; a pool counts no more than that either. */
  private static final int MOST_NAMES = 1_000;

  private static final String OTHERS = "(others)";

  /** So many spans are taken in one look: all that a pool remembers. */
  private static final int MOST_SEEN = 65_536;

  /** More of them in one look are merged first. */
  private static final int MOST_AT_ONCE = 800;

  /** In one look the whole text is fetched of so many failures, the newest. */
  private static final int TEXTS_AT_ONCE = 20;

  /** So often a text is asked for: of a crash it is there once that was looked into. */
  private static final int MOST_ASKS = 40;

  /** Names whose counts a page is given, the busiest; the others are summed up. */
  private static final int MOST_COUNTS = 200;

  private final long startMicros;
  private final Map<String, Integer> names = new LinkedHashMap<>();
  private final Segments segments = new Segments(MOST_SEGMENTS);
  private final Lanes lanes = new Lanes();
  private final Timeline timeline = new Timeline();
  private final Deque<Segment> failures = new ArrayDeque<>();
  private final Map<Long, String> texts =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, String> eldest) {
          return size() > MOST_TEXTS;
        }
      };

  /** How often the text of a failure was asked for that was not there yet, by task. */
  private final Map<Long, Integer> textless =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Integer> eldest) {
          return size() > TEXTS_AT_ONCE;
        }
      };

  private final Deque<PrintedLine> lines = new ArrayDeque<>();
  private final Deque<Tick.Mark> marks = new ArrayDeque<>();
  private final Set<Integer> known = new HashSet<>();
  private long nextSpan;
  private long nextLine;
  private long missed;

  /**
   * Of a pool.
   *
   * @param started when it was built
   */
  History(Instant started) {
    this.startMicros = Segment.micros(started);
  }

  /** Milliseconds since the pool was built. */
  private long now() {
    return (Segment.micros(Instant.now()) - startMicros) / 1_000;
  }

  /**
   * Asks a pool for what is new, and keeps it.
   *
   * @param before what the last look brought, null for the first one
   * @throws UnreachablePoolException if it does not answer, or has ended before the first look
   */
  Tick take(PoolView view, @Nullable Tick before) {
    int firstName = names.size();
    List<Segment> seen = List.of();
    List<Segment> failed = List.of();
    List<PrintedLine> printed = List.of();
    PoolSnapshot pool;
    List<NameCount> counts;
    boolean over;
    try {
      pool = view.snapshot(); // first: what has ended before it is among the rest
      over = pool.state() == PoolState.TERMINATED;
      seen = takeSegments(view);
      failed = takeFailures(view, seen);
      printed = takeLines(view);
      counts = most(view.counts());
    } catch (UnreachablePoolException e) {
      if (before == null || e.isSilent()) {
        throw e;
      }
      pool = before.pool();
      counts = before.counts();
      over = true;
    }
    List<Segment> drawn = coarse(seen);
    segments.add(drawn);
    long now = now();
    if (before == null) {
      timeline.begin(now, pool);
    }
    List<WorkerSnapshot> workers = over ? List.of() : pool.workers();
    seen.forEach(segment -> meet(segment.worker()));
    List<Tick.Mark> ended = takeEnds(workers, now);
    List<Tick.Row> rows =
        workers.stream().map(worker -> new Tick.Row(laneOf(worker), worker)).toList();
    List<Point> point = timeline.take(pool, rows, now, over);
    List<String> newNames = names.keySet().stream().skip(firstName).toList();
    return new Tick(
        now,
        pool,
        over,
        /* isSilent= */ false,
        rows,
        counts,
        firstName,
        newNames,
        drawn,
        point,
        failed,
        printed,
        ended,
        missed);
  }

  /** What a look brings that got no answer, because the pool is silent or has ended. */
  Tick withoutAnswer(Tick before, boolean silent) {
    return new Tick(
        now(),
        before.pool(),
        !silent,
        silent,
        silent ? before.rows() : List.of(),
        before.counts(),
        names.size(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        missed);
  }

  /** All that is known, with the state that the last look found. */
  Tick everything(Tick last) {
    return new Tick(
        last.isOver() ? last.now() : now(),
        last.pool(),
        last.isOver(),
        last.isSilent(),
        last.rows(),
        last.counts(),
        0,
        List.copyOf(names.keySet()),
        List.copyOf(segments.all()),
        timeline.all(),
        List.copyOf(failures),
        List.copyOf(lines),
        List.copyOf(marks),
        missed);
  }

  /** The texts of failures that are kept, by task. */
  Map<Long, String> texts() {
    return Map.copyOf(texts);
  }

  /** The text of that task's failure, null if it is not kept. */
  @Nullable String text(long task) {
    return texts.get(task);
  }

  private static List<Segment> coarse(List<Segment> seen) {
    List<Segment> drawn = seen;
    for (long below = 20_000; drawn.size() > MOST_AT_ONCE && below < 1_000_000; below *= 2) {
      drawn = Segments.merge(drawn, below);
    }
    return drawn;
  }

  private List<Segment> takeSegments(PoolView view) {
    List<Segment> seen = new ArrayList<>();
    Activity activity;
    do {
      activity = view.activity(nextSpan);
      missed += nextSpan == 0 ? 0 : activity.missed(); // what others saw before is not missed here
      nextSpan = activity.next();
      for (TaskSpan span : activity.spans()) {
        Segment segment =
            Segment.of(span, lanes.of(span.worker()), numberOf(span.name()), startMicros);
        seen.add(segment);
        timeline.add(segment);
      }
    } while (!activity.spans().isEmpty() && seen.size() < MOST_SEEN);
    return seen;
  }

  private int numberOf(String name) {
    Integer number = names.get(name);
    if (number == null) {
      String known = names.size() < MOST_NAMES - 1 ? name : OTHERS;
      number = names.computeIfAbsent(known, unknown -> names.size());
    }
    return number;
  }

  private List<Segment> takeFailures(PoolView view, List<Segment> seen) {
    List<Segment> found = seen.stream().filter(Segment::isBad).toList();
    int from = Math.max(0, found.size() - MOST_FAILURES);
    List<Segment> kept = found.subList(from, found.size());
    kept.forEach(failure -> addBounded(failures, failure, MOST_FAILURES));
    kept.forEach(failure -> textless.put(failure.failedTask(), 0));
    takeTexts(view);
    return List.copyOf(kept);
  }

  private void takeTexts(PoolView view) {
    Iterator<Map.Entry<Long, Integer>> asked = textless.entrySet().iterator();
    while (asked.hasNext()) {
      Map.Entry<Long, Integer> one = asked.next();
      Optional<String> text = view.failure(one.getKey());
      text.ifPresent(found -> texts.put(one.getKey(), found));
      int asks = one.getValue() + 1;
      if (text.isPresent() || asks == MOST_ASKS) {
        asked.remove();
      } else {
        one.setValue(asks);
      }
    }
  }

  private List<PrintedLine> takeLines(PoolView view) {
    List<PrintedLine> taken = new ArrayList<>();
    PrintedLines printed;
    do {
      printed = view.output(nextLine);
      nextLine = printed.next();
      taken.addAll(printed.lines());
    } while (!printed.lines().isEmpty() && taken.size() < MOST_LINES_AT_ONCE);
    List<PrintedLine> kept = taken.subList(Math.max(0, taken.size() - MOST_LINES), taken.size());
    kept.forEach(line -> addBounded(lines, line, MOST_LINES));
    return List.copyOf(kept);
  }

  /** The busiest, and the others as one. */
  private static List<NameCount> most(List<NameCount> counts) {
    if (counts.size() <= MOST_COUNTS) {
      return counts;
    }
    List<NameCount> sorted = new ArrayList<>(counts);
    sorted.sort(
        Comparator.comparingLong(
                (NameCount one) -> one.waiting() + one.expected() + one.running() + one.done())
            .reversed());
    NameCount others = new NameCount(OTHERS, 0, 0, 0, 0, 0);
    for (NameCount one : sorted.subList(MOST_COUNTS - 1, sorted.size())) {
      others =
          new NameCount(
              OTHERS,
              others.waiting() + one.waiting(),
              others.expected() + one.expected(),
              others.running() + one.running(),
              others.done() + one.done(),
              others.failed() + one.failed());
    }
    List<NameCount> told = new ArrayList<>(sorted.subList(0, MOST_COUNTS - 1));
    told.add(others);
    return told;
  }

  /** A worker has worked, perhaps between two looks only; not one that is known to have ended. */
  private void meet(int worker) {
    if (!known.contains(worker) && marks.stream().noneMatch(mark -> mark.worker() == worker)) {
      known.add(worker);
    }
  }

  private List<Tick.Mark> takeEnds(List<WorkerSnapshot> workers, long now) {
    Set<Integer> living = workers.stream().map(WorkerSnapshot::number).collect(Collectors.toSet());
    List<Tick.Mark> ended = new ArrayList<>();
    known.removeIf(
        worker -> {
          if (living.contains(worker)) {
            return false;
          }
          ended.add(new Tick.Mark(now, lanes.of(worker), worker));
          return true;
        });
    lanes.keep(living);
    workers.stream().filter(History::hasBegunItsLast).forEach(w -> lanes.giveUp(w.number()));
    workers.stream()
        .filter(worker -> worker.state() != WorkerState.STARTING)
        .forEach(worker -> known.add(worker.number()));
    ended.forEach(mark -> addBounded(marks, mark, MOST_MARKS));
    return ended;
  }

  /** None before it is ready: whom it replaces may still be there until then. */
  private int laneOf(WorkerSnapshot worker) {
    return worker.state() == WorkerState.STARTING ? -1 : lanes.of(worker.number());
  }

  private static boolean hasBegunItsLast(WorkerSnapshot worker) {
    return worker.state() == WorkerState.RETIRING && worker.currentTaskOrNull() == null;
  }

  private static <T> void addBounded(Deque<T> kept, T one, int most) {
    if (kept.size() == most) {
      kept.removeFirst();
    }
    kept.addLast(one);
  }
}

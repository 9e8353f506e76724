package dev.procession.dashboard;

import dev.procession.PoolSnapshot;
import dev.procession.PoolState;
import dev.procession.WorkerSnapshot;
import dev.procession.WorkerState;
import dev.procession.observe.Activity;
import dev.procession.observe.NameCount;
import dev.procession.observe.PoolIdentity;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at a pool a few times a second, on a thread of its own, and keeps what it has seen: all of
 * it, but what is long ago more coarsely. Bounded, however long the pool lives.
 */
final class Recorder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);

  static final int MOST_SEGMENTS = 40_000;
  private static final int MOST_POINTS = 1_800;
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

  /** Of failures in one look the whole text is fetched of so many. */
  private static final int TEXTS_AT_ONCE = 20;

  private static final long LOOK_MILLIS = 250;
  private static final long POINT_MILLIS = 1_000;
  private static final long AFTER_FAILURE_MILLIS = 5_000;

  /** Names whose counts a page is given, the busiest; the others are summed up. */
  private static final int MOST_COUNTS = 200;

  private final PoolIdentity pool;
  private final @Nullable Supplier<PoolView> again;
  private final long startMicros;
  private final Thread thread;
  private final List<Consumer<Tick>> subscribers = new CopyOnWriteArrayList<>();
  private volatile boolean closed;

  private PoolView view; // guarded by this, as what was seen
  private boolean lost; // the view does not answer any more

  private final Map<String, Integer> names = new LinkedHashMap<>();
  private final Segments segments = new Segments(MOST_SEGMENTS);
  private final Lanes lanes = new Lanes();
  private final Percentiles ran = new Percentiles();
  private final Percentiles waited = new Percentiles();
  private final Deque<Segment> failures = new ArrayDeque<>();
  private final Map<Long, String> texts =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, String> eldest) {
          return size() > MOST_TEXTS;
        }
      };
  private final Deque<PrintedLine> lines = new ArrayDeque<>();
  private final Deque<Mark> marks = new ArrayDeque<>();
  private final Set<Integer> known = new HashSet<>();
  private List<Point> points = new ArrayList<>();
  private @Nullable Tick last;
  private long nextSpan;
  private long nextLine;
  private long missed;
  private long pointAt;
  private long endedThen;
  private long failedThen;

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
      long missed) {}

  /**
   * Of a pool.
   *
   * @param view to look by, closed with this
   * @param again gives another view when one does not answer any more; null if there is none
   */
  Recorder(PoolView view, @Nullable Supplier<PoolView> again) {
    this.view = view;
    this.again = again;
    this.pool = view.identity();
    this.startMicros = Segment.micros(pool.started());
    this.pointAt = now();
    this.thread = new Thread(this::run, "procession-recorder-of-" + pool.name());
    thread.setDaemon(true);
  }

  /** Begins to look; the first look is taken before this returns. */
  void start() {
    look();
    thread.start();
  }

  PoolIdentity pool() {
    return pool;
  }

  private long now() {
    return (Segment.micros(Instant.now()) - startMicros) / 1_000;
  }

  private void run() {
    try {
      while (!closed && !isOver()) {
        Thread.sleep(LOOK_MILLIS);
        try {
          look();
        } catch (RuntimeException e) {
          LOG.warn("[{}] a look at the pool failed", pool.name(), e);
          Thread.sleep(AFTER_FAILURE_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  private synchronized boolean isOver() {
    return last != null && last.isOver();
  }

  /** Takes a look now; nothing once the pool has ended. */
  synchronized void look() {
    Tick before = last;
    if (closed || (before != null && before.isOver())) {
      return;
    }
    Tick tick = next(before);
    last = tick;
    subscribers.forEach(subscriber -> subscriber.accept(tick));
  }

  private Tick next(@Nullable Tick before) {
    try {
      if (lost && again != null) {
        view.close();
        view = again.get();
      }
      lost = false;
      return take(before);
    } catch (UnreachablePoolException e) {
      if (before == null) {
        throw e;
      }
      lost = e.isSilent(); // its process is stopped, for example
      return new Tick(
          now(),
          before.pool(),
          !lost,
          lost,
          lost ? before.rows() : List.of(),
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
  }

  private Tick take(@Nullable Tick before) {
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
      seen = takeSegments();
      failed = takeFailures(seen);
      printed = takeLines();
      counts = most(view.counts());
    } catch (UnreachablePoolException e) {
      if (before == null || e.isSilent()) {
        throw e;
      }
      pool = before.pool();
      counts = before.counts();
      over = true;
    }
    List<Segment> drawn = seen;
    for (long below = 20_000; drawn.size() > MOST_AT_ONCE && below < 1_000_000; below *= 2) {
      drawn = Segments.merge(drawn, below);
    }
    segments.add(drawn);
    long now = now();
    List<WorkerSnapshot> workers = over ? List.of() : pool.workers();
    List<Mark> ended = takeEnds(workers, now);
    List<Row> rows = workers.stream().map(worker -> new Row(laneOf(worker), worker)).toList();
    if (before == null) {
      countFrom(pool);
    }
    List<Point> point = takePoint(pool, rows, now, over);
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

  private List<Segment> takeSegments() {
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
        int tasks = Math.max(1, segment.tasks());
        ran.add(segment.busy() / 1e3 / tasks, tasks);
        waited.add(Math.max(0, segment.began() - segment.submitted()) / 1e3, tasks);
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

  private List<Segment> takeFailures(List<Segment> seen) {
    List<Segment> found = seen.stream().filter(Segment::isBad).toList();
    int from = Math.max(0, found.size() - MOST_FAILURES);
    List<Segment> kept = found.subList(from, found.size());
    kept.forEach(failure -> addBounded(failures, failure, MOST_FAILURES));
    kept.stream()
        .skip(Math.max(0, kept.size() - TEXTS_AT_ONCE))
        .map(Segment::failedTask)
        .forEach(task -> view.failure(task).ifPresent(text -> texts.put(task, text)));
    return List.copyOf(kept);
  }

  private List<PrintedLine> takeLines() {
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

  private List<Mark> takeEnds(List<WorkerSnapshot> workers, long now) {
    Set<Integer> living = workers.stream().map(WorkerSnapshot::number).collect(Collectors.toSet());
    List<Mark> ended = new ArrayList<>();
    known.removeIf(
        worker -> {
          if (living.contains(worker)) {
            return false;
          }
          ended.add(new Mark(now, lanes.of(worker), worker));
          return true;
        });
    lanes.keep(living);
    workers.stream().filter(Recorder::hasBegunItsLast).forEach(w -> lanes.giveUp(w.number()));
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

  private static long ended(PoolSnapshot pool) {
    return pool.completed() + pool.failed() + pool.cancelled();
  }

  private void countFrom(PoolSnapshot pool) {
    endedThen = ended(pool);
    failedThen = pool.failed();
  }

  private List<Point> takePoint(PoolSnapshot pool, List<Row> rows, long now, boolean over) {
    if (now - pointAt < POINT_MILLIS && !over) {
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
    pointAt = now;
    countFrom(pool);
    points.add(point);
    points = Point.thinned(points, MOST_POINTS);
    return List.of(point);
  }

  private static <T> void addBounded(Deque<T> kept, T one, int most) {
    if (kept.size() == most) {
      kept.removeFirst();
    }
    kept.addLast(one);
  }

  /** All that is known. */
  synchronized Tick everything() {
    Tick now = last;
    if (now == null) {
      throw new IllegalStateException("not started");
    }
    return new Tick(
        now.isOver() ? now.now() : now(),
        now.pool(),
        now.isOver(),
        now.isSilent(),
        now.rows(),
        now.counts(),
        0,
        List.copyOf(names.keySet()),
        List.copyOf(segments.all()),
        List.copyOf(points),
        List.copyOf(failures),
        List.copyOf(lines),
        List.copyOf(marks),
        missed);
  }

  /**
   * Has somebody hear of each look from now on, on the thread that looks.
   *
   * @param first is given all that is known before
   */
  synchronized void subscribe(Consumer<Tick> first, Consumer<Tick> subscriber) {
    first.accept(everything());
    subscribers.add(subscriber);
  }

  void unsubscribe(Consumer<Tick> subscriber) {
    subscribers.remove(subscriber);
  }

  /** What a task failed with, in full. */
  Optional<String> failure(long task) {
    synchronized (this) {
      String text = texts.get(task);
      if (text != null) {
        return Optional.of(text);
      }
    }
    PoolView asked;
    synchronized (this) {
      asked = view;
    }
    try {
      return asked.failure(task);
    } catch (UnreachablePoolException e) {
      return Optional.empty();
    }
  }

  /** The texts of failures that are kept, by task. */
  synchronized Map<Long, String> texts() {
    return Map.copyOf(texts);
  }

  /** Looks no more. Repeatable. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      view.close();
    }
  }
}

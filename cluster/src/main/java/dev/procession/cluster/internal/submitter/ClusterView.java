package dev.procession.cluster.internal.submitter;

import dev.procession.PoolSnapshot;
import dev.procession.cluster.internal.submitter.Lookout.Said;
import dev.procession.internal.parent.PoolServices;
import dev.procession.internal.view.ViewProtocol;
import dev.procession.observe.Activity;
import dev.procession.observe.NameCount;
import dev.procession.observe.PoolIdentity;
import dev.procession.observe.PoolView;
import dev.procession.observe.PrintedLines;
import dev.procession.observe.TaskSpan;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A pool on a cluster, seen from its submitter: each member tells of its workers, and this puts it
 * together. What members have remembered and not told when they are lost is lost with them.
 */
final class ClusterView implements PoolView {
  /** As many spans as a pool on one machine remembers. */
  private static final int MOST_KEPT = 1 << 16;

  /** Of one answer. */
  private static final int MOST_SPANS = 5_000;

  private static final int MOST_LINES = 1_000;

  /** No time of a task is further from 1970 than that, 30,000 years. */
  private static final long MOST_SECONDS = 1L << 40;

  private final PoolServices pool;
  private final ClusterBackend backend;
  private final Lookout lookout;
  private final PoolIdentity identity;
  private final Consumer<ClusterView> onClose;

  private final Deque<TaskSpan> spans = new ArrayDeque<>(); // guarded by this, as the next
  private long added;
  private final Map<Attachment, Long> told = new HashMap<>(); // how much of its log
  private final Map<Attachment, List<NameCount>> counted = new LinkedHashMap<>();
  private volatile boolean observes; // written under this
  private boolean closed;

  ClusterView(
      PoolServices pool,
      ClusterBackend backend,
      Lookout lookout,
      PoolIdentity identity,
      Consumer<ClusterView> onClose) {
    this.pool = pool;
    this.backend = backend;
    this.lookout = lookout;
    this.identity = identity;
    this.onClose = onClose;
  }

  @Override
  public PoolIdentity identity() {
    return identity;
  }

  @Override
  public PoolSnapshot snapshot() {
    return backend.snapshot();
  }

  private synchronized boolean isRemembering() {
    if (!observes && !closed) {
      observes = true;
      pool.observeOutput();
    }
    return observes;
  }

  /** Whether members are to remember what happens. */
  boolean observes() {
    return observes;
  }

  /** Takes all that members have remembered, before they are left; only if somebody has looked. */
  synchronized void collectLast() {
    long before = -1;
    while (observes && added != before) { // an answer is not all there may be
      before = added;
      collect();
    }
  }

  /** Takes what members have remembered. */
  private void collect() {
    List<TaskSpan> news = new ArrayList<>();
    for (Said<Activity> said :
        lookout.askAll(
            ViewProtocol.ACTIVITY, member -> told.getOrDefault(member, 0L), Activity.class)) {
      told.put(said.member(), said.value().next());
      for (Object one : said.value().spans()) { // what has come is untrusted
        if (one instanceof TaskSpan span && isWhole(span)) {
          news.add(ours(said.member(), span));
        }
      }
    }
    news.sort(Comparator.comparing(span -> span.began().plus(span.took())));
    for (TaskSpan span : news) {
      if (spans.size() == MOST_KEPT) {
        spans.removeFirst();
      }
      spans.addLast(span);
      added++;
    }
    count();
  }

  /** Takes what members have counted. */
  private void count() {
    for (Said<Object> said : lookout.askAll(ViewProtocol.COUNTS, member -> 0, Object.class)) {
      if (said.value() instanceof List<?> names) {
        counted.put(said.member(), namesIn(names));
      }
    }
  }

  private static List<NameCount> namesIn(List<?> answer) {
    return answer.stream()
        .filter(NameCount.class::isInstance)
        .map(NameCount.class::cast)
        .filter(count -> count.name() != null)
        .toList();
  }

  private static boolean isWhole(TaskSpan span) {
    return Stream.of(
                span.name(),
                span.submitted(),
                span.began(),
                span.took(),
                span.busy(),
                span.reading(),
                span.writing(),
                span.end())
            .allMatch(Objects::nonNull)
        && Math.abs(span.began().getEpochSecond()) < MOST_SECONDS
        && Math.abs(span.took().toSeconds()) < MOST_SECONDS;
  }

  private TaskSpan ours(Attachment member, TaskSpan span) {
    return new TaskSpan(
        lookout.numberOf(member, span.worker()),
        span.pid(),
        span.task(),
        span.name(),
        span.tasks(),
        span.failed(),
        span.failedTask(),
        span.submitted(),
        span.began(),
        span.took(),
        span.busy(),
        span.reading(),
        span.writing(),
        span.end(),
        span.noteOrNull());
  }

  @Override
  public synchronized Activity activity(long from) {
    if (isRemembering()) {
      collect();
    }
    long first = Math.max(from, added - spans.size());
    List<TaskSpan> answer =
        spans.stream().skip(first - (added - spans.size())).limit(MOST_SPANS).toList();
    return new Activity(first + answer.size(), first - from, answer);
  }

  @Override
  public PrintedLines output(long from) {
    return isRemembering()
        ? pool.outputSince(from, MOST_LINES)
        : new PrintedLines(from, 0, List.of());
  }

  @Override
  public synchronized List<NameCount> counts() {
    if (!isRemembering()) {
      return List.of();
    }
    count();
    List<Attachment> present = backend.members();
    Map<String, NameCount> sums = new LinkedHashMap<>();
    counted.forEach(
        (member, names) ->
            names.forEach(
                name ->
                    sums.merge(
                        name.name(),
                        present.contains(member) ? name : endedOnly(name),
                        ClusterView::plus)));
    backend.waitingByName().forEach(name -> sums.merge(name.name(), name, ClusterView::plus));
    return List.copyOf(sums.values());
  }

  /** Of a member that is gone, what it had yet to do is counted elsewhere. */
  private static NameCount endedOnly(NameCount name) {
    return new NameCount(name.name(), 0, 0, 0, name.done(), name.failed());
  }

  private static NameCount plus(NameCount one, NameCount other) {
    return new NameCount(
        one.name(),
        one.waiting() + other.waiting(),
        one.expected() + other.expected(),
        one.running() + other.running(),
        one.done() + other.done(),
        one.failed() + other.failed());
  }

  @Override
  public Optional<String> failure(long task) {
    if (!isRemembering()) {
      return Optional.empty();
    }
    return lookout.askAll(ViewProtocol.FAILURE, member -> task, String.class).stream()
        .map(Said::value)
        .findFirst();
  }

  @Override
  public String profile(int worker, Duration time) {
    int seconds = (int) Math.min(Integer.MAX_VALUE, Math.max(0, time.toSeconds()));
    return (String)
        Objects.requireNonNull(
            lookout.ask(
                worker,
                ViewProtocol.PROFILE,
                number -> ViewProtocol.profileOf(number, seconds),
                Lookout.PATIENCE_WITH_ONE.plus(time).plus(time)));
  }

  @Override
  public String threads(int worker) {
    return (String)
        Objects.requireNonNull(
            lookout.ask(worker, ViewProtocol.THREADS, number -> number, Lookout.PATIENCE_WITH_ONE));
  }

  @Override
  public boolean cancel(long task) {
    return backend.cancelSent(task);
  }

  @Override
  public void retire(int worker) {
    var unused =
        lookout.ask(worker, ViewProtocol.RETIRE, number -> number, Lookout.PATIENCE_WITH_ONE);
  }

  @Override
  public void kill(int worker) {
    var unused =
        lookout.ask(worker, ViewProtocol.KILL, number -> number, Lookout.PATIENCE_WITH_ONE);
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      if (observes) {
        observes = false;
        pool.unobserveOutput();
      }
    }
    onClose.accept(this);
  }
}

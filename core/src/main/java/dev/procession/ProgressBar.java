package dev.procession;

import dev.procession.internal.progress.ProgressCount;
import dev.procession.internal.progress.ProgressDisplay;
import dev.procession.internal.progress.ProgressLine;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far tasks, the elements of a map, or any other counted work are: items a second, the
 * time that is left, and failures.
 *
 * <p>In a terminal it is drawn over and over, elsewhere, and where the environment variable {@code
 * CI} is set, a line is printed for each quarter of the work and after ten seconds of silence. Work
 * is counted by any thread; a thread of the bar's own draws. Close it to see the end.
 *
 * <pre>{@code
 * try (ProgressBar bar = ProgressBar.start(paths.size());
 *     MapResults<Thumb> thumbs = bar.watch(pool.map(Thumbs::make, paths))) {
 *   for (Thumb thumb : thumbs) ...
 * }
 * }</pre>
 */
public final class ProgressBar implements AutoCloseable {
  /** A total that is not known: no percentage and no end is shown. */
  public static final long UNKNOWN = ProgressLine.UNKNOWN;

  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** More names than this are not shown one by one. */
  private static final int MOST_NAMES = 12;

  private static final String OTHERS = "others";

  private final ProgressDisplay display; // guarded by this
  private final ProgressCount whole;
  private final @Nullable Map<String, ProgressCount> byName;

  /** Watched futures that are not counted yet. */
  private final Set<Watched> open = ConcurrentHashMap.newKeySet();

  private volatile boolean totalGiven;
  private final long begun = System.nanoTime();
  private final Thread ticker = new Thread(this::tick, "procession-progress-bar");
  private volatile boolean closed;
  private boolean ended; // guarded by this

  private ProgressBar(Builder builder) {
    PrintStream out = builder.output == null ? System.err : builder.output;
    this.display =
        switch (builder.style) {
          case AUTO -> ProgressDisplay.suiting(out, builder.output == null);
          case REDRAWN -> new ProgressDisplay.Redrawn(out);
          case LINES -> new ProgressDisplay.PlainLines(out);
          case NONE -> ProgressDisplay.NONE;
        };
    this.totalGiven = builder.total != UNKNOWN;
    this.whole = new ProgressCount(builder.label, builder.total);
    this.byName = builder.byName ? new ConcurrentHashMap<>() : null;
  }

  /**
   * Begins to show progress on standard error.
   *
   * @param total how many there are to count, or {@link #UNKNOWN}
   * @throws IllegalArgumentException if it is less than -1
   */
  public static ProgressBar start(long total) {
    return builder().total(total).start();
  }

  /** Starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /* ---- Counting ---- */

  /** One more item has ended well. */
  public void step() {
    whole.ended(/* hasFailed= */ false);
  }

  /** One more item has ended. */
  public void step(String name, boolean failed) {
    whole.ended(failed);
    if (byName != null) {
      countOf(byName, name).ended(failed);
    }
  }

  /**
   * Says how many there are in all, once that is known.
   *
   * @throws IllegalArgumentException if it is below 0
   */
  public void total(long total) {
    totalGiven = true;
    whole.expectInAll(Options.inRange("total", total, 0, Long.MAX_VALUE));
  }

  /**
   * Counts a task when it is done; where no total was given it grows by one. A cancelled task
   * counts as failed.
   *
   * @return the same future
   */
  public <T extends @Nullable Object> ProcessFuture<T> watch(ProcessFuture<T> future) {
    if (!totalGiven) {
      whole.expect(1);
    }
    if (byName != null) {
      countOf(byName, future.info().name()).expect(1);
    }
    var watched = new Watched(future);
    open.add(watched);
    future.addDoneCallback(unused -> watched.count());
    return future;
  }

  /**
   * Counts tasks as they are done, each as {@link #watch(ProcessFuture)} does.
   *
   * @return the same collection
   */
  public <C extends Collection<? extends ProcessFuture<?>>> C watch(C futures) {
    for (ProcessFuture<?> future : futures) {
      var unused = watch(future);
    }
    return futures;
  }

  /**
   * Counts the elements of a map as they are taken.
   *
   * @return the same results
   */
  public <R extends @Nullable Object> MapResults<R> watch(MapResults<R> results) {
    return results.peek(outcome -> whole.ended(!outcome.isSuccess()));
  }

  /**
   * Counts futures as they are given; where no total was given, as many are expected as are left
   * now or are added through what is returned.
   *
   * @return what to iterate over instead
   */
  public <T extends @Nullable Object> Completions<T> watch(Completions<T> completions) {
    if (!totalGiven) {
      whole.expect(completions.remaining());
    }
    return new CountedCompletions<>(completions);
  }

  private void done(ProcessFuture<?> future) {
    TaskStory story = future.info();
    step(story.name(), story.state() != TaskState.SUCCEEDED);
  }

  private static ProgressCount countOf(Map<String, ProgressCount> counts, String name) {
    String shown = counts.size() < MOST_NAMES || counts.containsKey(name) ? name : OTHERS;
    return counts.computeIfAbsent(shown, label -> new ProgressCount(label, UNKNOWN));
  }

  /* ---- Showing ---- */

  /** Prints a line of its own, out of the bar's way. */
  public synchronized void say(String line) {
    display.say(line);
  }

  private void tick() {
    while (!closed) {
      show(/* last= */ false);
      LockSupport.parkNanos(this, TICK_NANOS);
    }
  }

  private synchronized void show(boolean last) {
    if (ended) {
      return;
    }
    ended = last;
    long now = System.nanoTime();
    Duration elapsed = Duration.ofNanos(now - begun);
    List<ProgressLine> parts = new ArrayList<>();
    if (byName != null && byName.size() > 1) {
      byName.values().forEach(count -> parts.add(count.line(now, elapsed, last)));
      parts.sort((a, b) -> a.label().compareTo(b.label()));
    }
    ProgressLine all = whole.line(now, elapsed, last);
    int width =
        parts.stream().mapToInt(ProgressLine::labelWidth).reduce(all.labelWidth(), Math::max);
    parts.replaceAll(part -> part.labelledAsWideAs(width));
    display.show(all.labelledAsWideAs(width), parts, last);
  }

  /**
   * Shows the end and stops; repeatable. Every watched future that is done by now is counted, also
   * where its callbacks still wait for their turn.
   */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(ticker);
    for (Watched watched : open) {
      if (watched.future.isDone()) {
        watched.count();
      }
    }
    show(/* last= */ true);
  }

  /** Where and how progress is shown. */
  public enum Style {
    /** Redrawn where standard error is a terminal, lines elsewhere. */
    AUTO,
    /** One line of a terminal, or one for each name, drawn over and over. */
    REDRAWN,
    /** Now and then a line, as suits a log. */
    LINES,
    /** Nothing is shown or said. */
    NONE
  }

  /** Collects the options; not for several threads. */
  public static final class Builder {
    private String label = "";
    private long total = UNKNOWN;
    private Style style = Style.AUTO;
    private @Nullable PrintStream output;
    private boolean byName;

    private Builder() {}

    /** What the work is called, in front of the bar; cut after 20 characters. Default: nothing. */
    public Builder label(String label) {
      this.label = Objects.requireNonNull(label, "label");
      return this;
    }

    /**
     * How many items there are, or {@link #UNKNOWN}. Default: as many as futures are watched.
     *
     * @throws IllegalArgumentException if it is less than -1
     */
    public Builder total(long total) {
      this.total = Options.inRange("total", total, UNKNOWN, Long.MAX_VALUE);
      return this;
    }

    /** Default: {@link Style#AUTO}. */
    public Builder style(Style style) {
      this.style = Objects.requireNonNull(style, "style");
      return this;
    }

    /** Where to show it; with {@link Style#AUTO} as lines. Default: standard error. */
    public Builder output(PrintStream output) {
      this.output = Objects.requireNonNull(output, "output");
      return this;
    }

    /**
     * A bar for each name of a task, of the first twelve, and one for all. Default: one for all.
     */
    public Builder byName() {
      this.byName = true;
      return this;
    }

    /** Begins to show progress. */
    public ProgressBar start() {
      ProgressBar bar = new ProgressBar(this);
      bar.ticker.setDaemon(true);
      bar.ticker.start();
      return bar;
    }
  }

  /* ---- Futures as they are done ---- */

  /** Counted by its callback or by the bar's end, whichever comes first. */
  private final class Watched {
    private final ProcessFuture<?> future;
    private boolean counted; // guarded by this

    Watched(ProcessFuture<?> future) {
      this.future = future;
    }

    synchronized void count() {
      if (!counted) {
        counted = true;
        done(future);
        open.remove(this); // last: who ends the bar waits for the counting of what is still here
      }
    }
  }

  /* ---- Futures as they are given ---- */

  private final class CountedCompletions<T extends @Nullable Object> implements Completions<T> {
    private final Completions<T> completions;

    private final Iterator<ProcessFuture<T>> iterator =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return completions.iterator().hasNext();
          }

          @Override
          public ProcessFuture<T> next() {
            ProcessFuture<T> future = completions.iterator().next();
            done(future);
            return future;
          }
        };

    CountedCompletions(Completions<T> completions) {
      this.completions = completions;
    }

    @Override
    public Iterator<ProcessFuture<T>> iterator() {
      return iterator;
    }

    @Override
    public void add(ProcessFuture<T> future) {
      int before = completions.remaining();
      completions.add(future);
      if (!totalGiven) {
        whole.expect(Math.max(0, completions.remaining() - before));
      }
    }

    @Override
    public int remaining() {
      return completions.remaining();
    }

    @Override
    public void close() {
      completions.close();
    }
  }
}

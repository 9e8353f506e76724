package dev.procession.internal.parent;

import dev.procession.MapOptions;
import dev.procession.MapResults;
import dev.procession.TaskFunction;
import dev.procession.TaskNotSerializableException;
import dev.procession.TaskOptions;
import dev.procession.WaitTimeoutException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * One map over a local pool: reads inputs and submits chunks in the iterating thread, a bounded
 * number of elements ahead, and takes outcomes from the threads that read results.
 */
final class MapRun<R extends @Nullable Object> implements MapResults<R> {
  /** A chunk should keep a worker busy for about this long. */
  private static final long CHUNK_NANOS = 1_000_000;

  private static final int LARGEST_CHUNK = 4096;

  /** A chunk that was sized by measuring stays small enough to travel in the ring. */
  private static final int CHUNK_BYTES = 24 << 10;

  private static final int CHUNKS_AHEAD = 3;

  /** Elements that may be between reading their input and taking their outcome, at the most. */
  private static final int MOST_AHEAD = 1 << 20;

  private final LocalPool pool;
  private final MapOptions options;
  private final TaskOptions taskOptions;
  private final byte[] function;
  private final String name;
  private final Iterator<?> inputs;
  private final int workers;
  private final long deadline;
  private final Arrivals arrivals;
  private final Set<ChunkTask> live = ConcurrentHashMap.newKeySet();

  // The iterating thread's.
  private long read;
  private long taken;
  private boolean exhausted;
  private @Nullable Throwable inputFailure;
  private int chunkSize = 1;

  /** A chunk that found the pool full while results were still to be taken. */
  private @Nullable ChunkTask unsent;

  /** Mean run time of an element; written by whoever reads results, now and then overwritten. */
  private volatile double meanNanos = -1;

  private volatile boolean closed;
  private volatile @Nullable Thread waiting;

  /** What has arrived and not been taken. */
  private interface Arrivals {
    void put(long index, Ending outcome);

    @Nullable Arrived take(long next);
  }

  private record Arrived(long index, Ending outcome) {}

  MapRun(
      LocalPool pool,
      MapOptions options,
      TaskOptions taskOptions,
      TaskFunction<?, R> function,
      byte[] encodedFunction,
      Iterator<?> inputs) {
    this.pool = pool;
    this.options = options;
    this.taskOptions = taskOptions;
    this.function = encodedFunction;
    this.name = LocalPool.nameOf(taskOptions, function);
    this.inputs = inputs;
    this.workers = pool.config().workers();
    this.deadline =
        options.timeout().map(timeout -> System.nanoTime() + timeout.toNanos()).orElse(0L);
    this.arrivals = options.ordered() ? new InOrder(mostAhead()) : new AsTheyCome();
  }

  private int mostAhead() {
    int wanted =
        options.bufferSize() > 0
            ? options.bufferSize()
            : (int)
                Math.min(
                    MOST_AHEAD,
                    (long) CHUNKS_AHEAD
                        * workers
                        * (options.chunkSize() > 0 ? options.chunkSize() : LARGEST_CHUNK));
    return Math.min(MOST_AHEAD, wanted);
  }

  /** Submits the first chunks. */
  void begin() {
    fill();
  }

  /* ---- Reading inputs: the iterating thread ---- */

  private int chunkSizeNow() {
    if (options.chunkSize() > 0) {
      return options.chunkSize();
    }
    double mean = meanNanos;
    if (mean >= 0) {
      int wanted = (int) Math.max(1, Math.min(LARGEST_CHUNK, CHUNK_NANOS / (mean + 1)));
      chunkSize = Math.min(wanted, chunkSize * 2);
    }
    return chunkSize;
  }

  /** Reads inputs and submits them; waits for room only if there is no result to wait for. */
  private void fill() {
    ChunkTask left = unsent;
    if (left != null) {
      unsent = null;
      send(left);
    }
    while (!exhausted && !closed && unsent == null) {
      int size = chunkSizeNow();
      long ahead =
          options.bufferSize() > 0 ? options.bufferSize() : (long) CHUNKS_AHEAD * workers * size;
      long room = Math.min(ahead, mostAhead()) - (read - taken);
      size = (int) Math.min(size, Math.min(ahead, mostAhead()));
      if (room < size) {
        return;
      }
      submitChunk(size);
    }
  }

  private void submitChunk(int size) {
    List<byte[]> arguments = new ArrayList<>(Math.min(size, LARGEST_CHUNK));
    long first = read;
    long bytes = 0;
    boolean bounded = options.chunkSize() == 0;
    try {
      while (arguments.size() < size && (!bounded || bytes < CHUNK_BYTES)) {
        if (!inputs.hasNext()) {
          exhausted = true;
          break;
        }
        Object input = inputs.next();
        byte[] argument;
        try {
          argument = pool.codec().encodeArgument(input);
        } catch (TaskNotSerializableException e) {
          arrivals.put(read++, new Ending.Failed(e));
          break;
        }
        read++;
        bytes += argument.length;
        arguments.add(argument);
      }
    } catch (RuntimeException | Error e) {
      exhausted = true;
      inputFailure = e;
    }
    if (!arguments.isEmpty()) {
      send(
          new ChunkTask(
              this,
              pool.services().scheduler().nextId(),
              function,
              arguments,
              first,
              pool.terms(taskOptions, name)));
    }
  }

  private void send(ChunkTask chunk) {
    boolean mayWait = taken + chunk.count >= read;
    live.add(chunk);
    try {
      Scheduler scheduler = pool.services().scheduler();
      if (!mayWait && !scheduler.offer(chunk)) {
        unsent = chunk;
      } else if (mayWait && !scheduler.submitBy(chunk, deadline)) {
        unsent = chunk; // and there is no time left to wait for its results
      }
    } catch (RuntimeException e) {
      live.remove(chunk);
      read = chunk.firstIndex(); // read but not taken on: the failure stands in their place
      exhausted = true;
      inputFailure = e;
    }
    if (closed) {
      cancelAll();
    }
  }

  /* ---- Outcomes: any thread ---- */

  /** Every element of a chunk has an outcome, or is in another chunk. */
  void ended(ChunkTask chunk) {
    live.remove(chunk);
  }

  /** An element has an outcome. */
  void arrived(long index, Ending outcome, long runNanos) {
    if (outcome instanceof Ending.Encoded) {
      double mean = meanNanos;
      meanNanos = mean < 0 ? runNanos : mean + 0.05 * (runNanos - mean);
    }
    pool.services().counters().count(outcome);
    arrivals.put(index, outcome);
    Thread thread = waiting;
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }

  /** A chunk was cut: the rest of it is now another chunk. */
  void replaced(@Nullable ChunkTask cut, ChunkTask rest) {
    if (cut != null) {
      live.remove(cut);
    }
    live.add(rest);
  }

  /* ---- Taking results: the iterating thread ---- */

  private boolean hasMore() {
    if (closed) {
      return false;
    }
    fill();
    return taken < read || inputFailure != null;
  }

  private Arrived takeNext() {
    if (!hasMore()) {
      throw new NoSuchElementException("map is at its end");
    }
    if (taken == read) {
      Throwable failure = inputFailure;
      inputFailure = null;
      closed = true;
      if (failure instanceof Error error) {
        throw error;
      }
      if (failure instanceof RuntimeException unchecked) {
        throw unchecked;
      }
    }
    Arrived arrived = arrivals.take(taken);
    if (arrived == null) {
      arrived = await();
    }
    taken++;
    return arrived;
  }

  private Arrived await() {
    waiting = Thread.currentThread();
    try {
      while (true) {
        Arrived arrived = arrivals.take(taken);
        if (arrived != null) {
          return arrived;
        }
        if (closed) {
          throw new NoSuchElementException("map was closed");
        }
        if (Thread.currentThread().isInterrupted()) {
          throw new CancellationException("interrupted while waiting for a result of map");
        }
        park();
      }
    } finally {
      waiting = null;
    }
  }

  private void park() {
    if (options.timeout().isEmpty()) {
      LockSupport.park(this);
      return;
    }
    long left = deadline - System.nanoTime();
    if (left > 0) {
      LockSupport.parkNanos(this, left);
      return;
    }
    long unfinished = read - taken;
    long total = read;
    close();
    throw new WaitTimeoutException(
        "map's deadline of "
            + ExitReports.seconds(options.timeout().get())
            + " passed: "
            + unfinished
            + " of "
            + total
            + " inputs read so far are unfinished",
        null);
  }

  private Ending decoded(Arrived arrived) {
    return arrived.outcome instanceof Ending.Encoded encoded
        ? encoded.decode(pool.services().decoder())
        : arrived.outcome;
  }

  @SuppressWarnings("unchecked") // what the function returned
  private MapResults.Outcome<R> nextOutcome() {
    Arrived arrived = takeNext();
    Ending end = decoded(arrived);
    if (end instanceof Ending.Value value) {
      return new MapResults.Outcome<>(arrived.index, (R) value.value(), null);
    }
    Throwable failure =
        end instanceof Ending.Failed failed
            ? failed.failure()
            : new CancellationException("element " + arrived.index + " of map was cancelled");
    return new MapResults.Outcome<>(arrived.index, null, failure);
  }

  @SuppressWarnings("NullAway") // a success's value is of type R, null only if R allows it
  private R nextValue() {
    MapResults.Outcome<R> outcome = nextOutcome();
    Throwable failure = outcome.failure();
    if (failure != null) {
      throw TaskFuture.unchecked(failure, name + "' (element " + outcome.index() + ") '");
    }
    return outcome.value();
  }

  private final Iterator<R> iterator =
      new Iterator<>() {
        @Override
        public boolean hasNext() {
          return hasMore();
        }

        @Override
        public R next() {
          return nextValue();
        }
      };

  @Override
  public Iterator<R> iterator() {
    return iterator;
  }

  @Override
  public Stream<R> stream() {
    Spliterator<R> results =
        Spliterators.spliteratorUnknownSize(iterator, options.ordered() ? Spliterator.ORDERED : 0);
    return StreamSupport.stream(results, /* parallel= */ false).onClose(this::close);
  }

  @Override
  public Iterable<MapResults.Outcome<R>> outcomes() {
    return () ->
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return hasMore();
          }

          @Override
          public MapResults.Outcome<R> next() {
            return nextOutcome();
          }
        };
  }

  @Override
  public void close() {
    closed = true;
    cancelAll();
    Thread thread = waiting;
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }

  private void cancelAll() {
    // A chunk may be cut while this runs; its rest is then in the set.
    while (!live.isEmpty()) {
      for (ChunkTask chunk : List.copyOf(live)) {
        pool.services().scheduler().stopper().cancel(chunk, /* mayInterrupt= */ true);
        live.remove(chunk);
      }
    }
  }

  /* ---- Arrivals ---- */

  /** A window over the outcomes between the next to be taken and the last input read. */
  private static final class InOrder implements Arrivals {
    private final AtomicReferenceArray<@Nullable Object> window;

    InOrder(int most) {
      window = new AtomicReferenceArray<>(Integer.highestOneBit(Math.max(most, 1)) * 2);
    }

    private int slot(long index) {
      return (int) (index & (window.length() - 1));
    }

    @Override
    public void put(long index, Ending outcome) {
      window.compareAndSet(slot(index), null, outcome);
    }

    @Override
    public @Nullable Arrived take(long next) {
      Object outcome = window.get(slot(next));
      if (outcome == null) {
        return null;
      }
      window.set(slot(next), null);
      return new Arrived(next, (Ending) outcome);
    }
  }

  private static final class AsTheyCome implements Arrivals {
    private final Queue<Arrived> arrived = new ConcurrentLinkedQueue<>();

    @Override
    public void put(long index, Ending outcome) {
      arrived.add(new Arrived(index, outcome));
    }

    @Override
    public @Nullable Arrived take(long next) {
      return arrived.poll();
    }
  }
}

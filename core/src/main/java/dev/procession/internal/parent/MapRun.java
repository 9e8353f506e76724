package dev.procession.internal.parent;

import dev.procession.ArrivingInputs;
import dev.procession.MapOptions;
import dev.procession.MapResults;
import dev.procession.TaskFunction;
import dev.procession.TaskNotSerializableException;
import dev.procession.TaskOptions;
import dev.procession.WaitTimeoutException;
import dev.procession.internal.codec.BufferHandle;
import dev.procession.internal.codec.CodeLoaders;
import dev.procession.internal.codec.OutOfBand;
import dev.procession.internal.codec.PiecesWriter;
import dev.procession.internal.flight.FlightLog.TaskFlight;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * One map over a local pool: reads inputs and submits chunks in the iterating thread, a bounded
 * number of elements ahead, and takes outcomes from the threads that read results.
 */
final class MapRun<R extends @Nullable Object> implements MapResults<R> {
  private static final int LARGEST_CHUNK = 4096;

  /** A chunk that was sized by measuring stays small enough to travel in the ring. */
  private static final int CHUNK_BYTES = 24 << 10;

  /** Elements that may be between reading their input and taking their outcome, at the most. */
  private static final int MOST_AHEAD = 1 << 20;

  private final Pool pool;
  private final MapOptions options;
  private final byte[] function;
  private final TaskTerms terms;
  private final String name;
  private final Iterator<?> inputs;
  private final @Nullable ArrivingInputs<?> arriving;
  private final MapPace pace;
  private final long deadline;
  private final int mostAhead;
  private final Arrivals arrivals;
  private final Set<ChunkTask> live = ConcurrentHashMap.newKeySet();

  // The iterating thread's.
  private long read;
  private volatile long readSoFar; // the same, for other threads, after each chunk
  private long taken;
  private boolean exhausted;
  private @Nullable Throwable inputFailure;
  private int chunkSize = 1;

  /** Nothing can be submitted before so many results were taken. */
  private long fullUntil;

  private @Nullable Arrived current;
  private @Nullable Consumer<MapResults.Outcome<R>> observer;

  /** Chunks that found the pool full while results were still to be taken. */
  private final long inputsInAll; // -1 if nobody knows

  private final ArrayDeque<ChunkTask> unsent = new ArrayDeque<>();

  private int unsentElements;

  /** Mean time of an element; written by whoever reads results, now and then overwritten. */
  private volatile double meanNanos = -1;

  private volatile boolean closed;
  private volatile @Nullable Thread waiting;

  /** Run at the end; null after it. */
  private final AtomicReference<@Nullable Runnable> atEnd = new AtomicReference<>(() -> {});

  /** What has arrived and not been taken. */
  private interface Arrivals {
    void put(Arrived arrived);

    @Nullable Arrived take(long next);
  }

  /** Outcomes of elements that follow each other, to be taken one by one. */
  private static final class Arrived {
    private long next;
    private int left;
    private final @Nullable Ending outcome;
    private final @Nullable ElementRun values;
    private final @Nullable ChunkTask chunk;

    /** One outcome. */
    Arrived(long index, Ending outcome) {
      this.next = index;
      this.left = 1;
      this.outcome = outcome;
      this.values = null;
      this.chunk = null;
    }

    /** Encoded values. */
    Arrived(long first, ElementRun values, ChunkTask chunk) {
      this.chunk = chunk;
      this.next = first;
      this.left = values.count();
      this.outcome = null;
      this.values = values;
    }

    /** Index in the map of the next one. */
    long next() {
      return next;
    }

    boolean isEmpty() {
      return left == 0;
    }

    Ending take() {
      next++;
      left--;
      if (outcome != null) {
        return outcome instanceof Ending.Encoded encoded ? encoded.decode() : outcome;
      }
      ElementRun run = Objects.requireNonNull(values);
      int element = run.first() + run.count() - left - 1;
      run.next();
      ResultDecoder decoder = Objects.requireNonNull(chunk).decoderOf(element);
      return decoder.decodeValue(run.bytes(), run.offset(), run.length(), run.worker());
    }
  }

  MapRun(
      Pool pool,
      MapOptions options,
      TaskOptions taskOptions,
      TaskFunction<?, R> function,
      byte[] encodedFunction,
      List<BufferHandle> kept,
      Iterator<?> inputs,
      long inputsInAll) {
    this.pool = pool;
    this.inputsInAll = inputsInAll;
    this.options = options;
    this.function = encodedFunction;
    this.name = Pool.nameOf(taskOptions, function);
    this.terms = pool.terms(taskOptions, name, pool.decoderFor(encodedFunction).keeping(kept));
    this.inputs = inputs;
    this.arriving = inputs instanceof ArrivingInputs<?> overTime ? overTime : null;
    this.pace = pool.backend().mapPace();
    this.deadline =
        options.timeout().map(timeout -> System.nanoTime() + timeout.toNanos()).orElse(0L);
    this.mostAhead = mostAhead();
    this.arrivals = options.ordered() ? new InOrder(mostAhead) : new AsTheyCome();
  }

  private int mostAhead() {
    int wanted =
        options.bufferSize() > 0
            ? options.bufferSize()
            : (int)
                Math.min(
                    MOST_AHEAD,
                    (long) pace.chunksAhead()
                        * pace.mostWorkers()
                        * (options.chunkSize() > 0 ? options.chunkSize() : LARGEST_CHUNK));
    // With room for a whole chunk more than there are inputs, for the last one may be short.
    long there =
        inputsInAll < 0 ? MOST_AHEAD : inputsInAll + Math.max(LARGEST_CHUNK, options.chunkSize());
    return (int) Math.min(Math.min(MOST_AHEAD, there), wanted);
  }

  String name() {
    return name;
  }

  /** How many inputs it has not taken yet, as far as that is known; any thread. */
  long expected() {
    return closed || inputsInAll < 0 ? 0 : Math.max(0, inputsInAll - readSoFar);
  }

  /** Submits the first chunks. */
  void begin() {
    if (arriving == null) {
      fill();
    } else {
      arriving.whenReady(this::wake);
      fill();
    }
  }

  /* ---- Reading inputs: the iterating thread ---- */

  private int chunkSizeNow() {
    if (options.chunkSize() > 0) {
      return options.chunkSize();
    }
    double mean = meanNanos;
    if (mean >= 0) {
      int wanted = (int) Math.max(1, Math.min(LARGEST_CHUNK, pace.chunkNanos() / (mean + 1)));
      chunkSize = Math.min(wanted, chunkSize * 2);
    }
    return chunkSize;
  }

  /** Reads inputs and submits them; waits for room only if there is no result to wait for. */
  private void fill() {
    sendAll();
    if (taken < fullUntil) {
      return;
    }
    while (!exhausted && !closed && unsent.isEmpty() && isInputReady()) {
      int size = chunkSizeNow();
      long wanted =
          options.bufferSize() > 0
              ? options.bufferSize()
              : (long) pace.chunksAhead() * pool.backend().width() * size;
      long ahead = Math.min(wanted, mostAhead);
      long room = ahead - (read - taken);
      size = (int) Math.min(size, ahead);
      if (room < size) {
        fullUntil = taken + size - room;
        return;
      }
      submitChunk(size);
      readSoFar = read;
    }
  }

  private boolean isInputReady() {
    return arriving == null || arriving.isReady();
  }

  private void submitChunk(int size) {
    PiecesWriter work = new PiecesWriter(function.length + Math.min(CHUNK_BYTES, 16 * size) + 16);
    work.add(function);
    long first = read;
    boolean bounded = options.chunkSize() == 0;
    Map<Integer, List<BufferHandle>> kept = new HashMap<>();
    OutOfBand beside = pool.newParts();
    Alone large = null;
    try {
      while (work.count() <= size
          && (!bounded || work.size() < CHUNK_BYTES)
          && (work.count() == 1 || isInputReady())) {
        if (!inputs.hasNext()) {
          exhausted = true;
          break;
        }
        Object input = inputs.next();
        try {
          byte[] notAdded = pool.codec().encodeArgument(input, work, beside);
          if (notAdded != null) {
            large = alone(input, notAdded, Objects.requireNonNull(beside));
            if (large == null) { // there is no room
              beside = pool.newParts();
              byte[] unused = pool.codec().encodeArgument(input, work, /* beside= */ null);
            }
          }
          List<BufferHandle> crossed = large == null ? pool.crossed() : List.of();
          if (!crossed.isEmpty()) {
            kept.put(work.count() - 2, crossed);
          }
        } catch (TaskNotSerializableException e) {
          arrived(new Arrived(read++, new Ending.Failed(e)));
          break;
        }
        read++;
        if (large != null) {
          break;
        }
      }
    } catch (RuntimeException | Error e) {
      exhausted = true;
      inputFailure = e;
    }
    if (work.count() > 1) {
      add(chunk(work, /* stored= */ null, first, decodersOf(work, kept)));
    }
    if (large != null) {
      add(chunk(large.work, large.stored, read - 1, large.decoders));
    }
    sendAll();
  }

  private ChunkTask chunk(
      PiecesWriter work,
      PartStore.@Nullable Stored stored,
      long first,
      ResultDecoder @Nullable [] decoders) {
    long id = pool.backend().nextId();
    return ChunkTask.of(this, id, function, work, stored, first, decoders, terms);
  }

  /** An element that is to be a chunk of its own, because it has large parts. */
  private record Alone(
      PiecesWriter work, ResultDecoder @Nullable [] decoders, PartStore.Stored stored) {}

  /**
   * The next element alone; its parts are copied at once, as the next input may be the same object
   * with other content.
   *
   * @return null if there is no room for them
   */
  private @Nullable Alone alone(@Nullable Object input, byte[] encoded, OutOfBand beside) {
    PiecesWriter work = new PiecesWriter(function.length + encoded.length + 16);
    work.add(function);
    work.addValue(encoded);
    List<BufferHandle> crossed = pool.crossed();
    ResultDecoder[] decoders = decodersOf(work, crossed.isEmpty() ? Map.of() : Map.of(0, crossed));
    PartStore.Stored stored = pool.store(work.toBytes(), beside, input);
    return stored == null ? null : new Alone(work, decoders, stored);
  }

  /**
   * What read the results, if an element is of another loader than the class path's or brings
   * buffers.
   */
  private ResultDecoder @Nullable [] decodersOf(
      PiecesWriter work, Map<Integer, List<BufferHandle>> kept) {
    if (kept.isEmpty() && !(work.hasLoaders() && pool.config().remoteClassLoading())) {
      return null;
    }
    Map<Integer, ResultDecoder> known = new HashMap<>();
    known.put(CodeLoaders.OWN, terms.decoder());
    ResultDecoder[] decoders = new ResultDecoder[work.count() - 1];
    for (int i = 0; i < decoders.length; i++) {
      decoders[i] =
          known
              .computeIfAbsent(work.loaderOf(i + 1), loader -> pool.decoderFor(function, loader))
              .keeping(kept.getOrDefault(i, List.of()));
    }
    return decoders;
  }

  private void add(ChunkTask chunk) {
    live.add(chunk);
    unsent.add(chunk);
    unsentElements += chunk.count;
  }

  private void sendAll() {
    boolean sent = true;
    while (sent && !unsent.isEmpty()) {
      ChunkTask chunk = unsent.element();
      int count = chunk.count;
      try {
        sent = send(chunk, /* mayWait= */ taken + unsentElements >= read);
      } catch (RuntimeException e) {
        giveUp(e);
        break;
      }
      if (sent) { // otherwise there may be no time left to wait for its results
        unsent.remove();
        unsentElements -= count;
      }
    }
    if (closed) {
      cancelAll();
    }
  }

  private boolean send(ChunkTask chunk, boolean mayWait) {
    Backend backend = pool.backend();
    return mayWait ? backend.submitBy(chunk, deadline) : backend.offer(chunk);
  }

  /** What was read but not taken on: the failure stands in its place. */
  private void giveUp(RuntimeException failure) {
    read = unsent.element().firstIndex();
    for (ChunkTask chunk : unsent) {
      live.remove(chunk);
      pool.backend().drop(chunk);
    }
    unsent.clear();
    unsentElements = 0;
    exhausted = true;
    inputFailure = failure;
  }

  /* ---- Outcomes: any thread ---- */

  /** Every element of a chunk has an outcome, or is in another chunk. */
  void ended(ChunkTask chunk) {
    live.remove(chunk);
  }

  /** An element has an outcome. */
  void arrived(long index, Ending outcome) {
    pool.services().counters().count(outcome);
    arrived(new Arrived(index, outcome));
  }

  /** Elements that follow each other have values. */
  void arrived(long first, ElementRun values, ChunkTask chunk) {
    pool.services().counters().completed(values.count());
    arrived(new Arrived(first, values, chunk));
  }

  private void arrived(Arrived arrived) {
    arrivals.put(arrived);
    wake();
  }

  private void wake() {
    Thread thread = waiting;
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }

  /** Has the flight recorder told of a chunk. */
  void write(
      TaskFlight flight,
      ChunkTask chunk,
      int elements,
      long worker,
      long runNanos,
      long cpuNanos,
      @Nullable String failure) {
    flight.writeChunk(
        pool.config().name(), chunk.id, name, elements, worker, runNanos, cpuNanos, failure);
  }

  /** A worker took so long for so many elements. */
  void measured(int elements, long nanos) {
    double mean = meanNanos;
    double now = (double) nanos / elements;
    meanNanos = mean < 0 ? now : mean + Math.min(1, 0.05 * elements) * (now - mean);
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
    while (!closed) {
      fill();
      if (taken < read || inputFailure != null) {
        return true;
      }
      if (exhausted) {
        over();
        return false;
      }
      awaitInput();
    }
    return false;
  }

  /** Nothing is outstanding and no input is there: waits for one, or until the deadline. */
  private void awaitInput() {
    waiting = Thread.currentThread();
    try {
      while (!closed && !isInputReady()) {
        if (Thread.currentThread().isInterrupted()) {
          throw new CancellationException("interrupted while waiting for an input of map");
        }
        if (isOverdue()) {
          exhausted = true;
          inputFailure = overdue();
          return;
        }
        park();
      }
    } finally {
      waiting = null;
    }
  }

  private void over() {
    Runnable steps = atEnd.getAndSet(null);
    if (steps != null) {
      steps.run();
    }
  }

  /** What the next outcome is to be taken from; waits for it. */
  private Arrived takeNext() {
    if (!hasMore()) {
      throw new NoSuchElementException("map is at its end");
    }
    if (taken == read) {
      Throwable failure = inputFailure;
      inputFailure = null;
      closed = true;
      over();
      if (failure instanceof Error error) {
        throw error;
      }
      if (failure instanceof RuntimeException unchecked) {
        throw unchecked;
      }
    }
    Arrived arrived = current;
    if (arrived == null) {
      arrived = arrivals.take(taken);
      if (arrived == null) {
        arrived = await();
      }
      current = arrived;
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
        if (arriving != null) {
          fill(); // while results are awaited it never waits for an input
          arrived = arrivals.take(taken); // it may have used up the permit of who woke this thread
          if (arrived != null) {
            return arrived;
          }
        }
        if (isOverdue()) {
          WaitTimeoutException overdue = overdue();
          close();
          throw overdue;
        }
        park();
      }
    } finally {
      waiting = null;
    }
  }

  private boolean isOverdue() {
    return options.timeout().isPresent() && deadline - System.nanoTime() <= 0;
  }

  /** Until woken, or the deadline. */
  private void park() {
    if (options.timeout().isEmpty()) {
      LockSupport.park(this);
    } else {
      LockSupport.parkNanos(this, Math.max(1, deadline - System.nanoTime()));
    }
  }

  private WaitTimeoutException overdue() {
    long unfinished = read - taken;
    long total = read;
    return new WaitTimeoutException(
        "map's deadline of "
            + ExitReports.seconds(options.timeout().get())
            + " passed: "
            + unfinished
            + " of "
            + total
            + " inputs read so far are unfinished",
        null);
  }

  private MapResults.Outcome<R> nextOutcome() {
    Arrived arrived = takeNext();
    long index = arrived.next();
    Ending end = arrived.take();
    if (arrived.isEmpty()) {
      current = null; // what was given is not kept
    }
    MapResults.Outcome<R> outcome = outcome(index, end);
    if (observer != null) {
      observer.accept(outcome);
    }
    return outcome;
  }

  @SuppressWarnings("unchecked") // what the function returned
  private MapResults.Outcome<R> outcome(long index, Ending end) {
    if (end instanceof Ending.Value value) {
      return new MapResults.Outcome<>(index, (R) value.value(), null);
    }
    Throwable failure =
        end instanceof Ending.Failed failed
            ? failed.failure()
            : new CancellationException("element " + index + " of map was cancelled");
    return new MapResults.Outcome<>(index, null, failure);
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
  public MapResults<R> peek(Consumer<? super MapResults.Outcome<R>> observer) {
    Objects.requireNonNull(observer, "observer");
    Consumer<MapResults.Outcome<R>> before = this.observer;
    this.observer = before == null ? observer::accept : before.andThen(observer);
    return this;
  }

  @Override
  public MapResults<R> onClose(Runnable step) {
    Objects.requireNonNull(step, "step");
    Runnable before = atEnd.get();
    while (before != null) {
      Runnable first = before;
      Runnable both =
          () -> {
            first.run();
            step.run();
          };
      if (atEnd.compareAndSet(before, both)) {
        return this;
      }
      before = atEnd.get();
    }
    step.run();
    return this;
  }

  @Override
  public void close() {
    closed = true;
    cancelAll();
    wake();
    over();
  }

  private void cancelAll() {
    // A chunk may be cut while this runs; its rest is then in the set.
    while (!live.isEmpty()) {
      for (ChunkTask chunk : List.copyOf(live)) {
        pool.backend().cancel(chunk, /* mayInterrupt= */ true);
        live.remove(chunk);
      }
    }
  }

  /* ---- Arrivals ---- */

  /**
   * A window over the elements between the next to be taken and the last input read: outcomes stand
   * at the first of theirs.
   */
  private static final class InOrder implements Arrivals {
    private final AtomicReferenceArray<@Nullable Arrived> window;

    InOrder(int most) {
      window = new AtomicReferenceArray<>(Integer.highestOneBit(Math.max(most, 1)) * 2);
    }

    private int slot(long index) {
      return (int) (index & (window.length() - 1));
    }

    @Override
    public void put(Arrived arrived) {
      window.set(slot(arrived.next()), arrived);
    }

    @Override
    public @Nullable Arrived take(long next) {
      Arrived arrived = window.get(slot(next));
      if (arrived != null) {
        window.set(slot(next), null);
      }
      return arrived;
    }
  }

  private static final class AsTheyCome implements Arrivals {
    private final Queue<Arrived> arrived = new ConcurrentLinkedQueue<>();

    @Override
    public void put(Arrived outcomes) {
      arrived.add(outcomes);
    }

    @Override
    public @Nullable Arrived take(long next) {
      return arrived.poll();
    }
  }
}

package dev.procession.internal.parent;

import dev.procession.CrashReport;
import dev.procession.OutputLine;
import dev.procession.WorkerSnapshot;
import dev.procession.observe.PrintedLines;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the parts of one pool share, wherever its tasks run. */
public abstract class PoolServices {
  private static final Logger LOG = LoggerFactory.getLogger(PoolServices.class);
  private static final long KEEP_ALIVE_MILLIS = 500;
  private static final long RETRY_NANOS = 100_000_000;

  private final PoolConfig config;
  private final ResultDecoder decoder;
  private final CallbackRunner callbacks;
  private final PoolEvents events;
  private final TaskCounters counters = new TaskCounters();
  private final PoolClock clock = new PoolClock();
  private final ThreadPoolExecutor background;
  private final Queue<Runnable> deferred = new ConcurrentLinkedQueue<>();
  private final Set<MapRun<?>> maps =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));
  private volatile @Nullable Observation observation; // while somebody looks
  private int observers; // guarded by this

  /**
   * For a pool that is being made.
   *
   * @param decoder reads what comes back of its tasks
   */
  protected PoolServices(PoolConfig config, ResultDecoder decoder) {
    this.config = config;
    this.decoder = decoder;
    this.callbacks = new CallbackRunner(config.name(), config.callbackExecutor(), this::defer);
    this.events = new PoolEvents(config.name(), config.listener(), callbacks);
    this.background =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            KEEP_ALIVE_MILLIS,
            TimeUnit.MILLISECONDS,
            new SynchronousQueue<>(),
            new PoolThreads(config.name(), "background"));
  }

  public String name() {
    return config.name();
  }

  public PoolConfig config() {
    return config;
  }

  ResultDecoder decoder() {
    return decoder;
  }

  public CallbackRunner callbacks() {
    return callbacks;
  }

  PoolEvents events() {
    return events;
  }

  /** A worker on another machine is ready. */
  public void workerReadyElsewhere(WorkerSnapshot worker) {
    events.workerReadyElsewhere(worker);
  }

  /** A worker on another machine has ended. */
  public void workerEndedElsewhere(CrashReport report) {
    events.workerEnded(report);
  }

  public TaskCounters counters() {
    return counters;
  }

  PoolClock clock() {
    return clock;
  }

  /**
   * Runs what blocks or takes long: launching, killing and reaping processes, copying large
   * payloads. Never throws: where no thread can be had, the supervisor sees to it.
   */
  public void inBackground(Runnable work) {
    try {
      background.execute(work);
    } catch (RuntimeException | Error e) {
      LOG.warn("[{}] no thread for the pool's work, it is done by the supervisor", name(), e);
      defer(() -> runSomewhere(work));
    }
  }

  private void runSomewhere(Runnable work) {
    try {
      background.execute(work);
    } catch (RuntimeException | Error e) {
      work.run();
    }
  }

  private void defer(Runnable work) {
    deferred.add(work);
    backend().wakeBy(System.nanoTime() + RETRY_NANOS);
  }

  /** Runs what found no thread before; on the supervisor, or a thread that waits for it. */
  public void runDeferred() {
    for (int i = deferred.size(); i > 0; i--) {
      Runnable work = deferred.poll();
      try {
        if (work != null) {
          work.run();
        }
      } catch (RuntimeException | Error e) {
        LOG.debug("[{}] still no thread for the pool's work", name(), e);
        defer(work);
      }
    }
  }

  /** The pool has ended: threads without work end now and not when they have waited for more. */
  public void keepNoThreads() {
    background.setKeepAliveTime(0, TimeUnit.NANOSECONDS);
    callbacks.keepNoThreads();
  }

  /** Where the tasks run. */
  public abstract Backend backend();

  /** Maps that may still have inputs to take. */
  Set<MapRun<?>> maps() {
    return maps;
  }

  /** Where what happens is written down; null while nobody wants to know. */
  @Nullable Observation observation() {
    return observation;
  }

  /** Somebody wants to know what is printed, until {@link #unobserveOutput}. */
  public void observeOutput() {
    var unused = observe();
  }

  /** One who wanted to know what is printed does not any more. */
  public void unobserveOutput() {
    unobserve();
  }

  /** A worker on another machine has printed a line. */
  public void printedElsewhere(int worker, OutputLine line) {
    Observation kept = observation;
    if (kept != null) {
      kept.output()
          .printed(worker, line.pid(), line.taskId(), line.taskName(), line.error(), line.text());
    }
  }

  /** What was printed since, as far as it is remembered, and at most so much. */
  public PrintedLines outputSince(long from, int most) {
    Observation kept = observation;
    return kept == null ? new PrintedLines(from, 0, List.of()) : kept.output().since(from, most);
  }

  /** How much is still to come of each map. */
  public NameCounts expectedOfMaps() {
    NameCounts counts = new NameCounts();
    synchronized (maps) {
      maps.forEach(map -> counts.expected(map.name(), map.expected()));
    }
    return counts;
  }

  /** Somebody wants to know, until {@link #unobserve}. */
  synchronized Observation observe() {
    Observation kept = observation;
    if (kept == null) {
      kept = new Observation(clock);
      observation = kept;
    }
    observers++;
    return kept;
  }

  /** One who wanted to know does not any more. */
  synchronized void unobserve() {
    if (--observers == 0) {
      observation = null;
    }
  }
}

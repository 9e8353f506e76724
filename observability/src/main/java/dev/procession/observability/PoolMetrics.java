package dev.procession.observability;

import dev.procession.AbstractProcessExecutor;
import dev.procession.CrashReport;
import dev.procession.ExitReason;
import dev.procession.PoolListener;
import dev.procession.PoolSnapshot;
import dev.procession.TaskStory;
import dev.procession.WorkerSnapshot;
import dev.procession.WorkerState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * A pool's metrics for Micrometer: those that Micrometer itself has of executors, under the same
 * names, and what only a pool of processes has.
 *
 * <p>All have the tag {@code name}, the pool's. A registry that has scraped asks for one snapshot
 * of the pool in a tenth of a second at most. Any thread may use it.
 *
 * <table>
 *   <caption>Meters</caption>
 *   <tr><th>name<th>kind<th>what
 *   <tr><td>executor.active<td>gauge<td>tasks that a worker has begun
 *   <tr><td>executor.queued<td>gauge<td>tasks that no worker has begun
 *   <tr><td>executor.completed<td>counter<td>tasks that have ended, in whichever way
 *   <tr><td>executor.pool.size, .core, .max<td>gauge<td>workers that live, at least, at most
 *   <tr><td>executor<td>timer<td>how long tasks ran
 *   <tr><td>executor.idle<td>timer<td>how long tasks waited until a worker began them
 *   <tr><td>procession.tasks<td>counter<td>tasks that have ended, by {@code outcome}
 *   <tr><td>procession.workers<td>gauge<td>workers, by {@code state}
 *   <tr><td>procession.workers.memory<td>gauge<td>resident memory of all workers, in bytes
 *   <tr><td>procession.worker.restarts<td>counter<td>workers started in place of one that ended
 *   <tr><td>procession.worker.ends<td>counter<td>ends of workers, by {@code reason}
 * </table>
 *
 * <p>The timers are of tasks with a future of their own; elements of a {@code map} are counted but
 * not timed.
 */
public final class PoolMetrics implements MeterBinder, AutoCloseable {
  private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final AbstractProcessExecutor pool;
  private final int minWorkers;
  private final int maxWorkers;
  private final Tags tags;
  private final List<Runnable> undo = new ArrayList<>(); // guarded by this

  private volatile Seen seen;

  private record Seen(PoolSnapshot snapshot, long at) {}

  private PoolMetrics(AbstractProcessExecutor pool, Iterable<Tag> tags) {
    this.pool = pool;
    this.tags = Tags.of(tags).and("name", pool.name());
    PoolSnapshot now = pool.snapshot();
    this.minWorkers = now.minWorkers();
    this.maxWorkers = now.maxWorkers();
    this.seen = new Seen(now, System.nanoTime());
  }

  /**
   * The metrics of a pool, to be bound to registries.
   *
   * @param tags beside {@code name}
   */
  public static PoolMetrics of(AbstractProcessExecutor pool, Tag... tags) {
    return new PoolMetrics(Objects.requireNonNull(pool, "pool"), Tags.of(tags));
  }

  /** The newest snapshot, a moment old perhaps: a scrape asks for a dozen figures at once. */
  private PoolSnapshot snapshot() {
    Seen last = seen;
    long now = System.nanoTime();
    if (now - last.at > FRESH_NANOS) {
      last = new Seen(pool.snapshot(), now);
      seen = last;
    }
    return last.snapshot;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    List<Meter> meters = new ArrayList<>();
    gauges(registry, meters);
    counters(registry, meters);
    Told told = new Told(registry, meters);
    pool.addListener(told);
    synchronized (this) {
      undo.add(
          () -> {
            pool.removeListener(told);
            told.close();
          });
    }
  }

  private void gauges(MeterRegistry registry, List<Meter> meters) {
    meters.add(gauge(registry, "executor.active", "threads", PoolSnapshot::running));
    meters.add(gauge(registry, "executor.queued", BaseUnits.TASKS, PoolSnapshot::pending));
    meters.add(
        gauge(registry, "executor.pool.size", "threads", snapshot -> snapshot.workers().size()));
    meters.add(gauge(registry, "executor.pool.core", "threads", snapshot -> minWorkers));
    meters.add(gauge(registry, "executor.pool.max", "threads", snapshot -> maxWorkers));
    meters.add(
        gauge(registry, "procession.workers.memory", BaseUnits.BYTES, PoolMetrics::residentBytes));
    for (WorkerState state : WorkerState.values()) {
      if (state != WorkerState.DEAD) {
        meters.add(
            Gauge.builder("procession.workers", this, metrics -> metrics.workersIn(state))
                .tags(tags.and("state", word(state)))
                .register(registry));
      }
    }
  }

  private Gauge gauge(
      MeterRegistry registry, String name, String unit, ToDoubleFunction<PoolSnapshot> value) {
    return Gauge.builder(name, this, metrics -> value.applyAsDouble(metrics.snapshot()))
        .tags(tags)
        .baseUnit(unit)
        .register(registry);
  }

  private static double residentBytes(PoolSnapshot snapshot) {
    return snapshot.workers().stream().mapToLong(worker -> Math.max(0, worker.rssBytes())).sum();
  }

  private double workersIn(WorkerState state) {
    return snapshot().workers().stream().filter(worker -> worker.state() == state).count();
  }

  private void counters(MeterRegistry registry, List<Meter> meters) {
    meters.add(
        counter(
            registry,
            "executor.completed",
            tags,
            snapshot -> snapshot.completed() + snapshot.failed() + snapshot.cancelled()));
    meters.add(outcome(registry, "succeeded", PoolSnapshot::completed));
    meters.add(outcome(registry, "failed", PoolSnapshot::failed));
    meters.add(outcome(registry, "cancelled", PoolSnapshot::cancelled));
    meters.add(counter(registry, "procession.worker.restarts", tags, PoolSnapshot::restarts));
  }

  private FunctionCounter outcome(
      MeterRegistry registry, String outcome, ToDoubleFunction<PoolSnapshot> count) {
    return counter(registry, "procession.tasks", tags.and("outcome", outcome), count);
  }

  private FunctionCounter counter(
      MeterRegistry registry, String name, Tags with, ToDoubleFunction<PoolSnapshot> count) {
    return FunctionCounter.builder(name, this, metrics -> count.applyAsDouble(metrics.snapshot()))
        .tags(with)
        .register(registry);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** Takes the meters out of their registries and lets the pool go; repeatable. */
  @Override
  public void close() {
    List<Runnable> steps;
    synchronized (this) {
      steps = List.copyOf(undo);
      undo.clear();
    }
    steps.forEach(Runnable::run);
  }

  /** What cannot be asked for, but only heard. */
  private final class Told implements PoolListener {
    private final MeterRegistry registry;
    private final List<Meter> meters; // guarded by itself
    private final Timer running;
    private final Timer waiting;
    private boolean closed; // guarded by the meters

    Told(MeterRegistry registry, List<Meter> meters) {
      this.registry = registry;
      this.meters = meters;
      this.running = Timer.builder("executor").tags(tags).register(registry);
      this.waiting = Timer.builder("executor.idle").tags(tags).register(registry);
      meters.add(running);
      meters.add(waiting);
    }

    @Override
    public void taskDone(String name, TaskStory story) {
      story.runTime().ifPresent(running::record);
      story.queueTime().filter(wait -> story.started().isPresent()).ifPresent(this::waited);
    }

    private void waited(Duration time) {
      waiting.record(time);
    }

    @Override
    public void workerEnded(String name, CrashReport report) {
      synchronized (meters) {
        if (!closed) { // it may be told of what happened before
          ends(report.reason()).increment();
        }
      }
    }

    private Counter ends(ExitReason reason) {
      Counter counter =
          Counter.builder("procession.worker.ends")
              .tags(tags.and("reason", word(reason)))
              .register(registry); // the same one each time
      if (!meters.contains(counter)) {
        meters.add(counter);
      }
      return counter;
    }

    void close() {
      synchronized (meters) {
        closed = true;
        meters.forEach(registry::remove);
      }
    }

    @Override
    public void workerReady(String name, WorkerSnapshot worker) {}
  }
}

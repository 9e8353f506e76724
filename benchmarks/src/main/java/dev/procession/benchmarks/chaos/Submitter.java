package dev.procession.benchmarks.chaos;

import dev.procession.BrokenProcessPoolException;
import dev.procession.MapOptions;
import dev.procession.MapResults;
import dev.procession.ProcessExecutorService;
import dev.procession.ProcessFuture;
import dev.procession.TaskOptions;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Submits tasks and maps to one pool, at random, until it is closed; a thread of its own. */
final class Submitter implements Runnable {
  private static final AtomicLong IDS = new AtomicLong();
  private static final int MOST_IN_FLIGHT = 24;
  private static final int MOST_BYTES = 4 << 20;

  private final ProcessExecutorService pool;
  private final Ledger ledger;
  private final Figures figures;
  private final SplittableRandom random;
  private final String evidence;
  private final String mark;
  private final Semaphore permits = new Semaphore(MOST_IN_FLIGHT);

  /** When it last got on; for who looks whether it hangs. */
  private volatile long activeAt = System.nanoTime();

  private volatile String activity = "";

  Submitter(
      ProcessExecutorService pool,
      Ledger ledger,
      Figures figures,
      SplittableRandom random,
      String evidence,
      String mark) {
    this.pool = pool;
    this.ledger = ledger;
    this.figures = figures;
    this.random = random;
    this.evidence = evidence;
    this.mark = mark;
  }

  long activeAt() {
    return activeAt;
  }

  String activity() {
    return activity;
  }

  private void active(String doing) {
    activity = doing;
    activeAt = System.nanoTime();
  }

  @Override
  public void run() {
    try {
      while (!ledger.closing || random.nextInt(50) > 0) { // and a little longer, to be refused
        if (random.nextInt(25) == 0) {
          map();
        } else {
          single();
        }
      }
    } catch (RejectedExecutionException e) {
      figures.refused.increment();
      if (!ledger.closing && !ledger.broken) {
        throw e;
      }
    } catch (BrokenProcessPoolException e) {
      ledger.broken = true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    active("done");
  }

  /* ---- Orders ---- */

  private Deed deed(SplittableRandom by) {
    int total = 0;
    for (Deed deed : Deed.values()) {
      total += deed.weight;
    }
    int at = by.nextInt(total);
    for (Deed deed : Deed.values()) {
      at -= deed.weight;
      if (at < 0) {
        return deed;
      }
    }
    throw new AssertionError(at);
  }

  private Order order(SplittableRandom by, long id, int element, boolean small) {
    Deed deed = deed(by);
    int millis = 1 + (int) Math.pow(by.nextDouble() * 7, 2); // 1 to 50, the short ones more often
    int most = small ? 2_000 : MOST_BYTES;
    int bytes = (int) (most * Math.pow(by.nextDouble(), 4));
    int payload = deed == Deed.ECHO ? bytes : 0;
    return new Order(
        id,
        element,
        deed,
        millis,
        deed == Deed.PRODUCE ? bytes : 0,
        Order.pattern(id, element, payload),
        evidence,
        mark);
  }

  private @Nullable Duration timeout(boolean needed) {
    if (needed) {
      return Duration.ofMillis(random.nextInt(50, 500));
    }
    return random.nextInt(5) == 0 ? Duration.ofMillis(random.nextInt(30, 3_000)) : null;
  }

  private static TaskOptions options(
      String name, int retries, int priority, @Nullable Duration timeout) {
    TaskOptions.Builder builder =
        TaskOptions.builder().name(name).retries(retries).priority(priority);
    return timeout == null ? builder.build() : builder.timeout(timeout).build();
  }

  /* ---- Tasks ---- */

  private void single() throws InterruptedException {
    active("waiting for one of its tasks to end");
    permits.acquire();
    long id = IDS.incrementAndGet();
    Order order = order(random, id, 0, /* small= */ false);
    int retries = random.nextInt(4) == 0 ? 1 : 0;
    Duration timeout = timeout(order.deed().isEndless());
    Entry entry = new Entry(order, retries, timeout, permits::release);
    active("submitting task " + id);
    ProcessFuture<Object> future;
    try {
      TaskOptions options = options("order-" + id, retries, random.nextInt(-1, 2), timeout);
      future = pool.with(options).submit(Performer::perform, order);
    } catch (RejectedExecutionException e) {
      permits.release();
      if (ledger.closing || ledger.broken || !isFull(e)) {
        throw e;
      }
      afterRefusal();
      return;
    } catch (BrokenProcessPoolException e) {
      permits.release();
      throw e;
    }
    figures.tasks.increment();
    ledger.entries.add(entry);
    entry.submitted(future);
    maybeCancel(entry, future);
    if (random.nextInt(8) == 0) {
      active("waiting for task " + id);
      await(future);
    }
  }

  private void afterRefusal() throws InterruptedException {
    figures.refused.increment();
    Thread.sleep(10); // that all of them try again at once is not what takes the time here
  }

  private static boolean isFull(RejectedExecutionException e) {
    return String.valueOf(e.getMessage()).contains("is full");
  }

  private static void await(ProcessFuture<Object> future) throws InterruptedException {
    try {
      Object unused = future.get();
    } catch (ExecutionException | RuntimeException e) {
      // What became of it is told to its callback.
    }
  }

  private void maybeCancel(Entry entry, ProcessFuture<Object> future) throws InterruptedException {
    int choice = random.nextInt(20);
    if (choice > 2) {
      return;
    }
    if (random.nextBoolean()) {
      Thread.sleep(random.nextInt(20));
    }
    active("cancelling task " + entry.order().id());
    boolean hard = choice == 2;
    (hard ? figures.hardCancels : figures.gentleCancels).increment();
    boolean cancelled = future.cancel(/* mayInterruptIfRunning= */ hard);
    entry.cancelledLate = ledger.cutting; // after the call: what came later was not in its way
    if (hard) {
      entry.cancel = cancelled ? Entry.Cancel.HARD_YES : Entry.Cancel.HARD_NO;
    } else {
      entry.cancel = cancelled ? Entry.Cancel.GENTLE_YES : Entry.Cancel.GENTLE_NO;
    }
  }

  /* ---- Maps ---- */

  private void map() throws InterruptedException {
    long id = IDS.incrementAndGet();
    long seed = random.nextLong();
    int size = 1 + (int) Math.pow(random.nextDouble() * 20, 2);
    int retries = random.nextInt(4) == 0 ? 1 : 0;
    Duration timeout = Duration.ofMillis(random.nextInt(200, 3_000)); // some never end
    boolean ordered = random.nextBoolean();
    MapEntry entry =
        new MapEntry(
            id,
            size,
            retries,
            timeout,
            ordered,
            element -> order(new SplittableRandom(seed + element), id, element, /* small= */ true));
    MapOptions.Builder options = MapOptions.builder().ordered(ordered);
    if (random.nextBoolean()) {
      options = options.chunkSize(random.nextInt(1, 40));
    }
    if (random.nextInt(4) == 0) {
      options = options.bufferSize(random.nextInt(1, 100));
    }
    int takes = random.nextInt(6) == 0 ? random.nextInt(size) : size;
    TaskOptions task = options("map-" + id, retries, random.nextInt(-1, 2), timeout);
    active("mapping " + id);
    figures.maps.increment();
    ledger.maps.add(entry);
    try (MapResults<Object> results =
        pool.with(task).map(options.build(), Performer::perform, entry)) {
      take(entry, results, takes);
    } catch (RejectedExecutionException e) {
      if (ledger.closing || ledger.broken || !isFull(e)) {
        throw e;
      }
      afterRefusal();
    } catch (BrokenProcessPoolException e) {
      throw e;
    } catch (RuntimeException | Error e) {
      entry.wrong("the iteration threw " + e);
    }
  }

  private void take(MapEntry entry, MapResults<Object> results, int takes) {
    for (MapResults.Outcome<Object> outcome : results.outcomes()) {
      figures.elements.increment();
      Outcome taken = entry.take(outcome);
      figures.ended(taken, entry.order((int) outcome.index()).deed(), /* isElement= */ true);
      active("mapping " + entry.id + ", outcome " + entry.taken());
      if (entry.taken() >= takes && takes < entry.size) {
        return;
      }
    }
    entry.complete = entry.taken() == entry.size;
    if (!entry.complete && !ledger.cutting && !ledger.closing) {
      entry.wrong("it came to its end early");
    }
  }
}

package dev.procession.benchmarks.chaos;

import dev.procession.ProcessPoolExecutor;
import dev.procession.ShutdownOptions;
import dev.procession.WhenFull;
import dev.procession.spi.TaskSerializer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** One pool, from its building to the proof that nothing is left of it. */
final class Round {
  /** Longer than any order, deadline, start time-out and forgotten stop on a slow machine. */
  static final Duration HANG = Duration.ofSeconds(120);

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int SUBMITTERS = 8;
  private static final int SEGMENT_BYTES = 64 << 20;

  /** How the pool is ended. */
  private enum Close {
    CLOSE,
    SHUTDOWN_AND_AWAIT,
    SHUTDOWN_NOW,
    KILL_AFTER,
    INTERRUPTED_CLOSE
  }

  private final String name;
  private final SplittableRandom random;
  private final int workers;
  private final String mark;
  private final Figures figures;
  private final Violations violations;
  private final Ledger ledger;
  private final List<Submitter> submitters = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  Round(
      String name,
      SplittableRandom random,
      int workers,
      String mark,
      Figures figures,
      Violations violations) {
    this.name = name;
    this.random = random;
    this.workers = workers > 0 ? workers : random.nextInt(2, 4);
    this.mark = mark;
    this.figures = figures;
    this.violations = violations;
    this.ledger = new Ledger(figures);
  }

  /**
   * Runs it.
   *
   * @param nanos how long tasks are submitted
   * @param stop whether to end it sooner
   * @throws TimeoutException if something hangs; what, is printed by the caller
   */
  void run(long nanos, BooleanSupplier stop)
      throws IOException, InterruptedException, TimeoutException {
    Path evidence = Files.createTempFile("chaos-evidence-", ".bin");
    try {
      ProcessPoolExecutor pool = pool();
      figures.pools.increment();
      Tormentor tormentor =
          new Tormentor(pool, ledger, figures, random.split(), random.nextInt(100, 3_000));
      start(tormentor, "tormentor");
      for (int i = 0; i < SUBMITTERS; i++) {
        Submitter submitter =
            new Submitter(pool, ledger, figures, random.split(), evidence.toString(), mark);
        submitters.add(submitter);
        start(submitter, "submitter-" + i);
      }
      long until = System.nanoTime() + nanos;
      while (System.nanoTime() - until < 0 && !stop.getAsBoolean() && !ledger.broken) {
        Thread.sleep(20);
        checkSubmitters();
      }
      close(pool);
      tormentor.end();
      joinAll();
      awaitCallbacks(pool.snapshot().restarts());
      figuresOfOutcomes();
      new Judge(name, ledger, Evidence.read(evidence), violations, figures).judge(pool.snapshot());
    } finally {
      Files.deleteIfExists(evidence);
    }
  }

  private void start(Runnable work, String role) {
    Thread thread = new Thread(work, "chaos-" + role);
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler(
        (self, failure) -> {
          StringBuilder text = new StringBuilder(self.getName() + " threw " + failure);
          for (StackTraceElement frame : failure.getStackTrace()) {
            text.append(System.lineSeparator()).append("    at ").append(frame);
          }
          violations.add(name, text.toString());
        });
    threads.add(thread);
    thread.start();
  }

  private ProcessPoolExecutor pool() {
    ProcessPoolExecutor.Builder builder =
        ProcessPoolExecutor.builder()
            .name(name)
            .workers(workers)
            .minWorkers(random.nextInt(workers + 1))
            .spareWorkers(random.nextInt(3) == 0 ? 1 : 0)
            .maxHeap("128m")
            .jvmArgs("-XX:TieredStopAtLevel=1", "-XX:-CreateCoredumpOnCrash")
            .killGrace(Duration.ofMillis(new int[] {0, 20, 100}[random.nextInt(3)]))
            .idleTimeout(Duration.ofMillis(random.nextInt(200, 10_000)))
            .serializer(random.nextInt(3) == 0 ? TaskSerializer.jdk() : TaskSerializer.fory())
            .outputListener(line -> figures.lines.increment())
            .listener(ledger);
    if (random.nextInt(3) == 0) {
      builder.maxTasksPerWorker(random.nextInt(20, 2_000));
    }
    if (random.nextInt(3) == 0) {
      builder.maxPending(random.nextInt(1, 60));
      builder.whenFull(random.nextBoolean() ? WhenFull.BLOCK : WhenFull.REJECT);
    }
    if (random.nextInt(4) == 0) {
      builder.maxPendingBytes(random.nextInt(1 << 20, SEGMENT_BYTES));
    }
    if (random.nextInt(4) == 0) {
      builder.memoryLimit("2g");
    }
    return builder.build();
  }

  /* ---- The end ---- */

  private void close(ProcessPoolExecutor pool) throws InterruptedException, TimeoutException {
    Close how = Close.values()[random.nextInt(Close.values().length)];
    boolean cancelPending = random.nextBoolean();
    Duration killAfter = Duration.ofMillis(random.nextInt(2_000));
    ledger.closing = true;
    ledger.cutting = how.compareTo(Close.SHUTDOWN_NOW) >= 0;
    Thread closer =
        new Thread(() -> close(pool, how, cancelPending, killAfter), "chaos-closer " + how);
    closer.setDaemon(true);
    closer.start();
    if (how == Close.INTERRUPTED_CLOSE) {
      Thread.sleep(random.nextInt(500));
      closer.interrupt();
    }
    closer.join(2 * HANG.toMillis());
    if (closer.isAlive()) {
      throw new TimeoutException("the pool does not end: " + how + " of " + pool.snapshot());
    }
    if (!pool.isTerminated() || !pool.awaitTermination(1, TimeUnit.SECONDS)) {
      violations.add(name, "closed by " + how + ", but not terminated: " + pool.snapshot());
    }
  }

  private void close(
      ProcessPoolExecutor pool, Close how, boolean cancelPending, Duration killAfter) {
    try {
      switch (how) {
        case CLOSE, INTERRUPTED_CLOSE -> pool.close();
        case SHUTDOWN_AND_AWAIT -> {
          pool.shutdown();
          while (!pool.awaitTermination(10, TimeUnit.MILLISECONDS)) {
            // it can always be asked again
          }
        }
        case SHUTDOWN_NOW -> {
          var unused = pool.shutdownNow();
          var alsoUnused = pool.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
        }
        case KILL_AFTER -> {
          boolean all =
              pool.shutdown(
                  ShutdownOptions.builder()
                      .cancelPending(cancelPending)
                      .killAfter(killAfter)
                      .build());
          if (all && !cancelPending) {
            ledger.cutting = false; // it says that nothing was cut off; so it is judged
          }
        }
      }
    } catch (InterruptedException e) {
      violations.add(name, "interrupted by nobody: " + e);
    } catch (RuntimeException | Error e) {
      violations.add(name, how + " threw " + e);
    }
  }

  private void joinAll() throws InterruptedException, TimeoutException {
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        thread.join(100);
        checkSubmitters();
      }
    }
  }

  private void checkSubmitters() throws TimeoutException {
    for (Submitter submitter : submitters) {
      boolean done = submitter.activity().equals("done");
      if (!done && System.nanoTime() - submitter.activeAt() > HANG.toNanos()) {
        List<Entry> open = ledger.entries.stream().filter(one -> one.outcome() == null).toList();
        throw new TimeoutException(
            "a submitter has been " + submitter.activity() + " for " + HANG + "; open: " + open);
      }
    }
  }

  /** A future is done before its callbacks have run, and a worker has ended before it is told. */
  private void awaitCallbacks(long restarts) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() - until < 0 && !(allHeard() && ledger.crashed() >= restarts)) {
      Thread.sleep(10);
    }
  }

  private boolean allHeard() {
    return ledger.toldDone.sum() >= ledger.entries.size()
        && ledger.entries.stream()
            .allMatch(entry -> entry.outcome() != null && entry.story() != null)
        && ledger.ended.keySet().containsAll(ledger.ready.keySet());
  }

  private void figuresOfOutcomes() {
    for (Entry entry : ledger.entries) {
      Outcome outcome = entry.outcome();
      if (outcome != null) {
        figures.ended(outcome, entry.order().deed(), /* isElement= */ false);
      }
    }
  }

  /** Waits until nothing is here that was not there before; what is left is a violation. */
  void checkLeftovers(Stock before) throws IOException, InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    Set<String> left = Stock.take(mark).beyond(before);
    while (!left.isEmpty() && System.nanoTime() - until < 0) {
      Thread.sleep(50);
      left = Stock.take(mark).beyond(before);
    }
    if (!left.isEmpty()) {
      violations.add(name, "left over: " + left);
    }
  }
}

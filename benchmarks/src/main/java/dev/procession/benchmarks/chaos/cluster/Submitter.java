package dev.procession.benchmarks.chaos.cluster;

import dev.procession.BrokenProcessPoolException;
import dev.procession.ExitReason;
import dev.procession.ProcessExecutorService;
import dev.procession.ProcessFuture;
import dev.procession.TaskOptions;
import dev.procession.TaskTimeoutException;
import dev.procession.WorkerCrashedException;
import dev.procession.cluster.ClusterPool;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A submitter of the run, in a process of its own. */
final class Submitter {
  static final String DONE = "done";
  static final String HANGS = "hangs";

  /** A lease, a margin, a start and a slow machine. */
  private static final Duration HANG = Duration.ofSeconds(150);

  private static final int MOST_OPEN = 40;
  private static final long IDS = 10_000_000;

  private Submitter() {}

  /**
   * Submits until its standard input ends, and then waits for what is open.
   *
   * @param args its number, the journal, a seed, its address, and addresses of nodes
   */
  public static void main(String[] args) throws Exception {
    int number = Integer.parseInt(args[0]);
    Journal journal = new Journal(args[1]);
    SplittableRandom random = new SplittableRandom(Long.parseLong(args[2]));
    Semaphore room = new Semaphore(MOST_OPEN);
    Thread reader = new Thread(Node::awaitEndOfInput, "input");
    reader.setDaemon(true);
    reader.start();
    ClusterPool pool =
        ClusterPool.builder()
            .name("submitter-" + number)
            .bind(args[3])
            .connect(Arrays.copyOfRange(args, 4, args.length))
            .jvmArgs("-XX:TieredStopAtLevel=1")
            .connectTimeout(Duration.ofSeconds(60))
            .insecure()
            .build();
    System.out.println(Node.READY + ProcessHandle.current().pid());
    Thread detacher =
        new Thread(new Detacher(pool, journal, random.split(), number * IDS), "detacher");
    detacher.setDaemon(true);
    detacher.start();
    ConcurrentLinkedQueue<ProcessFuture<Long>> open = new ConcurrentLinkedQueue<>();
    for (long id = number * IDS; reader.isAlive(); id++) {
      if (!room.tryAcquire(100, TimeUnit.MILLISECONDS)) {
        cancelOne(open, random);
        continue;
      }
      if (!submit(pool, journal, random, id, open, room)) {
        break; // the pool is broken, which is told of each task
      }
    }
    detacher.interrupt();
    boolean all = room.tryAcquire(MOST_OPEN, HANG.toSeconds(), TimeUnit.SECONDS);
    System.out.println(all ? DONE : HANGS + " " + pool.snapshot());
    if (all) {
      pool.close();
      System.out.println("closed");
    }
    System.exit(all ? 0 : 1);
  }

  /** Now and then, of those that have been open for long. */
  private static void cancelOne(
      ConcurrentLinkedQueue<ProcessFuture<Long>> open, SplittableRandom random) {
    open.removeIf(ProcessFuture::isDone);
    ProcessFuture<Long> oldest = open.peek();
    if (oldest != null && random.nextInt(20) == 0) {
      oldest.cancel(/* mayInterruptIfRunning= */ random.nextBoolean());
    }
  }

  private static boolean submit(
      ClusterPool pool,
      Journal journal,
      SplittableRandom random,
      long id,
      ConcurrentLinkedQueue<ProcessFuture<Long>> open,
      Semaphore room) {
    int dice = random.nextInt(100);
    Deed deed =
        dice < 60
            ? Deed.RETURN
            : dice < 90 ? Deed.SLEEP : dice < 94 ? Deed.THROW : dice < 97 ? Deed.HALT : Deed.SPIN;
    int retries = random.nextInt(3);
    TaskOptions.Builder options = TaskOptions.builder().retries(retries);
    if (deed == Deed.SPIN) {
      options.timeout(Duration.ofMillis(500));
    }
    ProcessExecutorService with = pool.with(options.build());
    journal.add(Journal.SUBMITTED, id, ProcessHandle.current().pid(), retries, deed);
    try {
      ProcessFuture<Long> future = with.submit(() -> deed.perform(journal, id));
      open.add(future);
      future.addDoneCallback(
          done -> {
            journal.add(Journal.OUTCOME, id, outcome(done));
            room.release();
          });
      return true;
    } catch (BrokenProcessPoolException | RejectedExecutionException e) {
      journal.add(Journal.OUTCOME, id, "REFUSED");
      room.release();
      return false;
    }
  }

  /** What a future that is done says, as the journal has it. */
  static String outcome(ProcessFuture<?> done) {
    try {
      var unused = done.result();
      return "VALUE";
    } catch (CancellationException e) {
      return "CANCELLED";
    } catch (WorkerCrashedException e) {
      return e.report().reason() == ExitReason.NODE_LOST ? "NODE_LOST" : "CRASHED";
    } catch (TaskTimeoutException e) {
      return "TIMEOUT";
    } catch (BrokenProcessPoolException e) {
      return "BROKEN";
    } catch (Deed.Ordered e) {
      return "THREW";
    } catch (Exception e) {
      return "UNEXPECTED:" + e.toString().replaceAll("\\s+", "_");
    }
  }
}

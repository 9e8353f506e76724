package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.testing.ChildJvm;
import dev.procession.testing.Doer;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Occupied;
import dev.procession.testing.Pools;
import dev.procession.testing.SharedFiles;
import dev.procession.testing.Signals;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What once went wrong when a task was stopped or its worker was lost. */
@NoLeaks
class StopRegressionsIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path tmp;

  /** Calls known to be short are put behind one that runs. */
  private static void warmUp(ProcessPoolExecutor pool) throws Exception {
    List<ProcessFuture<Integer>> quick = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      quick.add(pool.submit(() -> 0));
    }
    for (var future : quick) {
      future.result(SOON);
    }
  }

  private static void takeAsLongAs(long nanos) {
    long until = System.nanoTime() + nanos;
    while (until - System.nanoTime() > 0 && !Thread.currentThread().isInterrupted()) {
      Thread.onSpinWait();
    }
  }

  /**
   * A task that had just ended, its result unread, was stopped all the same: the worker was killed,
   * and with it the next task, which it had begun meanwhile.
   */
  @Test
  @DisplayName("cancel(true) of a task that has just ended does not touch the next one")
  void cancel_atItsEnd_sparesTheNext() throws Exception {
    try (var pool = Pools.builder(1).killGrace(Duration.ZERO).build()) {
      warmUp(pool);
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
      for (int round = 0; round < 300 && System.nanoTime() - until < 0; round++) {
        Gate nextBegun = Gate.in(tmp, "next" + round);
        ProcessFuture<Integer> ending =
            pool.submit(
                () -> {
                  takeAsLongAs(500_000);
                  return 1;
                });
        ProcessFuture<Integer> next =
            pool.submit(
                () -> {
                  nextBegun.open();
                  takeAsLongAs(2_000_000);
                  return 2;
                });
        while (!nextBegun.isOpen()) {
          Thread.onSpinWait(); // the first has ended, but perhaps nobody has read that yet
        }
        boolean cancelled = ending.cancel(/* mayInterruptIfRunning= */ true);
        assertThat(next.result(SOON)).isEqualTo(2);
        if (!cancelled) {
          assertThat(ending.result(SOON)).isEqualTo(1);
        }
        for (int i = 0; i < 10; i++) {
          pool.submit(() -> 0).result(SOON);
        }
      }
    }
  }

  /* ---- The parent was away ---- */

  private static void awaitPassed(long since, Duration time) {
    Awaitility.await().until(() -> System.nanoTime() - since > time.toNanos());
  }

  /** Has a task with a deadline of two seconds that ends in time, whatever happens to itself. */
  static final class WithDeadline {
    public static void main(String[] args) throws Exception {
      Gate begun = new Gate(args[0]);
      Gate go = new Gate(args[1]);
      try (var pool = ProcessPoolExecutor.builder().workers(1).build()) {
        pool.submit(() -> 0).result();
        var options = TaskOptions.builder().timeout(Duration.ofSeconds(2)).build();
        var future =
            pool.with(options)
                .submit(
                    () -> {
                      begun.open();
                      go.await();
                      return 42;
                    });
        System.out.println("outcome " + future.exception().map(String::valueOf).orElse("none"));
        System.out.println("restarts " + pool.snapshot().restarts());
      }
    }
  }

  /** After a pause of the parent the deadline came although the result was there, unread. */
  @Test
  @DisplayName("a result that was there in time counts although the parent was away")
  void deadline_resultUnread_valueCounts() throws Exception {
    Gate begun = Gate.in(tmp, "begun");
    Gate go = Gate.in(tmp, "go");
    try (var parent = ChildJvm.run(WithDeadline.class, begun.file(), go.file())) {
      begun.await();
      Signals.stop(parent.pid());
      long since = System.nanoTime();
      go.open();
      awaitPassed(since, Duration.ofMillis(2_500));
      Signals.send("CONT", parent.pid());
      assertThat(parent.awaitLine("outcome ")).isEqualTo("none");
      assertThat(parent.awaitLine("restarts ")).isEqualTo("0");
      assertThat(parent.awaitExit()).isZero();
    }
  }

  /** Is stopped as soon as its worker's process is there. */
  static final class Starting {
    public static void main(String[] args) throws Exception {
      Gate launched = new Gate(args[0]);
      Gate initialized = new Gate(args[1]);
      try (var pool =
          ProcessPoolExecutor.builder()
              .workers(1)
              .startTimeout(Duration.ofSeconds(3))
              .launcher(
                  prepared -> {
                    Process process = prepared.start();
                    launched.open();
                    return process;
                  })
              .initializer(initialized::open)
              .build()) {
        var future = pool.submit(() -> 42);
        System.out.println("outcome " + future.exception().map(String::valueOf).orElse("none"));
        System.out.println("restarts " + pool.snapshot().restarts());
      }
    }
  }

  /** So came the start timeout, of a worker that had long said that it was ready. */
  @Test
  @DisplayName("a worker that was ready in time counts although the parent was away")
  void startTimeout_readyUnread_workerCounts() throws Exception {
    Gate launched = Gate.in(tmp, "launched");
    Gate initialized = Gate.in(tmp, "initialized");
    try (var parent = ChildJvm.run(Starting.class, launched.file(), initialized.file())) {
      launched.await();
      Signals.stop(parent.pid());
      long since = System.nanoTime();
      initialized.await();
      long ready = System.nanoTime();
      awaitPassed(since, Duration.ofMillis(3_500));
      awaitPassed(ready, Duration.ofMillis(700));
      Signals.send("CONT", parent.pid());
      assertThat(parent.awaitLine("outcome ")).isEqualTo("none");
      assertThat(parent.awaitLine("restarts ")).isEqualTo("0");
      assertThat(parent.awaitExit()).isZero();
    }
  }

  /* ---- The private channel ---- */

  private static Object field(Object of, Class<?> in, String name) throws Exception {
    Field field = in.getDeclaredField(name);
    field.setAccessible(true);
    return field.get(of);
  }

  /** In a worker: the channel to its parent, which is no business of a task. */
  private static SocketChannel privateChannel() throws Exception {
    Thread thread =
        Thread.getAllStackTraces().keySet().stream()
            .filter(one -> one.getName().equals("procession-parent-link"))
            .findFirst()
            .orElseThrow();
    Object life = field(thread, thread.getClass(), "this$0");
    Object link = field(life, thread.getClass().getEnclosingClass(), "link");
    Awaitility.await().until(() -> field(link, link.getClass(), "channel") != null);
    return (SocketChannel) field(link, link.getClass(), "channel");
  }

  /**
   * A worker whose channel ended took its parent for dead, also if it was its own task that had
   * closed it, and deleted the directory of the pool that lived on: no worker could be started any
   * more.
   */
  @Test
  @DisplayName("a task that closes its worker's channel costs itself, not the pool")
  void channel_closedByTask_costsTheTask() throws Exception {
    Gate never = Gate.in(tmp, "never");
    try (var pool = Pools.builder(1).build()) {
      pool.submit(() -> 0).result();
      List<Path> files = SharedFiles.of(ProcessHandle.current().pid());
      var closes =
          pool.submit(
              () -> {
                privateChannel().close();
                never.awaitUninterruptibly();
                return 0;
              });
      assertThat(closes.exception(SOON)).containsInstanceOf(WorkerCrashedException.class);
      assertThat(pool.submit(() -> 1).result(SOON)).isEqualTo(1);
      assertThat(SharedFiles.of(ProcessHandle.current().pid())).containsAll(files);
      assertThat(files).isNotEmpty();
    }
  }

  /**
   * A large result whose copying had begun when the worker broke the protocol stayed in the account
   * of copies, and close() waited for it for ever.
   */
  @Test
  @DisplayName("a worker that breaks the protocol behind a large result does not hold up close()")
  void channel_nonsenseBehindLargeResult_closeReturns() throws Exception {
    Gate never = Gate.in(tmp, "never");
    List<MapResults.Outcome<byte[]>> all = new ArrayList<>();
    var pool = Pools.builder(1).build();
    try (var results =
        pool.map(
            MapOptions.builder().chunkSize(2).build(),
            (Integer x) -> {
              if (x == 1) {
                privateChannel().write(ByteBuffer.wrap(new byte[] {0x7f}));
                never.awaitUninterruptibly();
              }
              return new byte[40 << 20];
            },
            List.of(0, 1))) {
      results.outcomes().forEach(all::add);
    }
    assertThat(all).hasSize(2);
    assertThat(all.get(0).value()).hasSize(40 << 20);
    assertThat(all.get(1).failure())
        .isInstanceOfSatisfying(
            WorkerCrashedException.class,
            crash -> assertThat(crash.report().reason()).isEqualTo(ExitReason.PROTOCOL_ERROR));
    assertThat(Doer.start(pool::close).awaitEnd().thrown()).isNull();
  }

  /* ---- Waiting ---- */

  /**
   * Who waited for a result also read those of others for as long as they kept coming: a get() with
   * a time-out did not end while another thread kept the pool busy.
   */
  @Test
  @DisplayName("get() with a time-out ends in time while others' results keep coming")
  void get_othersResultsKeepComing_endsInTime() throws Exception {
    AtomicBoolean enough = new AtomicBoolean();
    try (var pool = Pools.builder(2).maxPending(5_000).build();
        var occupied = Occupied.worker(pool, tmp)) {
      Doer busy =
          Doer.start(
              () -> {
                while (!enough.get()) {
                  pool.submit(() -> 1);
                }
              });
      try {
        for (int i = 0; i < 200; i++) {
          long since = System.nanoTime();
          assertThatThrownBy(() -> occupied.task().get(1, TimeUnit.MILLISECONDS))
              .isInstanceOf(TimeoutException.class);
          ProcessFuture<Integer> own = pool.submit(() -> 2);
          assertThat(own.result(SOON)).isEqualTo(2);
          assertThat(own.result(SOON)).isEqualTo(2);
          assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(SOON);
        }
        long since = System.nanoTime();
        assertThatThrownBy(() -> occupied.task().get(1, TimeUnit.MILLISECONDS))
            .isInstanceOf(TimeoutException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(Duration.ofSeconds(2));
      } finally {
        enough.set(true);
      }
      assertThat(busy.awaitEnd().thrown()).isNull();
    }
  }

  /* ---- A full ring ---- */

  /**
   * When a long call ended whose followers had been taken back, their places in the ring were not
   * yet passed over: nothing could be put there, and nobody came back to try again before the
   * worker had idled for too long.
   */
  @Test
  @DisplayName("a ring full of calls that were taken back is filled again as soon as it can be")
  void ring_fullOfRevokedCalls_filledAgain() throws Exception {
    try (var pool = Pools.of(1)) {
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
      for (int round = 0; round < 200 && System.nanoTime() - until < 0; round++) {
        warmUp(pool);
        ProcessFuture<Integer> longer =
            pool.submit(
                () -> {
                  LockSupport.parkNanos(4_000_000);
                  return 1;
                });
        List<ProcessFuture<Integer>> behind = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          behind.add(pool.submit((byte[] bytes) -> bytes.length, new byte[30_000]));
        }
        while (!longer.isDone()) {
          try {
            longer.result(Duration.ofNanos(20_000));
          } catch (TimeoutException e) {
            // Read its result oneself, rather than have the supervisor do it.
          }
        }
        for (var future : behind) {
          assertThat(future.result(Duration.ofSeconds(10))).isEqualTo(30_000);
        }
      }
    }
  }

  private static final int FILLS_AN_EIGHTH = 32_744;

  private static int waits(Gate begun, Gate go, byte[] filler) {
    begun.open();
    go.await();
    return filler.length;
  }

  private static int length(byte[] bytes) {
    return bytes.length;
  }

  /** Finds the array whose call has exactly the size that is wanted. */
  private static byte[] filler(TaskFunction<byte[], ProcessFuture<?>> submit) throws Exception {
    int size = 32_000;
    for (int tries = 0; tries < 5; tries++) {
      ProcessFuture<?> future = submit.apply(new byte[size]);
      future.result(SOON);
      long is = future.info().bytesIn();
      if (is == FILLS_AN_EIGHTH) {
        return new byte[size];
      }
      size += (int) (FILLS_AN_EIGHTH - is);
    }
    throw new AssertionError("no array makes a call of that size");
  }

  /**
   * A large call's payload lies beside the ring, but the reference to it needs room in it. Behind
   * calls that filled the ring to the last byte there was none, which was taken for the worker's
   * fault: a healthy one was killed.
   */
  @Test
  @DisplayName("a large call behind calls that fill the ring waits; no worker is killed for it")
  void ring_filledExactly_largeCallWaits() throws Exception {
    try (var pool = Pools.of(1)) {
      Gate open = Gate.in(tmp, "open");
      open.open();
      byte[] eighth = filler(bytes -> pool.submit(StopRegressionsIT::length, bytes));
      byte[] first = filler(bytes -> pool.submit(StopRegressionsIT::waits, open, open, bytes));
      byte[] large = new byte[60_000];
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
      for (int round = 0; round < 12 && System.nanoTime() - until < 0; round++) {
        warmUp(pool);
        assertThat(pool.submit(() -> Runtime.getRuntime().halt(5)).exception(SOON)).isPresent();
        // A fresh ring. Its first eighth is free again once that call has begun.
        Gate begun = Gate.in(tmp, "b" + round + "un");
        Gate go = Gate.in(tmp, "g" + round + "en");
        List<ProcessFuture<Integer>> all = new ArrayList<>();
        all.add(pool.submit(StopRegressionsIT::waits, begun, go, first));
        begun.await();
        for (int i = 0; i < 8; i++) {
          all.add(pool.submit(StopRegressionsIT::length, eighth));
        }
        all.add(pool.submit(StopRegressionsIT::length, large));
        go.open();
        for (var future : all) {
          assertThat(future.result(SOON)).isPositive();
        }
        assertThat(pool.snapshot().restarts()).isEqualTo(round + 1);
      }
    }
  }
}

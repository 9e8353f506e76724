package dev.procession.cluster.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.BrokenProcessPoolException;
import dev.procession.CrashReport;
import dev.procession.ExitReason;
import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.ShutdownOptions;
import dev.procession.TaskOptions;
import dev.procession.WorkerCrashedException;
import dev.procession.cluster.internal.TestCluster.ClusterExecutor;
import dev.procession.cluster.internal.link.ClusterLink;
import dev.procession.cluster.internal.link.Conversation;
import dev.procession.cluster.internal.link.Frame;
import dev.procession.cluster.internal.link.FrameWriter;
import dev.procession.internal.codec.FailureCodec;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A submitter against a member that says what the test has it say, when it has it say so. */
@Timeout(60)
class ScriptedMemberTest {
  private static final ClusterLink.Peer MEMBER = new ClusterLink.Peer("1", "m", true, false);

  /** Number of the attachment with which a pool begins. */
  private static final int FIRST = 1;

  private final Script script = new Script();

  /** While it has a permit lines are heard. */
  private final Semaphore mayHear = new Semaphore(1);

  private ClusterExecutor pool;

  /** The way to it, and what it was told. */
  private static final class Script implements ClusterLink {
    private final Conversation from =
        new Conversation(this, MEMBER, Long.MAX_VALUE, aside -> {}); // says nothing aside
    private final BlockingQueue<Frame> told = new LinkedBlockingQueue<>();
    private volatile Events events;
    private volatile boolean saysGoodbye = true;

    @Override
    public void open(Events to) throws IOException {
      events = to;
      to.joined(MEMBER);
      say(new Frame.Capacity(FIRST, 1, 100, false, Long.MAX_VALUE));
    }

    @Override
    public void send(Peer peer, byte[] message) throws IOException {
      for (Frame frame : from.received(message)) {
        told.add(frame);
        if (frame instanceof Frame.Detach && saysGoodbye) {
          say(new Frame.Detached());
        }
      }
    }

    void say(Frame frame) throws IOException {
      FrameWriter out = new FrameWriter();
      out.writeByte(0); // a whole message
      Frame.append(frame, out);
      events.received(MEMBER, out.toBytes());
    }

    /** The next of that type that it is told. */
    <F extends Frame> F next(Class<F> type) throws InterruptedException {
      Frame frame;
      do {
        frame = Objects.requireNonNull(told.poll(40, TimeUnit.SECONDS), "nothing was said");
      } while (!type.isInstance(frame));
      return type.cast(frame);
    }

    /** The next that begins after that. */
    Frame.Attach nextAttach(int number) throws InterruptedException {
      Frame.Attach next;
      do {
        next = next(Frame.Attach.class);
      } while (next.number() <= number);
      return next;
    }

    @Override
    public void close() {}
  }

  @BeforeEach
  void build() {
    var builder = ProcessPoolExecutor.builder().name("s").outputListener(line -> hear());
    pool = new ClusterExecutor(ClusterExecutor.config(builder), script);
  }

  private void hear() {
    mayHear.acquireUninterruptibly();
    mayHear.release();
  }

  @AfterEach
  void end() {
    var unused = pool.shutdownNow();
    pool.close();
  }

  private static Frame.Over crash(long call) {
    CrashReport report =
        new CrashReport(
            "s",
            1,
            2,
            ExitReason.KILLED,
            null,
            null,
            "t",
            Duration.ZERO,
            List.of(),
            null,
            null,
            -1,
            null,
            "m");
    byte[] failure = FailureCodec.encode(new WorkerCrashedException("killed", report, null));
    return new Frame.Over(call, failure, /* crashed= */ true, 1, 2);
  }

  private CompletableFuture<Boolean> cancelling(ProcessFuture<?> future) {
    return CompletableFuture.supplyAsync(() -> future.cancel(false));
  }

  @Test
  @DisplayName("cancel(false) asks the member, and its answer is the answer")
  void cancel_asks() throws Exception {
    ProcessFuture<Integer> one = pool.submit(() -> 1);
    long call = script.next(Frame.Run.class).call();
    CompletableFuture<Boolean> cancelling = cancelling(one);
    assertThat(script.next(Frame.Recall.class).calls()).containsExactly(call);
    assertThat(cancelling).isNotDone();
    assertThat(one.isDone()).isFalse();
    script.say(new Frame.Returned(List.of(call)));
    assertThat(cancelling.get(40, TimeUnit.SECONDS)).isTrue();
    assertThat(one.isCancelled()).isTrue();

    ProcessFuture<Integer> other = pool.submit(() -> 2);
    long second = script.next(Frame.Run.class).call();
    CompletableFuture<Boolean> inVain = cancelling(other);
    assertThat(script.next(Frame.Recall.class).calls()).containsExactly(second);
    script.say(new Frame.Kept(List.of(second)));
    assertThat(inVain.get(40, TimeUnit.SECONDS)).isFalse();
    assertThat(other.isRunning()).isTrue();
  }

  @Test
  @DisplayName("who waits for that answer hears of a crash, an end and a lost member as well")
  void cancel_otherAnswers() throws Exception {
    ProcessFuture<Integer> one =
        pool.with(TaskOptions.builder().retries(1).build()).submit(() -> 1);
    long call = script.next(Frame.Run.class).call();
    CompletableFuture<Boolean> first = cancelling(one);
    var unused = script.next(Frame.Recall.class);
    script.say(crash(call));
    assertThat(first.get(40, TimeUnit.SECONDS)).isFalse();
    Frame.Run again = script.next(Frame.Run.class);
    assertThat(again.crashes()).isEqualTo(1);
    script.say(crash(again.call()));
    assertThatThrownBy(one::result).isInstanceOf(WorkerCrashedException.class);

    ProcessFuture<Integer> two = pool.submit(() -> 2);
    var run = script.next(Frame.Run.class);
    CompletableFuture<Boolean> second = cancelling(two);
    unused = script.next(Frame.Recall.class);
    assertThat(run.call()).isPositive();
    script.events.left(MEMBER);
    assertThat(second.get(40, TimeUnit.SECONDS)).isFalse();
    assertThatThrownBy(two::result)
        .isInstanceOfSatisfying(
            WorkerCrashedException.class,
            e -> assertThat(e.report().reason()).isEqualTo(ExitReason.NODE_LOST));
  }

  @Test
  @DisplayName("a member that speaks nonsense is given up, and what it had fails")
  void nonsense() throws Exception {
    ProcessFuture<Integer> one = pool.submit(() -> 1);
    var unused = script.next(Frame.Run.class);
    script.events.received(MEMBER, new byte[] {0, 99, 1, 2, 3});
    assertThatThrownBy(one::result).isInstanceOf(WorkerCrashedException.class);
    assertThat(pool.snapshot().maxWorkers()).isZero();
    script.say(new Frame.Capacity(FIRST, 4, 4, false, Long.MAX_VALUE)); // nobody listens any more
    assertThat(pool.snapshot().maxWorkers()).isZero();
  }

  @Test
  @DisplayName("words about calls that are over or never were change nothing")
  void lateWords() throws Exception {
    ProcessFuture<Integer> one = pool.submit(() -> 1);
    long call = script.next(Frame.Run.class).call();
    assertThat(one.cancel(true)).isTrue();
    assertThat(script.next(Frame.Cancel.class).call()).isEqualTo(call);
    script.say(new Frame.Over(call, new byte[0], /* crashed= */ false, 1, 2));
    for (long number : new long[] {call, 77, -5}) {
      script.say(new Frame.Begun(number, 1, 1));
      script.say(new Frame.Ended(number));
      script.say(new Frame.Cut(number, 1, -9));
      script.say(new Frame.Kept(List.of(number)));
      script.say(new Frame.Returned(List.of(number)));
      script.say(new Frame.Progress(number, new byte[0]));
      script.say(crash(number));
      script.say(new Frame.Result(number, 0, true, 0, false, 1, 1, 1, 1, new byte[0]));
    }
    assertThat(one.isCancelled()).isTrue();
    assertThat(pool.snapshot().pending()).isZero();
    assertThat(pool.snapshot().running()).isZero();
  }

  @Test
  @DisplayName("who waits for that answer is let go when the pool is shut down now")
  void cancel_besideShutdownNow() throws Exception {
    ProcessFuture<Integer> one = pool.submit(() -> 1);
    var unused = script.next(Frame.Run.class);
    CompletableFuture<Boolean> cancelling = cancelling(one);
    var asked = script.next(Frame.Recall.class);
    assertThat(asked.calls()).hasSize(1);
    assertThat(pool.shutdownNow()).hasSize(1);
    assertThat(cancelling.get(40, TimeUnit.SECONDS)).isTrue();
    assertThat(pool.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  @DisplayName("a member that says nothing any more is lost when its lease has ended, for good")
  void mute() throws Exception {
    assertThat(script.next(Frame.Attach.class).number()).isEqualTo(FIRST);
    ProcessFuture<Integer> one = pool.submit(() -> 1);
    var unused = script.next(Frame.Run.class);
    assertThatThrownBy(one::result)
        .isInstanceOfSatisfying(
            WorkerCrashedException.class,
            e -> assertThat(e.report().reason()).isEqualTo(ExitReason.NODE_LOST));
    var again = script.next(Frame.Attach.class);
    assertThat(again.pool()).isEqualTo("s");
    // What it had said before comes late: its lease may not go on, nor does it take tasks.
    script.say(new Frame.Renew(FIRST, 1));
    script.say(new Frame.Capacity(FIRST, 1, 100, false, Long.MAX_VALUE));
    assertThat(pool.snapshot().maxWorkers()).isZero();
    script.say(new Frame.Renew(again.number(), 2));
    assertThat(script.next(Frame.Granted.class)).isEqualTo(new Frame.Granted(2));
    script.say(new Frame.Capacity(again.number(), 1, 100, false, Long.MAX_VALUE));
    script.say(new Frame.Refused(FIRST, "its lease has ended"));
    assertThat(pool.snapshot().maxWorkers()).isEqualTo(1);
    script.say(new Frame.Refused(0, "what it says cannot be read")); // whatever that was
    assertThat(pool.snapshot().maxWorkers()).isZero();
    assertThat(script.next(Frame.Attach.class).number()).isGreaterThan(again.number());
  }

  @Test
  @DisplayName("a member that refuses to begin is asked again after a while")
  void refuses() throws Exception {
    script.say(new Frame.Refused(FIRST, "not now"));
    assertThat(pool.snapshot().maxWorkers()).isZero();
    Frame.Attach second = script.nextAttach(FIRST);
    script.say(new Frame.Refused(second.number(), "not now"));
    Frame.Attach third = script.nextAttach(second.number());
    script.say(new Frame.Capacity(third.number(), 1, 100, false, Long.MAX_VALUE));
    assertThat(pool.snapshot().maxWorkers()).isEqualTo(1);
  }

  @Test
  @DisplayName("a pool ends though a member does not say goodbye: when its lease has ended, or now")
  void noGoodbye() throws Exception {
    script.saysGoodbye = false;
    pool.shutdown();
    assertThat(script.next(Frame.Detach.class).atOnce()).isFalse();
    assertThat(pool.awaitTermination(100, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(pool.shutdown(ShutdownOptions.builder().killAfter(Duration.ZERO).build())).isTrue();
    assertThat(script.next(Frame.Detach.class).atOnce()).isTrue();
  }

  @Test
  @DisplayName(
      "who waits for a detached task to be found, or taken, hears that the pool is shut down")
  void fetch_besideShutdown() throws Exception {
    CompletableFuture<ProcessFuture<Object>> fetching = fetching("id");
    Frame.Claim claim = script.next(Frame.Claim.class);
    assertThat(claim.id()).isEqualTo("id");
    script.saysGoodbye = false;
    pool.shutdown();
    script.say(new Frame.Claimed(claim.call(), true));
    assertThatThrownBy(() -> fetching.get(40, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(RejectedExecutionException.class);
    script.say(new Frame.Detached());
    assertThat(pool.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
  }

  private CompletableFuture<ProcessFuture<Object>> fetching(String id) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return pool.detaching().fetch(id);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Test
  @DisplayName("a node that has no worker to give at present takes detached tasks all the same")
  void detach_shareOfNone() throws Exception {
    script.say(new Frame.Capacity(FIRST, 0, 0, false, Long.MAX_VALUE));
    CompletableFuture<String> detaching = detaching();
    Frame.Run run = script.next(Frame.Entrust.class).run();
    assertThat(detaching).isNotDone();
    script.say(new Frame.Entrusted(run.call(), "the id", ""));
    assertThat(detaching.get(40, TimeUnit.SECONDS)).isEqualTo("the id");
    assertThat(pool.snapshot().pending()).isZero();
  }

  private CompletableFuture<String> detaching() {
    return CompletableFuture.supplyAsync(
        () -> pool.detaching().detach(() -> 1, TaskOptions.DEFAULT));
  }

  @Test
  @DisplayName("a node that does not take it says why, and one that is lost before it answers")
  void detach_refusedOrLost() throws Exception {
    CompletableFuture<String> refused = detaching();
    long call = script.next(Frame.Entrust.class).run().call();
    script.say(new Frame.Entrusted(call, "", "it is full"));
    assertThatThrownBy(() -> refused.get(40, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(RejectedExecutionException.class)
        .hasMessageContaining("it is full");
    CompletableFuture<String> lost = detaching();
    var unused = script.next(Frame.Entrust.class);
    script.events.left(MEMBER);
    assertThatThrownBy(() -> lost.get(40, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(RejectedExecutionException.class)
        .hasMessageContaining("whether that runs is not known");
  }

  @Test
  @DisplayName("a member that drains may not go before a task that was fetched there has ended")
  void fetch_draining_notedAgain() throws Exception {
    script.say(new Frame.Capacity(FIRST, 1, 100, /* draining= */ true, Long.MAX_VALUE));
    var unused = script.next(Frame.Noted.class);
    CompletableFuture<ProcessFuture<Object>> fetching = fetching("id");
    long call = script.next(Frame.Claim.class).call();
    script.say(new Frame.Claimed(call, true));
    ProcessFuture<Object> future = fetching.get(40, TimeUnit.SECONDS);
    script.say(new Frame.Begun(call, 1, Duration.ofHours(1).toNanos()));
    assertThat(future.isRunning()).isTrue();
    assertThat(future.info().started().orElseThrow())
        .as("long before it was fetched")
        .isBefore(future.info().submitted().minus(Duration.ofMinutes(59)));
    assertThat(script.told).noneMatch(Frame.Noted.class::isInstance);
    script.say(new Frame.Over(call, new byte[0], /* crashed= */ false, 1, 1));
    unused = script.next(Frame.Noted.class);
    assertThat(future.isCancelled()).as("by somebody else").isTrue();
  }

  @Test
  @DisplayName("a member is told how much was printed of what its workers print, once it was")
  void printed_told() throws Exception {
    Frame.Output line = new Frame.Output(1, 1, "t", false, "x".repeat(1_000));
    mayHear.acquireUninterruptibly();
    for (int i = 0; i < 600; i++) {
      script.say(line);
    }
    assertThat(script.told).noneMatch(Frame.Printed.class::isInstance);
    mayHear.release();
    long first = script.next(Frame.Printed.class).bytes();
    long second = script.next(Frame.Printed.class).bytes();
    assertThat(first).isGreaterThan(250_000).isEqualTo(second).isEqualTo(247L * line.roughSize());
  }

  @Test
  @DisplayName("a cut that cannot be is nonsense")
  void impossible() throws Exception {
    ProcessFuture<Integer> one = pool.submit(() -> 1);
    long call = script.next(Frame.Run.class).call();
    script.say(new Frame.Cut(call, 1, 5));
    assertThatThrownBy(one::result).isInstanceOf(WorkerCrashedException.class);
    assertThat(pool.snapshot().maxWorkers()).isZero();
  }

  @Test
  @DisplayName("a link that is broken for good breaks the pool: what waits fails, submit says why")
  void broken() throws Exception {
    ProcessFuture<Integer> one = pool.submit(() -> 1);
    ProcessFuture<Integer> two = pool.submit(() -> 2);
    var unused = script.next(Frame.Run.class);
    script.events.left(MEMBER);
    script.events.broken("its gateway to the cluster has ended");
    assertThatThrownBy(one::result).isInstanceOf(WorkerCrashedException.class);
    assertThatThrownBy(two::result)
        .isInstanceOf(BrokenProcessPoolException.class)
        .hasMessageContaining("its gateway to the cluster has ended");
    assertThatThrownBy(() -> pool.submit(() -> 3)).isInstanceOf(BrokenProcessPoolException.class);
    assertThat(pool.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
  }
}

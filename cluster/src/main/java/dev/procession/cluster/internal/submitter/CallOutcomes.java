package dev.procession.cluster.internal.submitter;

import dev.procession.CrashReport;
import dev.procession.ExitReason;
import dev.procession.WorkerCrashedException;
import dev.procession.cluster.internal.link.ClusterLink.Peer;
import dev.procession.cluster.internal.link.Frame;
import dev.procession.cluster.internal.submitter.Envelope.Place;
import dev.procession.internal.codec.FailureCodec;
import dev.procession.internal.codec.OutOfBand;
import dev.procession.internal.codec.ResultBounds;
import dev.procession.internal.parent.ElementResult;
import dev.procession.internal.parent.PendingTask;
import dev.procession.internal.parent.PoolConfig;
import dev.procession.internal.parent.PoolServices;
import dev.procession.internal.wire.ProgressReport;
import dev.procession.internal.wire.SegmentReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of the calls that members have: what these say of them, and what nobody says any
 * more. Guarded by the backend's lock; what is to be done after that was released is left in a
 * list.
 */
final class CallOutcomes {
  private static final Logger LOG = LoggerFactory.getLogger(CallOutcomes.class);

  private final PoolServices pool;
  private final PoolConfig config;
  private final Unfinished unfinished;
  private final ClusterDispatcher<Call> dispatcher;
  private final BooleanSupplier isEnding;

  /**
   * Of no call yet.
   *
   * @param isEnding whether the pool begins nothing anew
   */
  CallOutcomes(
      PoolServices pool,
      Unfinished unfinished,
      ClusterDispatcher<Call> dispatcher,
      BooleanSupplier isEnding) {
    this.pool = pool;
    this.config = pool.config();
    this.unfinished = unfinished;
    this.dispatcher = dispatcher;
    this.isEnding = isEnding;
  }

  /**
   * Takes what a member says of a call; false if it is of something else.
   *
   * @throws MalformedException if it cannot be
   */
  boolean take(Attachment from, Frame frame, List<Runnable> after) throws MalformedException {
    if (frame instanceof Frame.Result result) {
      take(from, result, after);
    } else if (frame instanceof Frame.Begun begun) {
      Call call = from.calls.get(begun.call());
      if (call != null) {
        call.begun(from, System.nanoTime() - begun.ago(), begun.pid());
        dispatcher.begun(call);
      }
    } else if (frame instanceof Frame.Over over) {
      take(from, over, after);
    } else if (frame instanceof Frame.Ended end) {
      Call call = from.calls.get(end.call());
      if (call != null) {
        boolean isOurs = call.isWanted();
        ended(from, call, 0);
        if (isOurs) {
          after.add(() -> call.task.over(null)); // which has nothing to tell but that
        }
      }
    } else if (frame instanceof Frame.Cut cut) {
      take(from, cut);
    } else if (frame instanceof Frame.Returned returned) {
      returned.calls().forEach(number -> returned(from, number, after));
    } else if (frame instanceof Frame.Kept kept) {
      kept.calls().stream().map(from.calls::get).forEach(this::kept);
    } else if (frame instanceof Frame.Progress progress) {
      take(from, progress, after);
    } else {
      return false;
    }
    return true;
  }

  /**
   * Its member is gone: nobody can say how far it was.
   *
   * @param leaseOver when it has stopped there for sure, a nanoTime
   */
  void lost(Call call, Peer peer, long leaseOver, List<Runnable> after) {
    PendingTask task = call.task;
    call.place = Place.OVER;
    call.revoked = false;
    if (!call.isWanted()) {
      return; // it was cancelled
    }
    task.begunAt = call.begunAtLeast();
    if (task.elementsDone() >= task.count) { // all of it was told, but not that it had ended
      unfinished.settle(call);
      after.add(() -> task.over(null));
      return;
    }
    PendingTask again = isEnding.getAsBoolean() ? null : task.afterLoss();
    if (again != null) {
      unfinished.retryAt(task, again, leaseOver);
      return;
    }
    unfinished.settle(call);
    Duration ran = Duration.ofNanos(System.nanoTime() - task.begunAt);
    CrashReport report = nodeLost(call, peer, ran);
    String text =
        "member '"
            + peer.name()
            + "' of the cluster was lost while it ran task "
            + task.id
            + " '"
            + task.name()
            + "', or was about to; whether the task has done its work is not known";
    after.add(() -> task.over(new WorkerCrashedException(text, report, null)));
  }

  private CrashReport nodeLost(Call call, Peer peer, Duration ran) {
    return new CrashReport(
        config.name(),
        /* worker= */ 0,
        call.pid(),
        ExitReason.NODE_LOST,
        /* exitCodeOrNull= */ null,
        /* signalOrNull= */ null,
        call.task.name(),
        ran,
        List.of(),
        /* fatalErrorLogOrNull= */ null,
        /* threadDumpOrNull= */ null,
        /* peakMemoryBytes= */ -1,
        "Member '" + peer.name() + "' left the cluster or could not be reached any more.",
        peer.name());
  }

  private void take(Attachment from, Frame.Result result, List<Runnable> after)
      throws MalformedException {
    Call call = from.calls.get(result.call());
    if (call == null) {
      return; // it has told the end before
    }
    PendingTask task = call.task;
    call.begun(from, System.nanoTime() - result.ago(), result.pid());
    dispatcher.begun(call);
    boolean counts = result.element() < task.count && task.decide(result.element(), 1);
    boolean isOurs = call.isWanted();
    if (isOurs && (!counts || (result.last() && result.element() + 1 != task.count))) {
      throw new MalformedException(
          "element " + result.element() + " of " + task.count + " of call " + call.number);
    }
    if (result.last()) {
      ended(from, call, result.runNanos());
    }
    if (counts) {
      after.add(() -> task.element(resultOf(call, result)));
    }
  }

  private static ElementResult resultOf(Call call, Frame.Result result) {
    ElementResult whole =
        new ElementResult(
            result.element(),
            result.status(),
            result.bytes(),
            OutOfBand.NONE,
            List.of(),
            call.begunAtLeast(),
            result.runNanos(),
            result.cpuNanos(),
            /* readMicros= */ 0,
            /* writeMicros= */ 0,
            result.last(),
            call);
    if (!result.beside()) {
      return whole;
    }
    try {
      OutOfBand.Received received =
          OutOfBand.read(SegmentReader.of(ByteBuffer.wrap(result.bytes())));
      return whole.withBytes(received.payload(), received.beside());
    } catch (IOException e) {
      return whole.unreadable(e);
    }
  }

  /** The member has this call no more. */
  private void forget(Attachment from, Call call, long runNanos) {
    call.keepBegun();
    from.calls.remove(call.number);
    if (call.keptAt == null) {
      dispatcher.over(call, runNanos, System.nanoTime());
    } else {
      call.place = Place.OVER;
    }
    call.revoked = false;
  }

  /** The member has told the end of a call. */
  private void ended(Attachment from, Call call, long runNanos) {
    forget(from, call, runNanos);
    if (call.isWanted()) {
      unfinished.settle(call);
    }
  }

  private void take(Attachment from, Frame.Over over, List<Runnable> after) {
    Call call = from.calls.get(over.call());
    if (call == null) {
      return;
    }
    PendingTask task = call.task;
    boolean isOurs = call.isWanted();
    if (over.ago() > 0) {
      call.begun(from, System.nanoTime() - over.ago(), over.pid());
      dispatcher.begun(call);
    }
    if (isOurs && over.crashed() && !isEnding.getAsBoolean() && again(from, call)) {
      return;
    }
    byte[] failure = over.failure();
    if (isOurs && failure.length == 0 && call.keptAt != null) { // by somebody else
      ended(from, call, 0);
      task.cancelled = true;
      after.add(() -> task.over(null));
      return;
    }
    if (isOurs && failure.length == 0) { // the member gives it up, and not because it was told to
      forget(from, call, 0);
      lost(call, from.peer, from.leaseOver(), after);
      return;
    }
    ended(from, call, 0);
    if (isOurs) {
      // Reading it back may run code of the user's.
      after.add(() -> pool.inBackground(() -> task.over(failureOf(task, failure))));
    }
  }

  /** Has a task whose worker crashed begun anew, if its terms allow that. */
  private boolean again(Attachment from, Call call) {
    PendingTask task = call.task;
    task.begunAt = call.begunAtLeast();
    PendingTask again = task.afterCrash();
    if (again == null) {
      return false;
    }
    forget(from, call, 0);
    unfinished.retry(task, again);
    return true;
  }

  private Throwable failureOf(PendingTask task, byte[] failure) {
    return FailureCodec.decode(
        failure,
        0,
        failure.length,
        task.terms().decoder().loader(),
        ResultBounds.withReports(config.resultFilter()),
        unread -> {});
  }

  private void take(Attachment from, Frame.Cut cut) throws MalformedException {
    Call call = from.calls.get(cut.call());
    if (call == null) {
      return;
    }
    PendingTask task = call.task;
    if (!call.isWanted()) {
      from.outgoing.add(new Frame.Cancel(cut.rest())); // it was cancelled as a whole
      return;
    }
    boolean isNew = cut.rest() < 0 && !from.calls.containsKey(cut.rest());
    if (!isNew || cut.at() < Math.max(1, task.elementsDone()) || cut.at() >= task.count) {
      throw new MalformedException("call " + cut.call() + " cut at " + cut.at());
    }
    PendingTask rest = task.restAfter(cut.at() - 1);
    if (rest == null) {
      return;
    }
    unfinished.addRest(rest);
    Call other = new Call(rest);
    other.number = cut.rest();
    from.calls.put(other.number, other);
    dispatcher.split(call, other);
    other.sentAt = System.nanoTime();
    other.placed();
  }

  private void returned(Attachment from, long number, List<Runnable> after) {
    Call call = from.calls.get(number);
    if (call == null) {
      return;
    }
    PendingTask task = call.task;
    if (call.place != Place.SENT) { // it had begun; nothing more is known of it
      forget(from, call, 0);
      lost(call, from.peer, from.leaseOver(), after);
    } else if (call.isWanted() && !call.revoked && call.keptAt == null) {
      from.calls.remove(number);
      dispatcher.returned(call);
    } else {
      boolean isAwaited = call.revoked;
      call.isWithdrawn = call.isWanted();
      forget(from, call, 0);
      if (call.isWithdrawn) {
        unfinished.settle(call);
        task.cancelled = true;
        if (!isAwaited) {
          after.add(() -> task.over(null));
        }
      }
    }
  }

  private void kept(@Nullable Call call) {
    if (call != null) {
      dispatcher.kept(call);
      call.revoked = false;
    }
  }

  private void take(Attachment from, Frame.Progress progress, List<Runnable> after) {
    Call call = from.calls.get(progress.call());
    if (call == null) {
      return;
    }
    try {
      ProgressReport report = ProgressReport.of(progress.report());
      after.add(() -> call.task.progress(report));
    } catch (IOException e) {
      LOG.warn("[{}] member {}: a report that cannot be read", config.name(), from.peer.name(), e);
    }
  }
}

package dev.procession.cluster.internal.submitter;

import dev.procession.cluster.internal.link.ClusterLink.Peer;
import dev.procession.cluster.internal.link.Conversation;
import dev.procession.cluster.internal.link.Frame;
import dev.procession.cluster.internal.link.Lease;
import dev.procession.cluster.internal.link.Outgoing;
import dev.procession.internal.codec.LambdaTable;
import dev.procession.internal.parent.PendingTask;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A submitter's side of its business with one member; guarded by the backend's lock. */
final class Attachment {
  final Peer peer;
  final Conversation conversation;
  final Outgoing outgoing;

  /** What it has been given and has not answered. */
  final Map<Long, Call> calls = new HashMap<>();

  /** Null until it has said what it has. */
  @Nullable Member member;

  /** The longest payload that it takes. */
  long mostBytes = Long.MAX_VALUE;

  /** It drains, and was told that nothing more comes of it and nothing is awaited. */
  boolean noted;

  /** Tells it from all other members of this submitter. */
  final int index;

  /** Numbers, in this pool, of its workers that are there, by their process ids. */
  final Map<Long, Integer> workers = new ConcurrentHashMap<>();

  /** Workers that it has replaced, as far as was seen. */
  volatile long restarts;

  /** What was printed of it, without what it was told of; the printing queue's. */
  long printed;

  /** Detached tasks that it was ever given. */
  int entrusted;

  /** When its lease was counted from, the last time. */
  long grantedAt;

  /** Why it does not take this submitter, null if it does as far as is known. */
  @Nullable String refusal;

  private final BitSet defined = new BitSet(); // lambdas whose numbers it knows
  private final AtomicLong numbers;

  /**
   * With a member that was told nothing yet.
   *
   * @param index tells it from all others
   * @param numbers gives a number to each call
   */
  Attachment(Peer peer, Conversation conversation, int index, AtomicLong numbers) {
    this.peer = peer;
    this.index = index;
    this.conversation = conversation;
    this.outgoing = conversation.outgoing();
    this.numbers = numbers;
  }

  /** When nothing runs there any more for sure, should nothing be heard of it again; a nanoTime. */
  long leaseOver() {
    return grantedAt + Lease.NANOS + Lease.MARGIN_NANOS;
  }

  /** How much it has to do for each worker, with one task more. */
  double load() {
    return member == null
        ? Double.POSITIVE_INFINITY
        : (member.given + entrusted + 1.0) / Math.max(1, member.workers);
  }

  /** Sends a call there. */
  void run(Call call) {
    outgoing.add(numbered(call));
  }

  /**
   * As the other method, by the calling thread if that is of use.
   *
   * @return whether the way out has to send, which {@link Outgoing#sendHere} does
   */
  boolean runHere(Call call) {
    Frame.Run run = numbered(call);
    if (member == null || calls.size() > member.workers) { // many make one message
      outgoing.add(run);
      return false;
    }
    return outgoing.addHere(run);
  }

  private Frame.Run numbered(Call call) {
    call.number = numbers.incrementAndGet();
    calls.put(call.number, call);
    return frameOf(call.task, call.number);
  }

  /** A task as a call of that number; what it needs and that member has not is sent before. */
  Frame.Run frameOf(PendingTask task, long number) {
    byte[] payload = task.payload;
    if (payload == null) {
      throw new AssertionError("a task without its work: " + task.id);
    }
    define(task.lambda());
    return new Frame.Run(
        number,
        task.id,
        task.name(),
        task.kind,
        task.count,
        task.timeoutNanos,
        task.priority,
        task.crashes,
        task.suspect,
        task.needsSerializer(),
        task.terms().context(),
        payload);
  }

  private void define(int lambda) {
    byte[] definition = lambda < 0 || defined.get(lambda) ? null : LambdaTable.definition(lambda);
    if (definition != null) {
      defined.set(lambda);
      outgoing.add(new Frame.Define(lambda, definition));
    }
  }
}

package dev.procession.internal.parent;

import dev.procession.internal.codec.CallCodec;
import dev.procession.internal.codec.CallKind;
import dev.procession.internal.codec.Pieces;
import dev.procession.internal.wire.ProgressReport;
import java.io.InvalidObjectException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A task that was submitted in another process: what it is to do, and what comes of it, pass
 * through this one as bytes.
 *
 * <p>What a chunk is cut into are tasks of their own, here as where it was submitted.
 */
public final class RelayedTask extends PendingTask {

  /**
   * Who passes on what becomes of such tasks. Of one task nothing is told after its end, and what
   * is told of it is told in order. Any thread may call; no method may block, and {@link #cut} is
   * called under a lock.
   */
  public interface Relay {
    /** The outcome of a task or of an element, as a worker wrote it. */
    void result(RelayedTask task, ElementResult result);

    /** Values of elements that follow each other. */
    void results(RelayedTask task, ElementRun run);

    /** How far it is. */
    void progress(RelayedTask task, ProgressReport report);

    /** It was cut in two: only the elements before the one of that index are still its own. */
    void cut(RelayedTask task, int at, RelayedTask rest);

    /**
     * It is over, and this is the outcome of all elements that have none of their own.
     *
     * @param failure null if it was cancelled
     */
    void over(RelayedTask task, @Nullable Throwable failure);

    /** It is over without a last result: every element that it has kept has an outcome. */
    void ended(RelayedTask task);
  }

  private final Relay relay;
  private final boolean needsSerializer;
  private final int lambda;
  private final long submittedAt = System.nanoTime();
  private long number;

  /** As the payload, but kept until it is known what is left of it. */
  private byte[] work;

  // Guarded by this.
  private @Nullable Map<Integer, Told> early; // by the first element; null if there was none
  private int told; // elements
  private @Nullable Runnable end;

  private RelayedTask(
      Relay relay,
      long id,
      CallKind kind,
      int count,
      byte[] payload,
      boolean needsSerializer,
      int lambda,
      TaskTerms terms) {
    super(id, kind, count, payload, /* stored= */ null, terms);
    this.relay = relay;
    this.needsSerializer = needsSerializer;
    this.lambda = lambda;
    this.work = payload;
  }

  /**
   * A task as it came.
   *
   * @param id its number where it was submitted
   * @param count elements of a chunk, 1 otherwise
   * @param payload its encoded work
   * @param needsSerializer whether a worker reads that with its serializer
   * @param crashes attempts before this one
   * @param suspect whether one of them took its worker along
   * @throws InvalidObjectException if the payload is malformed
   */
  public static RelayedTask of(
      Relay relay,
      long id,
      CallKind kind,
      int count,
      byte[] payload,
      boolean needsSerializer,
      int crashes,
      boolean suspect,
      TaskTerms terms)
      throws InvalidObjectException {
    int lambda =
        kind == CallKind.CHUNK ? lambdaOfChunk(payload, count) : CallCodec.lambdaIn(payload);
    RelayedTask task =
        new RelayedTask(relay, id, kind, count, payload, needsSerializer, lambda, terms);
    task.crashes = crashes;
    task.suspect = suspect;
    return task;
  }

  private static int lambdaOfChunk(byte[] payload, int count) throws InvalidObjectException {
    Pieces pieces = new Pieces(payload);
    pieces.next();
    int lambda = CallCodec.lambdaIn(payload, pieces.offset(), pieces.length());
    pieces.skip(count);
    return lambda;
  }

  /** What {@link Relay} knows it by. */
  public long number() {
    return number;
  }

  /** Sets that, before anything is told of it. */
  public void number(long known) {
    number = known;
  }

  @Override
  long submittedAt() {
    return submittedAt;
  }

  @Override
  public int lambda() {
    return lambda;
  }

  @Override
  public boolean needsSerializer() {
    return needsSerializer;
  }

  /** That is counted where it was submitted; here the question is only whether this attempt has. */
  @Override
  boolean hasBegunBefore() {
    return false;
  }

  @Override
  PendingTask again() {
    throw new AssertionError("attempts are counted where a task was submitted: " + id);
  }

  /* ---- What is told: in the order of the elements ---- */

  /**
   * Outcomes that follow each other, to be told.
   *
   * @param elements how many
   */
  private record Told(int elements, Runnable tell) {}

  @Override
  public void element(ElementResult result) {
    tell(result.element(), new Told(1, () -> relay.result(this, result)));
  }

  @Override
  void elements(ElementRun run) {
    tell(run.first(), new Told(run.count(), () -> relay.results(this, run)));
  }

  /**
   * Results are delivered as they are at hand, and a large one is copied for a while; but who has
   * submitted the task can count no element before those ahead of it.
   */
  private synchronized void tell(int first, Told outcomes) {
    if (first == told) {
      tell(outcomes);
    } else {
      if (early == null) {
        early = new HashMap<>();
      }
      early.put(first, outcomes);
    }
    tellInOrder();
  }

  private void tell(Told outcomes) {
    outcomes.tell.run();
    told += outcomes.elements;
  }

  private void tellInOrder() {
    Told next;
    while (early != null && (next = early.remove(told)) != null) {
      tell(next);
    }
    Runnable last = end;
    if (last != null && told >= elementsDone()) {
      end = null;
      last.run();
    }
  }

  @Override
  public void progress(ProgressReport report) {
    relay.progress(this, report);
  }

  @Override
  public synchronized void over(@Nullable Throwable failure) {
    end = elementsDone() < count ? () -> relay.over(this, failure) : () -> relay.ended(this);
    tellInOrder();
  }

  @Override
  public @Nullable PendingTask restAfter(int element) {
    if (element + 1 >= count) {
      return null;
    }
    RelayedTask rest = part(element + 1, count);
    count = element + 1;
    relay.cut(this, count, rest);
    return rest;
  }

  @Override
  public PendingTask cutAt(int elements) {
    RelayedTask rest = part(elements, count);
    work = Pieces.some(work, 0, elements);
    payload = work;
    count = elements;
    relay.cut(this, elements, rest);
    return rest;
  }

  private RelayedTask part(int from, int to) {
    // Where it was submitted a further attempt is decided; here a part has not had any.
    return new RelayedTask(
        relay,
        id,
        kind,
        to - from,
        Pieces.some(work, from, to),
        needsSerializer,
        lambda,
        terms().once());
  }
}

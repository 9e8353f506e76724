package dev.procession.internal.parent;

import dev.procession.internal.codec.CallCodec;
import dev.procession.internal.codec.CallKind;
import dev.procession.internal.codec.OutOfBand;
import dev.procession.internal.codec.Pieces;
import dev.procession.internal.codec.PiecesWriter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A run of inputs of one map, which travel together; each element has an outcome of its own.
 *
 * <p>An element's outcome goes to the map as soon as it is read. When a call ends early, because
 * its worker died or was stopped at an element, what comes after that element is a new chunk.
 */
final class ChunkTask extends PendingTask {
  private final MapRun<?> map;
  private final byte[] function;
  private final boolean hasObjects;
  private final long submittedAt = System.nanoTime();

  /** The function and the arguments, as {@link Pieces}. */
  private byte[] work;

  /** Position in the map of the first element. */
  private final long firstIndex;

  /** Where an element is of another loader than the function: what reads its result. */
  private final ResultDecoder @Nullable [] decoders;

  private ChunkTask(
      MapRun<?> map,
      long id,
      byte[] function,
      byte[] work,
      PartStore.@Nullable Stored stored,
      int count,
      boolean hasObjects,
      long firstIndex,
      ResultDecoder @Nullable [] decoders,
      TaskTerms terms) {
    super(id, CallKind.CHUNK, count, work, stored, terms);
    this.map = map;
    this.function = function;
    this.work = work;
    this.hasObjects = hasObjects;
    this.firstIndex = firstIndex;
    this.decoders = decoders;
  }

  /**
   * A chunk of what was written.
   *
   * @param written the function, and at least one argument
   * @param stored the same with its large parts, if it has any; then of a single argument
   * @param decoders what read the results, or null if that is the same for all
   */
  static ChunkTask of(
      MapRun<?> map,
      long id,
      byte[] function,
      PiecesWriter written,
      PartStore.@Nullable Stored stored,
      long firstIndex,
      ResultDecoder @Nullable [] decoders,
      TaskTerms terms) {
    return new ChunkTask(
        map,
        id,
        function,
        written.toBytes(),
        stored,
        written.count() - 1,
        written.hasObjects(),
        firstIndex,
        decoders,
        terms);
  }

  /** What reads the result of that element. */
  ResultDecoder decoderOf(int element) {
    return decoders == null ? terms().decoder() : decoders[element];
  }

  @Override
  long submittedAt() {
    return submittedAt;
  }

  /** Position in the map of its first element. */
  long firstIndex() {
    return firstIndex;
  }

  @Override
  public int lambda() {
    return CallCodec.lambdaIn(function);
  }

  @Override
  public boolean needsSerializer() {
    return hasObjects || CallCodec.needsSerializer(function);
  }

  private ChunkTask part(int from, int to) {
    return new ChunkTask(
        map,
        id,
        function,
        Pieces.some(work, from, to),
        /* stored= */ null,
        to - from,
        hasObjects,
        firstIndex + from,
        decoders == null ? null : Arrays.copyOfRange(decoders, from, to),
        terms());
  }

  /** Only the element that ran, as a chunk of its own. */
  @Override
  PendingTask again() {
    if (stored() != null) {
      return this; // of one element
    }
    int running = elementsDone();
    ChunkTask again = part(running, running + 1);
    map.replaced(this, again);
    return again;
  }

  @Override
  PendingTask remaining() {
    ChunkTask remaining = part(elementsDone(), count);
    map.replaced(this, remaining);
    return remaining;
  }

  @Override
  public void element(ElementResult result) {
    map.arrived(
        firstIndex + result.element(), new Ending.Encoded(result, decoderOf(result.element())));
    if (result.last()) {
      land(result.element() + 1, result.worker().pid(), result.runNanos(), result.cpuNanos(), null);
      map.measured(result.element() + 1, result.runNanos());
      map.ended(this);
    }
  }

  private void land(
      int elements, long worker, long runNanos, long cpuNanos, @Nullable String failure) {
    if (flight != null) {
      flight.landed();
      map.write(flight, this, elements, worker, runNanos, cpuNanos, failure);
    }
  }

  @Override
  void elements(ElementRun run) {
    map.arrived(firstIndex + run.first(), run, this);
  }

  @Override
  public void over(@Nullable Throwable failure) {
    land(elementsDone(), startedBy(), 0, 0, failure == null ? "cancelled" : failure.toString());
    Ending outcome = failure == null ? Ending.CANCELLED : new Ending.Failed(failure);
    for (int i = elementsDone(); i < count; i++) {
      map.arrived(firstIndex + i, outcome);
    }
    map.ended(this);
  }

  @Override
  public @Nullable PendingTask restAfter(int element) {
    if (element + 1 >= count) {
      return null;
    }
    ChunkTask rest = part(element + 1, count);
    count = element + 1;
    map.replaced(null, rest);
    return rest;
  }

  @Override
  public PendingTask cutAt(int elements) {
    ChunkTask rest = part(elements, count);
    work = Pieces.some(work, 0, elements);
    count = elements;
    payload = work;
    map.replaced(null, rest);
    return rest;
  }

  @Override
  void runHere(Work withdrawn, PoolCodec codec) {
    try {
      Object applied = codec.calls().decode(function, 0, function.length);
      OutOfBand beside = withdrawn.beside();
      Pieces pieces = new Pieces(withdrawn.payload());
      pieces.next();
      for (int i = 0; i < count; i++) {
        pieces.next();
        Object argument =
            codec.values().decode(pieces.bytes(), pieces.offset(), pieces.length(), null, beside);
        CallKind.FUNCTION.run(new @Nullable Object[] {applied, argument});
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Exception e) {
      throw TaskFuture.unchecked(e, name());
    }
  }
}

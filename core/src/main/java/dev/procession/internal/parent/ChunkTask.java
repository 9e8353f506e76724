package dev.procession.internal.parent;

import dev.procession.internal.codec.CallCodec;
import dev.procession.internal.codec.CallKind;
import dev.procession.internal.codec.ChunkCodec;
import dev.procession.internal.codec.ValueCodec;
import java.util.List;
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
  private List<byte[]> arguments;

  /** Position in the map of the first element. */
  private final long firstIndex;

  ChunkTask(
      MapRun<?> map,
      long id,
      byte[] function,
      List<byte[]> arguments,
      long firstIndex,
      TaskTerms terms) {
    super(id, CallKind.CHUNK, arguments.size(), ChunkCodec.join(function, arguments), terms);
    this.map = map;
    this.function = function;
    this.arguments = arguments;
    this.firstIndex = firstIndex;
  }

  /** Position in the map of its first element. */
  long firstIndex() {
    return firstIndex;
  }

  @Override
  int lambda() {
    return CallCodec.lambdaIn(function);
  }

  @Override
  boolean needsSerializer() {
    return CallCodec.needsSerializer(function)
        || arguments.stream()
            .anyMatch(argument -> !ValueCodec.isPlain(argument, 0, argument.length));
  }

  private ChunkTask part(int from, int to) {
    return new ChunkTask(
        map, id, function, arguments.subList(from, to), firstIndex + from, terms());
  }

  /** Only the element that ran, as a chunk of its own. */
  @Override
  PendingTask again() {
    int running = elementsDone();
    ChunkTask again = part(running, running + 1);
    map.replaced(this, again);
    return again;
  }

  @Override
  void element(ElementResult result) {
    map.arrived(
        firstIndex + result.element(),
        new Ending.Encoded(result.status(), result.bytes()),
        result.runNanos());
    if (result.last()) {
      map.ended(this);
    }
  }

  @Override
  void over(@Nullable Throwable failure) {
    Ending outcome = failure == null ? Ending.CANCELLED : new Ending.Failed(failure);
    for (int i = elementsDone(); i < count; i++) {
      map.arrived(firstIndex + i, outcome, 0);
    }
    map.ended(this);
  }

  @Override
  @Nullable PendingTask restAfter(int element) {
    if (element + 1 >= count) {
      return null;
    }
    ChunkTask rest = part(element + 1, count);
    count = element + 1;
    map.replaced(null, rest);
    return rest;
  }

  @Override
  PendingTask cutAt(int elements) {
    ChunkTask rest = part(elements, count);
    arguments = arguments.subList(0, elements);
    count = elements;
    payload = ChunkCodec.join(function, arguments);
    map.replaced(null, rest);
    return rest;
  }

  @Override
  void runHere(byte[] work, PoolCodec codec) {
    try {
      Object applied = codec.calls().decode(function, 0, function.length);
      for (byte[] argument : arguments) {
        CallKind.FUNCTION.run(
            new @Nullable Object[] {applied, codec.values().decode(argument, 0, argument.length)});
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Exception e) {
      throw TaskFuture.unchecked(e, name());
    }
  }
}

package dev.procession.internal.parent;

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

  /**
   * Elements whose outcome was delivered; written by who drains or settles, one after the other.
   */
  private volatile int done;

  ChunkTask(
      MapRun<?> map,
      long id,
      byte[] function,
      List<byte[]> arguments,
      long firstIndex,
      String name,
      long timeoutNanos) {
    super(
        id,
        CallKind.CHUNK,
        arguments.size(),
        ChunkCodec.join(function, arguments),
        name,
        timeoutNanos);
    this.map = map;
    this.function = function;
    this.arguments = arguments;
    this.firstIndex = firstIndex;
  }

  private ChunkTask from(int element) {
    return new ChunkTask(
        map,
        id,
        function,
        arguments.subList(element, arguments.size()),
        firstIndex + element,
        name(),
        timeoutNanos);
  }

  @Override
  void element(ElementResult result) {
    done = result.element() + 1;
    map.arrived(
        this,
        firstIndex + result.element(),
        new Ending.Encoded(result.status(), result.bytes()),
        result.runNanos(),
        result.last());
  }

  @Override
  void over(@Nullable Throwable failure) {
    if (failure == null) {
      for (int i = done; i < count; i++) {
        map.arrived(this, firstIndex + i, Ending.CANCELLED, 0, i == count - 1);
      }
    } else {
      map.arrived(this, firstIndex + done, new Ending.Failed(failure), 0, true);
    }
  }

  @Override
  @Nullable PendingTask restAfter(int element) {
    if (element + 1 >= count) {
      return null;
    }
    ChunkTask rest = from(element + 1);
    map.replaced(this, rest);
    return rest;
  }

  @Override
  int elementsDone() {
    return done;
  }

  @Override
  PendingTask cutAt(int elements) {
    ChunkTask rest = from(elements);
    arguments = arguments.subList(0, elements);
    count = elements;
    payload = ChunkCodec.join(function, arguments);
    map.replaced(null, rest);
    return rest;
  }

  @Override
  void runHere(byte[] work, ValueCodec codec) {
    try {
      Object applied = codec.decode(function, 0, function.length);
      for (byte[] argument : arguments) {
        CallKind.FUNCTION.run(
            new @Nullable Object[] {applied, codec.decode(argument, 0, argument.length)});
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Exception e) {
      throw TaskFuture.unchecked(e, name());
    }
  }
}

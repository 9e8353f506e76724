package dev.procession.internal.parent;

import dev.procession.internal.codec.FailureCodec;
import dev.procession.internal.codec.Unreadable;
import dev.procession.internal.codec.Unreadable.Where;
import dev.procession.internal.codec.ValueCodec;
import dev.procession.internal.wire.Frames;
import dev.procession.spi.TaskSerializer;
import org.jspecify.annotations.Nullable;

/** Turns what a worker reported into a value or a failure; may run user code. */
final class ResultDecoder {
  private final ValueCodec codec;
  private final ClassLoader loader;
  private final Where whereTasks;

  ResultDecoder(ValueCodec codec, ClassLoader loader) {
    this.codec = codec;
    this.loader = loader;
    this.whereTasks =
        codec.loaders().areChecked()
            ? Where.WORKER_AND_HERE
            : Where.WORKER; // as asking is checking
  }

  /** Reads whatever this one loader finds. */
  static ResultDecoder of(TaskSerializer serializer, ClassLoader loader) {
    return new ResultDecoder(new ValueCodec(serializer, loader), loader);
  }

  /** One for the results of a call that is read by that loader. */
  ResultDecoder by(@Nullable ClassLoader other) {
    return other == null ? this : new ResultDecoder(codec, other);
  }

  /** Finds the classes of results. */
  ClassLoader loader() {
    return loader;
  }

  /** Whether {@link #decode} runs no user code for it and is cheap. */
  static boolean isPlain(int status, byte[] bytes) {
    return status == Frames.BYTES
        || (status == Frames.VALUE && ValueCodec.isPlain(bytes, 0, bytes.length));
  }

  /** Whether the pool's serializer has been needed, for a task or a result. */
  boolean hasUsedSerializer() {
    return codec.hasUsedSerializer();
  }

  Ending decodeValue(byte[] bytes, int offset, int length) {
    try {
      return new Ending.Value(codec.decode(bytes, offset, length, loader));
    } catch (Throwable e) {
      return new Ending.Failed(
          Unreadable.explain("the result could not be read", e, Where.HERE, loader));
    }
  }

  Ending decode(int status, byte[] bytes) {
    if (status == Frames.VALUE) {
      return decodeValue(bytes, 0, bytes.length);
    }
    if (status == Frames.BYTES) {
      return new Ending.Value(bytes);
    }
    Throwable failure = FailureCodec.decode(bytes, 0, bytes.length, loader);
    return new Ending.Failed(
        status == Frames.TASK_UNREADABLE && !(failure instanceof VirtualMachineError)
            ? Unreadable.explain("the task could not be read", failure, whereTasks, loader)
            : failure);
  }
}

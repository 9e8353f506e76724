package dev.procession.internal.parent;

import dev.procession.internal.codec.FailureCodec;
import dev.procession.internal.codec.Unreadable;
import dev.procession.internal.codec.ValueCodec;
import dev.procession.internal.wire.Frames;

/** Turns what a worker reported into a value or a failure; may run user code. */
final class ResultDecoder {
  private final ValueCodec codec;
  private final ClassLoader loader;

  ResultDecoder(ValueCodec codec, ClassLoader loader) {
    this.codec = codec;
    this.loader = loader;
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
      return new Ending.Value(codec.decode(bytes, offset, length));
    } catch (Throwable e) {
      return new Ending.Failed(Unreadable.explainUnreadable("the result", e, loader));
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
            ? Unreadable.explainUnreadable("the task", failure, loader)
            : failure);
  }
}

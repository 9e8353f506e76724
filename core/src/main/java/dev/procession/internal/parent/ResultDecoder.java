package dev.procession.internal.parent;

import dev.procession.internal.codec.BufferHandle;
import dev.procession.internal.codec.CodeLoaders;
import dev.procession.internal.codec.FailureCodec;
import dev.procession.internal.codec.GadgetRefused;
import dev.procession.internal.codec.JdkSerializer;
import dev.procession.internal.codec.OutOfBand;
import dev.procession.internal.codec.ResultBounds;
import dev.procession.internal.codec.Unreadable;
import dev.procession.internal.codec.Unreadable.Where;
import dev.procession.internal.codec.ValueCodec;
import dev.procession.internal.wire.Frames;
import dev.procession.spi.TaskSerializer;
import java.io.InvalidClassException;
import java.io.ObjectInputFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Turns what a worker reported into a value or a failure; may run user code. */
public final class ResultDecoder {
  private final ValueCodec tasks;
  private final ValueCodec results;
  private final ClassLoader loader;
  private final @Nullable ObjectInputFilter filter;
  private final Attacks attacks;

  /** Buffers that the call names: somebody has to refer to them until its result is read. */
  @SuppressWarnings("unused")
  private final List<BufferHandle> kept;

  /** One for all decoders of a pool. */
  private static final class Attacks {
    private volatile LongConsumer listener = worker -> {};
  }

  private ResultDecoder(
      ValueCodec tasks,
      ValueCodec results,
      ClassLoader loader,
      @Nullable ObjectInputFilter filter,
      Attacks attacks,
      List<BufferHandle> kept) {
    this.kept = kept;
    this.attacks = attacks;
    this.tasks = tasks;
    this.results = results;
    this.loader = loader;
    this.filter = filter;
  }

  /**
   * A decoder.
   *
   * @param tasks what writes the pool's tasks
   * @param filter bounds what is read by JDK serialisation then, if there is one
   */
  static ResultDecoder of(
      ValueCodec tasks,
      TaskSerializer serializer,
      ClassLoader loader,
      @Nullable ObjectInputFilter filter) {
    TaskSerializer reader = filter == null ? serializer : new JdkSerializer(filter);
    // A result is read by the loader of its task, whatever it says itself.
    ValueCodec results = new ValueCodec(reader, CodeLoaders.of(loader));
    return new ResultDecoder(tasks, results, loader, filter, new Attacks(), List.of());
  }

  /** Reads whatever this one loader finds. */
  static ResultDecoder of(TaskSerializer serializer, ClassLoader loader) {
    return of(new ValueCodec(serializer, loader), serializer, loader, null);
  }

  /** One for the results of a call that is read by that loader. */
  ResultDecoder by(@Nullable ClassLoader other) {
    return other == null ? this : new ResultDecoder(tasks, results, other, filter, attacks, kept);
  }

  /** One that keeps those buffers as well. */
  ResultDecoder keeping(List<BufferHandle> buffers) {
    if (buffers.isEmpty()) {
      return this;
    }
    List<BufferHandle> all = new ArrayList<>(kept);
    all.addAll(buffers);
    return new ResultDecoder(tasks, results, loader, filter, attacks, all);
  }

  /** Finds the classes of results. */
  public ClassLoader loader() {
    return loader;
  }

  /** Whether {@link #decode} runs no user code for it and is cheap. */
  boolean isPlain(int status, byte[] bytes) {
    return filter == null && status == Frames.VALUE && ValueCodec.isPlain(bytes, 0, bytes.length);
  }

  /** Whether the pool's serializer has been needed, for a task or a result. */
  boolean hasUsedSerializer() {
    return tasks.hasUsedSerializer() || (filter == null && results.hasUsedSerializer());
  }

  /**
   * Who has sent a result that is an attack is to be told to that one, by {@link
   * TaskHolder#origin}.
   */
  public void onAttack(LongConsumer listener) {
    attacks.listener = listener;
  }

  /**
   * Turns bytes into the value.
   *
   * @param worker {@link TaskHolder#origin} of who has sent them
   */
  Ending decodeValue(byte[] bytes, int offset, int length, long worker) {
    return decodeValue(bytes, offset, length, OutOfBand.NONE, worker);
  }

  private Ending decodeValue(byte[] bytes, int offset, int length, OutOfBand beside, long worker) {
    try {
      checkSize(bytes, offset, length, beside);
      return new Ending.Value(results.decode(bytes, offset, length, loader, beside));
    } catch (Throwable e) {
      tellOfAttack(e, worker);
      return unreadable(e);
    }
  }

  private void tellOfAttack(Throwable unread, long worker) {
    if (GadgetRefused.isReason(unread)) {
      attacks.listener.accept(worker);
    }
  }

  /** Asks the filter, if there is one. */
  private void checkSize(byte[] bytes, int offset, int length, OutOfBand beside)
      throws InvalidClassException {
    if (filter == null) {
      return;
    }
    int elements = ValueCodec.arrayLength(bytes, offset, length);
    ResultBounds.check(
        filter, elements < 0 ? null : byte[].class, elements, length + beside.bytes());
    beside.check(filter);
  }

  private Ending unreadable(Throwable cause) {
    return new Ending.Failed(
        Unreadable.explain("the result could not be read", cause, Where.HERE, loader));
  }

  /**
   * Turns what was reported into a value or a failure.
   *
   * @param beside the large parts that the bytes refer to
   * @param worker {@link TaskHolder#origin} of who has reported it
   */
  Ending decode(int status, byte[] bytes, OutOfBand beside, long worker) {
    if (status == Frames.VALUE) {
      return decodeValue(bytes, 0, bytes.length, beside, worker);
    }
    ObjectInputFilter ofFailure =
        status == Frames.THREW ? filter : ResultBounds.withReports(filter);
    Throwable failure =
        FailureCodec.decode(
            bytes, 0, bytes.length, loader, ofFailure, unread -> tellOfAttack(unread, worker));
    return new Ending.Failed(
        status == Frames.TASK_UNREADABLE && !(failure instanceof VirtualMachineError)
            ? Unreadable.explain("the task could not be read", failure, whereTasks(), loader)
            : failure);
  }

  private Where whereTasks() {
    return tasks.loaders().areChecked() // as asking is checking
        ? Where.WORKER_AND_HERE
        : Where.WORKER;
  }
}

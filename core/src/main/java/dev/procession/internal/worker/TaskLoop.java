package dev.procession.internal.worker;

import dev.procession.internal.codec.CallKind;
import dev.procession.internal.codec.FailureCodec;
import dev.procession.internal.codec.NotSerializable;
import dev.procession.internal.codec.OutOfBand;
import dev.procession.internal.codec.Pieces;
import dev.procession.internal.codec.ValueCodec;
import dev.procession.internal.context.ContextCarriers;
import dev.procession.internal.context.ContextCarriers.Captured;
import dev.procession.internal.wire.BufferNames;
import dev.procession.internal.wire.Frames;
import dev.procession.internal.wire.ProgressReport;
import dev.procession.internal.wire.Region;
import dev.procession.internal.wire.RegionLayout;
import dev.procession.internal.wire.SegmentInput;
import dev.procession.internal.wire.SegmentReader;
import dev.procession.internal.wire.SegmentRef;
import dev.procession.internal.wire.SpscRing;
import dev.procession.internal.wire.WireException;
import dev.procession.spi.ContextCarrier.Scope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Takes calls from the ring, runs them one after another, and publishes what became of each, until
 * the parent says stop. For the worker's task thread alone.
 */
final class TaskLoop {
  /** A call that is shorter is drawn together with others, without its parts. */
  private static final long SHORT_NANOS = 20_000;

  /** After so many short calls the parts of the next are not timed: the clock is a tenth of one. */
  private static final int SHORTS = 16;

  /** Between looks of a worker that nobody can ring because its channel is not there yet. */
  private static final long EARLY_NAP_NANOS = 500_000;

  /** A call that made the parent start this worker comes sooner, and is not to wait for that. */
  private static final long REHEARSE_AFTER_NANOS = 20_000_000;

  private static final Scope NO_SCOPE = () -> {};
  private static final Captured NOTHING = () -> NO_SCOPE;

  private final Region region;
  private final SpscRing calls;
  private final SegmentReader segments;
  private final SegmentReader parts;
  private final WorkerCodec codec;
  private final ResultPublisher results;
  private final TaskThread taskThread;
  private final CallContexts contexts;
  private final WorkerBuffers buffers;
  private final TaskOutput[] outputs;
  private final CpuClock cpuClock;
  private boolean rehearsed; // or more than that
  private Captured captured = NOTHING; // what goes along with the call that runs
  private boolean timed; // whether the parent wants to know more of it than how long it ran
  private int shorts; // calls in a row that were too short for that to be of interest
  private OutOfBand beside = OutOfBand.NONE; // the large parts of that call, until they are decoded
  private volatile boolean stopped;

  TaskLoop(
      Region region,
      SegmentReader segments,
      SegmentReader parts,
      WorkerCodec codec,
      ResultPublisher results,
      TaskThread taskThread,
      CallContexts contexts,
      WorkerBuffers buffers,
      TaskOutput[] outputs,
      CpuClock cpuClock) {
    this.region = region;
    this.calls = region.calls();
    this.segments = segments;
    this.parts = parts;
    this.codec = codec;
    this.results = results;
    this.taskThread = taskThread;
    this.contexts = contexts;
    this.buffers = buffers;
    this.outputs = outputs;
    this.cpuClock = cpuClock;
  }

  /** Has {@link #run} return once the call that runs has ended; from any thread. */
  void stop() {
    stopped = true;
  }

  /** Returns when the parent says stop. */
  void run() throws IOException {
    contexts.enter();
    cpuClock.resetAt(System.nanoTime());
    while (true) {
      int at = await();
      if (at < 0) {
        return;
      }
      switch (calls.type()) {
        case Frames.STOP -> {
          calls.release();
          return;
        }
        case Frames.DEFINE -> define(at);
        case Frames.PREPARE -> codec.calls().prepare(define(at));
        default -> {
          rehearsed = true;
          runCall(at);
        }
      }
    }
  }

  /**
   * Waits for a record: spins as long as the parent allows, then sleeps until the doorbell. Returns
   * where it is, or -1 if the loop is to end.
   */
  private int await() throws IOException {
    int at = calls.poll();
    if (at >= 0) {
      return at;
    }
    long spinUntil = System.nanoTime() + region.spinNanos();
    while (at < 0 && !stopped) {
      for (int i = 0; i < 64 && at < 0; i++) {
        Thread.onSpinWait();
        at = calls.poll();
      }
      if (at < 0 && System.nanoTime() - spinUntil > 0) {
        at = sleep();
      }
    }
    return at;
  }

  private int sleep() throws IOException {
    long since = System.nanoTime();
    int at;
    region.workerAsleep(true);
    while ((at = calls.poll()) < 0 && !stopped) {
      if (!results.canBeRung()) {
        LockSupport.parkNanos(this, EARLY_NAP_NANOS);
      } else if (!rehearsed) {
        LockSupport.parkNanos(this, REHEARSE_AFTER_NANOS);
      } else {
        LockSupport.park(this);
      }
      Thread.interrupted(); // nobody interrupts a thread that runs no task on purpose
      if (!rehearsed && System.nanoTime() - since >= REHEARSE_AFTER_NANOS) {
        rehearsed = true;
        codec.rehearse();
      }
      region.workerAsleep(true);
    }
    region.workerAsleep(false);
    cpuClock.resetAt(System.nanoTime());
    return at;
  }

  private int define(int at) throws IOException {
    ByteBuffer buffer = region.buffer();
    int number = buffer.getInt(at);
    byte[] definition = new byte[Math.max(0, calls.length() - Frames.DEFINITION)];
    buffer.get(at + Frames.DEFINITION, definition);
    calls.release();
    codec.calls().define(number, definition);
    return number;
  }

  private void runCall(int at) throws IOException {
    ByteBuffer buffer = region.buffer();
    CallKind kind = CallKind.ofRecordType(calls.type());
    long sequence = buffer.getLong(at);
    int flags = buffer.getInt(at + 8);
    int count = buffer.getInt(at + 12);
    if ((flags & Frames.WARM) != 0) {
      codec.warmUp(); // first: a deadline counts from the claim
    }
    if ((flags & Frames.CONTEXT) != 0) {
      ContextCarriers unused = codec.carriers(); // likewise
    }
    if (!region.claim(sequence)) {
      calls.release();
      region.passed(sequence);
      return;
    }
    region.progress().begun(0, System.nanoTime());
    byte[] context = (flags & Frames.CONTEXT) == 0 ? null : context(at);
    int payloadAt = Frames.CALL_PAYLOAD + (context == null ? 0 : Integer.BYTES + context.length);
    byte[] inline = {};
    SegmentRef ref = null;
    if ((flags & Frames.IN_SEGMENT) != 0) {
      ref = Frames.getRef(buffer, at + payloadAt);
    } else {
      inline = new byte[calls.length() - payloadAt];
      buffer.get(at + payloadAt, inline, 0, inline.length);
    }
    calls.release();
    for (TaskOutput output : outputs) {
      output.taskBegins(sequence);
    }
    timed = (flags & Frames.TIMED) != 0 && shorts < SHORTS;
    results.begin(sequence);
    taskThread.begin(sequence);
    contexts.begin(sequence);
    captured = context == null ? NOTHING : codec.carriers().read(context);
    if (kind == CallKind.CHUNK) {
      runChunk(sequence, inline, ref, flags, count);
    } else {
      runSingle(sequence, kind, inline, ref, flags);
    }
    beside = OutOfBand.NONE;
    region.passed(sequence);
  }

  /** The encoded work of a call, wherever it lies; its large parts are {@link #beside} it then. */
  private byte[] read(byte[] inline, @Nullable SegmentRef ref, int flags) throws IOException {
    beside = OutOfBand.NONE;
    if (ref == null) {
      return inline;
    }
    if ((flags & Frames.OUT_OF_BAND) == 0) {
      return segments.read(ref);
    }
    try (SegmentInput in = parts.open(ref)) {
      OutOfBand.Received received = OutOfBand.read(in);
      beside = received.beside();
      return received.payload();
    }
  }

  /** What goes along with the call. */
  private byte[] context(int at) throws WireException {
    int room = calls.length() - Frames.CALL_PAYLOAD - Integer.BYTES;
    int length = room < 0 ? -1 : region.buffer().getInt(at + Frames.CALL_PAYLOAD);
    if (length < 0 || length > room) {
      throw new WireException("a context of " + length + " bytes with " + room + " left");
    }
    byte[] context = new byte[length];
    region.buffer().get(at + Frames.CALL_PAYLOAD + Integer.BYTES, context);
    return context;
  }

  private void runSingle(
      long sequence, CallKind kind, byte[] inline, @Nullable SegmentRef ref, int flags)
      throws IOException {
    long begun = System.nanoTime();
    cpuClock.begins(begun);
    Outcome outcome = new Outcome();
    Object work = null;
    try {
      byte[] payload = read(inline, ref, flags);
      work = codec.calls().decode(payload, 0, payload.length, beside);
      beside = OutOfBand.NONE; // they are the task's, which may want their memory back
    } catch (Throwable e) {
      outcome.failed(Frames.TASK_UNREADABLE, e);
    }
    if (timed) {
      outcome.readAt = System.nanoTime();
    }
    if (outcome.status == Frames.VALUE) {
      RemoteLoader loader = loaderOf(work instanceof Object[] parts ? parts[0] : work);
      ClassLoader before = enter(loader);
      run(outcome, kind, work);
      leave(loader, before);
    }
    finish(sequence, 0, begun, outcome, /* last= */ true, 0);
  }

  private void run(Outcome outcome, CallKind kind, @Nullable Object work) {
    Scope scope = captured.restore(); // for each element anew: what one changes is not for the next
    try {
      outcome.run(codec.results(), kind, work, buffers);
    } finally {
      scope.close();
    }
  }

  /** The loader of code that this process has from the parent, else null. */
  private static @Nullable RemoteLoader loaderOf(@Nullable Object code) {
    return code != null && code.getClass().getClassLoader() instanceof RemoteLoader loader
        ? loader
        : null;
  }

  /** Code of another loader finds by name what it finds at home. */
  private static @Nullable ClassLoader enter(@Nullable RemoteLoader loader) {
    if (loader == null) {
      return null;
    }
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    return before;
  }

  private static void leave(@Nullable RemoteLoader loader, @Nullable ClassLoader before) {
    if (loader != null) {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  private void runChunk(
      long sequence, byte[] inline, @Nullable SegmentRef ref, int flags, int count)
      throws IOException {
    Pieces chunk;
    Object function;
    long callBegun = System.nanoTime();
    cpuClock.begins(callBegun);
    try {
      byte[] payload = read(inline, ref, flags);
      chunk = new Pieces(payload);
      chunk.next();
      function = codec.calls().decode(payload, chunk.offset(), chunk.length());
    } catch (Throwable e) {
      failAll(sequence, callBegun, count, e);
      return;
    }
    RemoteLoader loader = loaderOf(function);
    ClassLoader before = enter(loader);
    try {
      runElements(sequence, callBegun, count, function, chunk, loader);
    } finally {
      leave(loader, before);
    }
  }

  private void runElements(
      long sequence,
      long callBegun,
      int count,
      @Nullable Object function,
      Pieces chunk,
      @Nullable RemoteLoader loader)
      throws IOException {
    for (int i = 0; i < count; i++) {
      region.progress().begun(i, System.nanoTime());
      Outcome outcome = new Outcome();
      boolean mayRun = region.progress().mayRun(sequence);
      results.wakeParentAfterFence(); // for the element before
      if (!mayRun) {
        finish(sequence, i, callBegun, outcome, /* last= */ true, Frames.CUT);
        return;
      }
      @Nullable Object[] work = {function, null};
      try {
        chunk.next();
        work[1] =
            codec.values().decode(chunk.bytes(), chunk.offset(), chunk.length(), loader, beside);
      } catch (Throwable e) {
        outcome.failed(Frames.TASK_UNREADABLE, e);
      }
      if (outcome.status == Frames.VALUE) {
        run(outcome, CallKind.FUNCTION, work);
      }
      boolean stopped = outcome.outOfMemory || taskThread.isInterrupted(sequence);
      boolean last = stopped || i == count - 1;
      if (!last && outcome.isShortValue()) {
        results.publishElement(i, outcome.payload);
      } else {
        finish(sequence, i, callBegun, outcome, last, 0);
      }
      if (last) {
        return;
      }
      Thread.interrupted(); // an interrupt that one element left behind is not for the next
    }
    throw new IllegalStateException("a chunk without elements");
  }

  /** The chunk's function could not be read: that is every element's failure. */
  private void failAll(long sequence, long begun, int count, Throwable failure) throws IOException {
    Outcome unreadable = new Outcome();
    unreadable.failed(Frames.TASK_UNREADABLE, failure);
    for (int i = 0; i < count; i++) {
      finish(sequence, i, begun, unreadable, /* last= */ i == count - 1, 0);
    }
  }

  private void finish(
      long sequence, int element, long begun, Outcome outcome, boolean last, int moreFlags)
      throws IOException {
    long ended = System.nanoTime();
    int flags = outcome.status | outcome.flags | moreFlags;
    if (outcome.outOfMemory) {
      flags |= Frames.SPENT;
    }
    if (last) {
      flags |= Frames.LAST;
      ProgressReport progress = contexts.end();
      if (progress != null) {
        results.publishProgress(progress);
      }
      if (taskThread.end(sequence)) {
        flags |= Frames.SPENT;
      }
      for (TaskOutput output : outputs) {
        output.taskEnds();
      }
    }
    shorts = ended - begun < SHORT_NANOS ? Math.min(SHORTS, shorts + 1) : 0;
    long cpu = cpuClock.spent(begun, ended);
    results.publish(
        element,
        flags,
        begun,
        ended - begun,
        cpu,
        outcome.readAt == 0 ? 0 : outcome.times(begun, ended),
        outcome.payload,
        outcome.beside);
  }

  /** What became of one piece of work, encoded. */
  private static final class Outcome {
    int status = Frames.VALUE;
    int flags;
    boolean outOfMemory;
    long readAt; // when the call was read, 0 if that is not wanted
    long ranAt; // when the task was over, likewise
    byte[] payload = {};
    OutOfBand beside = OutOfBand.NONE;

    boolean isShortValue() {
      return status == Frames.VALUE
          && flags == 0
          && beside.isEmpty()
          && payload.length <= RegionLayout.MAX_INLINE;
    }

    void run(ValueCodec codec, CallKind kind, @Nullable Object work, WorkerBuffers buffers) {
      buffers.begin();
      runAndEncode(codec, kind, work, buffers);
      List<String> handedOver = buffers.end(/* crossed= */ status == Frames.VALUE);
      if (!handedOver.isEmpty()) {
        payload = new BufferNames(handedOver, payload).toBytes();
        flags = Frames.BUFFERS;
      }
    }

    private void runAndEncode(
        ValueCodec codec, CallKind kind, @Nullable Object work, WorkerBuffers buffers) {
      Object value;
      try {
        value = kind.run(work);
      } catch (Throwable e) {
        ranAt = readAt == 0 ? 0 : System.nanoTime();
        failed(Frames.THREW, e);
        return;
      }
      ranAt = readAt == 0 ? 0 : System.nanoTime();
      buffers.encodes();
      try {
        OutOfBand parts = new OutOfBand();
        payload = codec.encode(value, parts);
        if (buffers.areMade()) {
          parts.copyBuffers();
        }
        beside = parts;
      } catch (Throwable e) {
        failed(Frames.RESULT_UNWRITABLE, explain(value, e));
      }
    }

    private static Throwable explain(@Nullable Object value, Throwable cause) {
      return cause instanceof OutOfMemoryError
          ? cause
          : NotSerializable.explainResult(value, cause);
    }

    /** Microseconds of reading in the upper half, of writing in the lower. */
    long times(long begun, long ended) {
      return micros(readAt - begun) << Integer.SIZE | micros(ranAt == 0 ? 0 : ended - ranAt);
    }

    private static long micros(long nanos) {
      return Math.min(Integer.MAX_VALUE, Math.max(0, nanos) / 1_000);
    }

    void failed(int status, Throwable failure) {
      this.status = status;
      this.outOfMemory = failure instanceof OutOfMemoryError;
      payload = FailureCodec.encode(failure);
    }
  }
}

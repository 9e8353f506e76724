package dev.procession.internal.parent;

import dev.procession.ExitReason;
import dev.procession.SharedBuffer;
import dev.procession.WorkerState;
import dev.procession.WorkerVitals;
import dev.procession.internal.codec.CallKind;
import dev.procession.internal.codec.OutOfBand;
import dev.procession.internal.flight.FlightLog;
import dev.procession.internal.flight.FlightLog.WorkerFlight;
import dev.procession.internal.wire.BufferNames;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.Frames;
import dev.procession.internal.wire.ProgressReport;
import dev.procession.internal.wire.Region;
import dev.procession.internal.wire.RegionLayout;
import dev.procession.internal.wire.SegmentInput;
import dev.procession.internal.wire.SegmentReader;
import dev.procession.internal.wire.SegmentRef;
import dev.procession.internal.wire.SegmentWriter;
import dev.procession.internal.wire.SpscRing;
import dev.procession.internal.wire.WireException;
import dev.procession.internal.wire.WorkerFiles;
import java.io.EOFException;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One worker as the parent holds it: its state, the calls in its ring, and the two ends of the
 * wire.
 *
 * <p>The call side and everything marked so is guarded by the scheduler's lock. The result side is
 * read by whoever holds {@link #draining}: the supervisor's thread, or a caller that waits.
 */
final class WorkerSlot implements TaskHolder {
  /** Between two questions for how its JVM fares. */
  private static final long VITALS_NANOS = 400_000_000;

  /** Records read before futures are completed and the ring is filled again. */
  private static final int BATCH = 256;

  /** Values of elements read before that; there is less to do for each. */
  private static final int MOST_ELEMENTS = 4096;

  /** A larger payload is copied by a background thread, and not by the one that comes upon it. */
  static final int COPY_HERE = (1 << 20) + 1024;

  /** Callers that spin, of all pools in this JVM. */
  private static final AtomicInteger SPINNING = new AtomicInteger();

  private static final int SLOT_MASK = RegionLayout.SLOTS - 1;

  final int number;
  final long createdAt = System.nanoTime();
  final @Nullable WorkerFlight flight = FlightLog.launching();
  private final LocalServices pool;
  final WorkerProcess process;

  // Set once, before the state leaves STARTING.
  private @Nullable Region region;
  private @Nullable SegmentWriter callSegments;
  private @Nullable SegmentReader resultSegments;
  private volatile @Nullable SocketChannel channel;
  private final Outbox outbox = new Outbox();
  private volatile long pid = -1;

  // Guarded by the scheduler's lock; volatile where others look.
  volatile WorkerState state = WorkerState.STARTING;

  /** Who wants to know what its threads do. */
  private final Queue<CompletableFuture<String>> curious = new ConcurrentLinkedQueue<>();

  private final AtomicReference<@Nullable CompletableFuture<ControlMessages.Profile>> profile =
      new AtomicReference<>();
  private volatile @Nullable WorkerVitals vitals;
  private volatile boolean vitalsAwaited;
  private volatile boolean answersEnded;
  private volatile long vitalsAskedAt = System.nanoTime() - VITALS_NANOS;

  /** Classes and resources that it has asked for and not been given yet. */
  final AtomicInteger questions = new AtomicInteger();

  private final Occupancy occupancy;
  private volatile boolean spare;
  int inRing;
  long tasksDone;
  long tasksFailed;
  ActivityLog.@Nullable Open span; // of what it does, while somebody looks
  ActivityLog.@Nullable Failing failing; // of the call that it runs, likewise
  private int budget;
  private boolean lastLine;
  boolean hasBegunTask;
  boolean outgrown; // to be replaced once a successor is ready
  boolean loading;
  boolean slow; // the call that it runs has not ended for a tick or more
  boolean stopSent;
  boolean accused;
  boolean killedByOrder; // of an observer, which says nothing of whether workers can be started
  long idleSince;
  long readyAt;
  long closedAt;
  long checkAt = Long.MAX_VALUE;
  long killAt = Long.MAX_VALUE;
  long lookAt = Long.MAX_VALUE;
  long lastTickOldest;
  long longAt = Long.MAX_VALUE; // when that call counts as long
  @Nullable ExitReason endReason;
  @Nullable String stoppedTask; // name of the task that it is being stopped for
  Duration stoppedAfter = Duration.ZERO;
  volatile boolean askedForThreads;
  private boolean warm; // its serializer is, or will be before any later call
  private final BitSet defined = new BitSet(); // lambdas whose numbers it knows
  private long firstSequence = 1;
  private long nextSequence = 1;

  private final AtomicReferenceArray<@Nullable PendingTask> ring =
      new AtomicReferenceArray<>(RegionLayout.SLOTS);

  /** What to call the last calls, for output that comes after their end. */
  private final AtomicReferenceArray<@Nullable TaskLabel> labels =
      new AtomicReferenceArray<>(RegionLayout.SLOTS);

  // The result side.
  private final AtomicBoolean draining = new AtomicBoolean();
  private final List<Reported> batch = new ArrayList<>(); // guarded by draining
  private final List<PendingTask> cutShort = new ArrayList<>(); // guarded by draining
  private int runBytes = ElementRun.FEWEST_BYTES; // guarded by draining
  private final AtomicInteger helpers = new AtomicInteger();
  private volatile long wakingNanos = Fleet.WAKING_NANOS; // a guess that callers correct
  private final AtomicInteger copying = new AtomicInteger();
  private volatile boolean broken;

  /** The last call that was cut, taken back or not; written under the scheduler's lock. */
  private volatile long lastCut;

  // Of the looks at its process, one at a time.
  final AtomicBoolean looking = new AtomicBoolean();
  int stoppedLooks;
  long stoppedLookAt;

  private final AtomicBoolean buried = new AtomicBoolean();

  /** Its launcher did not come back in time. */
  volatile boolean givenUp;

  /** Everything the worker said on its private channel was read. */
  final CountDownLatch channelEnded = new CountDownLatch(1);

  /** A call and the task it was for, without the task's data. */
  record TaskLabel(long sequence, long id, String name) {}

  /**
   * A frame that was read: whose it is, whether it is the outcome, and where the payload lies if it
   * is still to be copied.
   */
  record Reported(
      PendingTask task,
      ElementResult result,
      int flags,
      boolean counts,
      @Nullable SegmentRef toCopy) {
    boolean isLast() {
      return (flags & Frames.LAST) != 0;
    }

    /** Whether it is no result but says that the call ends before this element. */
    boolean isCut() {
      return (flags & Frames.CUT) != 0;
    }

    boolean isSpent() {
      return (flags & Frames.SPENT) != 0;
    }
  }

  WorkerSlot(
      LocalServices pool,
      Occupancy occupancy,
      int number,
      boolean spare,
      int budget,
      WorkerProcess process) {
    this.pool = pool;
    this.occupancy = occupancy;
    this.number = number;
    this.spare = spare;
    this.budget = budget;
    this.process = process;
  }

  /** The shared memory is there; before the process is launched. */
  void attach(Region region, SegmentWriter callSegments, SegmentReader resultSegments) {
    this.region = region;
    lease(pool.leaseUntil());
    this.callSegments = callSegments;
    this.resultSegments = resultSegments;
  }

  /** Until when it may live without a further word, a nanoTime; 0 for ever. */
  void lease(long nanoTime) {
    Region mapped = region;
    if (mapped != null && nanoTime != 0) {
      mapped.lease(nanoTime);
    }
  }

  /** The worker has said hello. */
  void connected(SocketChannel channel, long pid) {
    if (this.pid < 0) { // else it has announced one
      this.pid = pid;
    }
    this.channel = channel;
    sendMore(channel);
    send(ControlMessages.bell()); // from now on it need not look whether there is something to do
  }

  /**
   * Takes note if the worker has said in its region that it is ready, before its channel is there.
   */
  boolean noteAnnouncement() {
    Region mapped = region;
    long found = mapped == null || channel != null ? 0 : mapped.announced();
    if (found > 0) {
      pid = found;
    }
    return found > 0;
  }

  /** The cluster's node that it is on; null for none. */
  @Nullable String member() {
    return pool.member();
  }

  @Override
  public long pid() {
    return pid;
  }

  @Nullable SocketChannel channel() {
    return channel;
  }

  /** The worker that has been given a task of this machine's, or null. */
  static @Nullable WorkerSlot of(PendingTask task) {
    return (WorkerSlot) task.holder;
  }

  private Region region() {
    Region mapped = region;
    if (mapped == null) {
      throw new IllegalStateException("worker " + number + " has no region yet");
    }
    return mapped;
  }

  void moveTo(WorkerState next) {
    if (state != next) {
      if (!state.canMoveTo(next)) {
        throw new AssertionError(state + " -> " + next);
      }
      boolean wasAlive = isAlive();
      state = next;
      if (wasAlive != isAlive()) {
        occupancy.usableChanged();
      }
    }
  }

  /** Whether it only waits until another worker is wanted. */
  boolean isSpare() {
    return spare;
  }

  /** It is a spare no more. */
  void promote() {
    spare = false;
    occupancy.usableChanged();
  }

  /** It gets no further task and ends when its line is empty. */
  void lastLine() {
    lastLine = true;
    occupancy.usableChanged();
  }

  boolean isInLastLine() {
    return lastLine;
  }

  /** How many more tasks it may be given. */
  int budget() {
    return budget;
  }

  private void spend(int tasks) {
    boolean before = budget > 0;
    budget -= tasks;
    if (before != budget > 0) {
      occupancy.usableChanged();
    }
  }

  /* ---- Call side: under the scheduler's lock ---- */

  /** Not so of a worker that is gone but whose last output is still being read. */
  boolean isAlive() {
    return state != WorkerState.RETIRING && state != WorkerState.DEAD;
  }

  /** Whether it runs tasks or will. */
  boolean isUsable() {
    return !spare && isAlive() && budget > 0 && !lastLine;
  }

  /** Whether it may be given a task. */
  boolean takesTasks() {
    return (state == WorkerState.IDLE || state == WorkerState.BUSY)
        && !spare
        && !loading
        && !lastLine
        && budget > 0;
  }

  /** Whether it was never given a task. */
  boolean isFresh() {
    return nextSequence == 1;
  }

  /** How long the worker may spin for a call, from now on. */
  void spinNanos(int nanos) {
    region().spinNanos(nanos);
  }

  /**
   * Puts a task into the ring.
   *
   * @return false if the ring is full
   */
  boolean put(PendingTask task) throws WireException {
    byte[] payload = task.payload;
    if (payload == null) {
      throw new AssertionError("a task without its work: " + task.id);
    }
    long sequence = nextSequence;
    Region mapped = region();
    long passed = mapped.passed();
    if (passed < 0 || passed >= sequence) {
      throw new WireException("it has passed call " + passed + ", the last was " + (sequence - 1));
    }
    if (sequence - passed > RegionLayout.SLOTS || ring.get((int) sequence & SLOT_MASK) != null) {
      return false;
    }
    if (!define(task.lambda(), Frames.DEFINE)) {
      return false;
    }
    int flags = !warm && mustBeWarm(task) ? Frames.WARM : 0;
    byte[] context = task.terms().context();
    if (context != null) {
      flags |= Frames.CONTEXT;
    }
    if (pool.observation() != null) {
      flags |= Frames.TIMED;
    }
    int payloadAt = payloadAt(context);
    PartStore.Stored stored = task.stored();
    boolean load = stored == null && payload.length > RegionLayout.MAX_INLINE;
    // If it is to be loaded the reference must find room; nothing else is put meanwhile.
    int length = stored != null || load ? Frames.REF : payload.length;
    int at = mapped.calls().claim(payloadAt + length);
    if (at < 0) {
      return false;
    }
    if (stored != null) {
      flags |= Frames.IN_SEGMENT | Frames.OUT_OF_BAND;
      Frames.putRef(mapped.buffer(), at + payloadAt, stored.ref());
    } else if (!load) {
      mapped.buffer().put(at + payloadAt, payload, 0, payload.length);
    }
    putHeader(at, sequence, flags, task.count, context);
    task.enterRing();
    warm |= (flags & Frames.WARM) != 0;
    ring.setRelease((int) sequence & SLOT_MASK, task);
    labels.setRelease((int) sequence & SLOT_MASK, new TaskLabel(sequence, task.id, task.name()));
    mapped.queued(sequence);
    task.sequence = sequence;
    task.holder = this;
    task.placedAt = System.nanoTime();
    task.place = PendingTask.Place.IN_RING;
    nextSequence++;
    if (inRing++ == 0) {
      occupancy.works(this);
    }
    spend(task.count);
    moveTo(WorkerState.BUSY);
    if (load) {
      loading = true;
      Loading call = new Loading(task, sequence, task.kind.recordType(), flags, task.count);
      pool.scheduler().copy(task, () -> load(call, payload));
    } else {
      mapped.calls().publish(task.kind.recordType());
    }
    return true;
  }

  /** Whether the serializer has to be warm first; a pool that never used it has no such work. */
  private boolean mustBeWarm(PendingTask task) {
    return task.timeoutNanos > 0 || (pool.decoder().hasUsedSerializer() && task.needsSerializer());
  }

  /** Has a worker that waits get to know these lambdas before it is given one, if there is room. */
  void prepare(Iterable<Integer> lambdas) throws WireException {
    for (int lambda : lambdas) {
      if (!define(lambda, Frames.PREPARE)) {
        break;
      }
    }
    wake();
  }

  /** Tells the worker what a lambda's number stands for, once; false if there is no room. */
  private boolean define(int lambda, int recordType) throws WireException {
    byte[] definition = lambda < 0 || defined.get(lambda) ? null : pool.code().definition(lambda);
    if (definition == null) {
      return true;
    }
    SpscRing calls = region().calls();
    int at = calls.claim(Frames.DEFINITION + definition.length);
    if (at < 0) {
      return false;
    }
    region().buffer().putInt(at, lambda);
    region().buffer().put(at + Frames.DEFINITION, definition, 0, definition.length);
    calls.publish(recordType);
    defined.set(lambda);
    return true;
  }

  /** Where in its frame a call's payload begins. */
  private static int payloadAt(byte @Nullable [] context) {
    return Frames.CALL_PAYLOAD + (context == null ? 0 : Integer.BYTES + context.length);
  }

  private void putHeader(int at, long sequence, int flags, int count, byte @Nullable [] context) {
    ByteBuffer buffer = region().buffer();
    buffer.putLong(at, sequence);
    buffer.putInt(at + 8, flags);
    buffer.putInt(at + 12, count);
    if (context != null) {
      buffer.putInt(at + Frames.CALL_PAYLOAD, context.length);
      buffer.put(at + Frames.CALL_PAYLOAD + Integer.BYTES, context, 0, context.length);
    }
  }

  /**
   * A call whose payload is being copied; the task may be taken back meanwhile and go elsewhere.
   */
  record Loading(PendingTask task, long sequence, int recordType, int flags, int count) {
    boolean isStillIn(WorkerSlot slot) {
      return task.place == PendingTask.Place.IN_RING
          && task.holder == slot
          && task.sequence == sequence;
    }
  }

  /** Copies a large payload beside the ring, without the lock, and then has the call published. */
  private void load(Loading call, byte[] payload) {
    SegmentRef ref = null;
    Throwable failure = null;
    SegmentWriter segments = callSegments;
    try {
      if (segments != null) {
        ref = segments.write(payload);
      }
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
    }
    pool.scheduler().loaded(this, call, ref, failure);
  }

  /** Publishes such a call; the worker skips it if it was taken back. */
  void publishLoaded(Loading call, @Nullable SegmentRef ref) throws WireException {
    loading = false;
    SegmentWriter segments = callSegments;
    if (call.isStillIn(this)) {
      call.task().segment = ref;
    } else if (ref != null && segments != null) {
      segments.reclaim(ref);
    }
    SpscRing calls = region().calls();
    byte[] context = call.task().terms().context();
    int at = calls.claim(payloadAt(context) + Frames.REF);
    if (at < 0) {
      throw new WireException("no room for a reference in an empty ring");
    }
    putHeader(at, call.sequence(), call.flags() | Frames.IN_SEGMENT, call.count(), context);
    Frames.putRef(
        region().buffer(), at + payloadAt(context), ref == null ? new SegmentRef(-1, 0, 0) : ref);
    calls.publish(call.recordType());
  }

  /** Takes a call back unless the worker has begun it. */
  boolean revoke(PendingTask task) {
    if (!region().revoke(task.sequence)) {
      return false;
    }
    forget(task);
    spend(-task.count);
    SegmentRef ref = task.segment;
    SegmentWriter segments = callSegments;
    if (ref != null && segments != null) {
      segments.reclaim(ref);
      task.segment = null;
    }
    if (inRing == 0 && state == WorkerState.BUSY) {
      moveTo(WorkerState.IDLE);
      idleSince = System.nanoTime();
    }
    return true;
  }

  /** Takes the call out of the account of the ring; false if it was not in it. */
  boolean forget(PendingTask task) {
    if (!ring.compareAndSet((int) task.sequence & SLOT_MASK, task, null)) {
      return false;
    }
    task.leaveRing();
    if (--inRing == 0) {
      occupancy.rests(this);
    }
    while (firstSequence < nextSequence && ring.get((int) firstSequence & SLOT_MASK) == null) {
      firstSequence++;
    }
    return true;
  }

  /** The calls in the ring, oldest first. */
  List<PendingTask> tasksInRing() {
    List<PendingTask> tasks = new ArrayList<>();
    for (long sequence = firstSequence; sequence < nextSequence; sequence++) {
      PendingTask task = ring.get((int) sequence & SLOT_MASK);
      if (task != null) {
        tasks.add(task);
      }
    }
    return tasks;
  }

  /** The oldest call in the ring, which is the one that runs if any does. */
  @Nullable PendingTask oldest() {
    return firstSequence < nextSequence ? ring.get((int) firstSequence & SLOT_MASK) : null;
  }

  /** Whose output a line is that came marked with that sequence, or unmarked. */
  @Nullable TaskLabel labelOfOutput(long sequence) {
    if (sequence > 0) {
      TaskLabel label = labels.getAcquire((int) sequence & SLOT_MASK);
      return label != null && label.sequence() == sequence ? label : null;
    }
    for (int i = 0; i < RegionLayout.SLOTS; i++) {
      PendingTask task = ring.getAcquire(i);
      if (task != null && task.isClaimed()) {
        return new TaskLabel(task.sequence, task.id, task.name());
      }
    }
    return null;
  }

  @Override
  public boolean isClaimed(long sequence) {
    Region mapped = region;
    return mapped != null && mapped.isClaimed(sequence);
  }

  /** Whether the worker has done with a call without having begun it: its state was garbled. */
  boolean hasLeftOut(PendingTask task) {
    long call = task.sequence;
    return region().passed() >= call && !region().isClaimed(call); // in this order
  }

  /** When the worker began what it runs; a worker cannot claim more than is possible. */
  @Override
  public long begunAt(PendingTask task) {
    long now = System.nanoTime();
    long claimed = region().progress().begunAt();
    return claimed - task.placedAt < 0 ? task.placedAt : Math.min(claimed, now);
  }

  int runningElement() {
    return region().progress().element();
  }

  /** No further element of that call may begin; 0 takes it back. */
  void cut(long sequence) {
    lastCut = sequence == 0 ? lastCut : sequence; // first: the worker may answer at once
    region().progress().cut(sequence);
  }

  /** Whether a later call is in the ring; once all unclaimed were taken back, it has begun. */
  boolean isFollowed(PendingTask task) {
    for (long sequence = task.sequence + 1; sequence < nextSequence; sequence++) {
      if (ring.get((int) sequence & SLOT_MASK) != null) {
        return true;
      }
    }
    return false;
  }

  /** Asks the worker to end when it has done what is in its ring; false if there is no room. */
  boolean putStop() throws WireException {
    SpscRing calls = region().calls();
    if (loading || calls.claim(0) < 0) {
      return false;
    }
    calls.publish(Frames.STOP);
    stopSent = true;
    return true;
  }

  /* ---- Doorbell and channel ---- */

  void wake() {
    if (region().mustWakeWorker() && channel != null) { // it is rung when that comes
      send(ControlMessages.bell());
    }
  }

  void interrupt(long sequence) {
    send(ControlMessages.interrupt(sequence));
  }

  /** Asks what its threads do, for somebody who wants to know. */
  CompletableFuture<String> threads() {
    CompletableFuture<String> answer = new CompletableFuture<>();
    boolean first = curious.isEmpty();
    curious.add(answer);
    if (first) {
      send(ControlMessages.dump());
    }
    if (answersEnded) {
      endAnswers(); // that did not see it
    }
    return answer;
  }

  /** Who asked that does not want to wait any longer. */
  void forget(CompletableFuture<?> answer) {
    curious.removeIf(one -> one == answer);
  }

  /** Asks how its JVM fares, unless that was asked a moment ago; {@link #vitals} will have it. */
  void askForVitals() {
    long now = System.nanoTime();
    if (channel != null && !vitalsAwaited && now - vitalsAskedAt > VITALS_NANOS) {
      vitalsAskedAt = now;
      vitalsAwaited = true; // a stopped process is not to find a thousand questions
      send(ControlMessages.askForVitals());
    }
  }

  /** It has said how its JVM fares. */
  void vitalsTold(ControlMessages.Vitals told) {
    vitals =
        new WorkerVitals(
            told.heapUsed(),
            told.heapCommitted(),
            told.heapMax(),
            told.gcCount(),
            Duration.ofMillis(Math.max(0, told.gcMillis())),
            (int) told.threads());
    vitalsAwaited = false;
  }

  /** What it said last of how its JVM fares, null if nothing. */
  @Nullable WorkerVitals vitals() {
    return vitals;
  }

  /** Asks what its threads spend their time with; one answer at a time. */
  CompletableFuture<ControlMessages.Profile> profile(int seconds) {
    CompletableFuture<ControlMessages.Profile> answer = new CompletableFuture<>();
    if (profile.compareAndSet(null, answer)) {
      send(ControlMessages.askForProfile(seconds));
      if (answersEnded) {
        endAnswers(); // that did not see it
      }
    } else {
      answer.complete(new ControlMessages.Profile(false, "another profile is being taken"));
    }
    return answer;
  }

  /** It has said what its threads spent their time with, or that it cannot. */
  void profileTold(ControlMessages.Profile told) {
    CompletableFuture<ControlMessages.Profile> answer = profile.getAndSet(null);
    if (answer != null) {
      answer.complete(told);
    }
  }

  /** It will not answer any more. */
  void endAnswers() {
    answersEnded = true;
    IOException ended = new IOException("worker " + number + " has ended");
    CompletableFuture<String> answer;
    while ((answer = curious.poll()) != null) {
      answer.completeExceptionally(ended);
    }
    CompletableFuture<ControlMessages.Profile> profiled = profile.getAndSet(null);
    if (profiled != null) {
      profiled.completeExceptionally(ended);
    }
  }

  /** It has said what its threads do. */
  void threadsTold(byte[] utf8) {
    String text = new String(utf8, StandardCharsets.UTF_8);
    CompletableFuture<String> answer;
    while ((answer = curious.poll()) != null) {
      answer.complete(text);
    }
    if (askedForThreads) {
      process.threads(text);
      pool.inBackground(process::kill); // it was asked as the last step before
    }
  }

  /** Asks what its threads do; the answer goes to its process's report, and then it is killed. */
  void askForThreads() {
    askedForThreads = true;
    send(ControlMessages.dump());
  }

  /** Sends a short message, once there is a channel to send it by; any thread may. */
  void send(ByteBuffer message) {
    SocketChannel open = channel;
    if (open == null) {
      keep(message);
      return;
    }
    try {
      continueWith(outbox.send(open, message), open);
    } catch (IOException e) {
      // The worker is gone; the supervisor sees the end of its channel.
    }
  }

  /** A worker that has not begun to work knows nothing yet that a message could be about. */
  private void keep(ByteBuffer message) {
    if (pid < 0) {
      return;
    }
    if (!outbox.keep(message)) {
      breakOff("it has not connected", null);
    }
    SocketChannel open = channel;
    if (open != null) {
      sendMore(open); // it has come meanwhile
    }
  }

  /** Its channel takes messages again. */
  void sendMore(SocketChannel open) {
    try {
      continueWith(outbox.flush(open), open);
    } catch (IOException e) {
      // As above.
    }
  }

  private void continueWith(Outbox.Sent sent, SocketChannel open) {
    switch (sent) {
      case ALL -> {}
      case PART -> pool.scheduler().supervisor().tellWhenWritable(open);
      case TOO_LITTLE -> breakOff("it has stopped reading its channel", null);
    }
  }

  /** True for the first who asks: its end is noticed in more than one way. */
  boolean buriedOnce() {
    return buried.compareAndSet(false, true);
  }

  /** Answers the worker's question for a call, unless that has ended meanwhile. */
  void tell(long sequence) {
    PendingTask task = begun(sequence);
    if (task == null) {
      return;
    }
    long nanosLeft =
        task.timeoutNanos == 0
            ? Nanos.NEVER
            : Nanos.later(begunAt(task), task.timeoutNanos) - System.nanoTime();
    send(
        ControlMessages.told(
            new ControlMessages.Told(sequence, task.id, task.attempts(), nanosLeft, task.name())));
  }

  /** A call has said how far it is, on the channel: perhaps only after its end. */
  void progress(ProgressReport report) {
    PendingTask task = begun(report.sequence());
    if (task != null) {
      task.progress(report);
    }
  }

  /** The task of a call that the worker has begun and whose end was not read, or null. */
  private @Nullable PendingTask begun(long sequence) {
    PendingTask task = ring.getAcquire((int) sequence & SLOT_MASK);
    return task != null && task.sequence == sequence && isClaimed(sequence) ? task : null;
  }

  /* ---- Result side ---- */

  boolean hasResults() {
    Region mapped = region;
    return mapped != null && !broken && mapped.results().hasRecord();
  }

  /** From now on the worker need not ring, because somebody looks. */
  void listen(boolean asleep) {
    Region mapped = region;
    if (mapped != null && (!asleep || helpers.get() == 0)) {
      mapped.parentAsleep(asleep);
    }
  }

  /** Spins for as long as it may pay, reading results, until {@code done}. */
  @Override
  public void help(BooleanSupplier done) {
    if (inRing > 1 && pool.scheduler().isContended()) {
      return; // others have work for the processor
    }
    long waking = wakingNanos;
    long spin = pool.scheduler().callerSpinNanos(/* alone= */ helpers.get() == 0, waking);
    if (spin <= 0) {
      return;
    }
    try {
      if (SPINNING.incrementAndGet() <= Fleet.MOST_SPINNING) {
        help(done, spin, waking);
      }
    } finally {
      SPINNING.decrementAndGet();
    }
  }

  private void help(BooleanSupplier done, long spin, long waking) {
    helpers.incrementAndGet();
    listen(/* asleep= */ false);
    try {
      long began = System.nanoTime();
      long until = began + spin;
      do {
        for (int i = 0; i < 32; i++) {
          if (hasResults()) {
            drainOnce();
          }
          if (done.getAsBoolean()) {
            if (waking > Fleet.WAKING_NANOS && System.nanoTime() - began < waking / 4) {
              wakingNanos = Math.max(Fleet.WAKING_NANOS, waking - waking / 8);
            }
            return;
          }
          Thread.onSpinWait();
        }
      } while (System.nanoTime() - until < 0);
      if (spin == waking) {
        wakingNanos = Math.min(2 * waking, Fleet.MOST_WAKING_NANOS);
      }
    } finally {
      if (helpers.decrementAndGet() == 0) {
        listen(/* asleep= */ true);
        if (hasResults()) {
          pool.scheduler().wakeBy(System.nanoTime()); // others' results: not on this caller's time
        }
      }
    }
  }

  /** Reads what the worker has published; returns how many records. */
  int drain() {
    int total = 0;
    int read;
    while (hasResults() && (read = drainOnce()) > 0) {
      total += read;
    }
    return total;
  }

  /** Reads one batch, unless somebody else is reading. */
  private int drainOnce() {
    if (!draining.compareAndSet(false, true)) {
      return 0;
    }
    try {
      return drainBatch();
    } catch (IOException | RuntimeException | Error e) {
      pool.scheduler().losses().breakOff(this, e);
      broken = true; // as in the other method
      return 0;
    } finally {
      draining.set(false);
    }
  }

  /** Reads everything the ended worker has left, whoever else is reading. */
  void drainToEnd() {
    // Also not while another thread has taken the last record and not yet accounted for it.
    while (hasResults() || draining.get()) {
      if (drain() == 0) {
        Thread.onSpinWait();
      }
    }
  }

  /** Whether large results are still being copied out of the files of the worker. */
  boolean isCopying() {
    return copying.get() > 0;
  }

  private int drainBatch() throws IOException {
    batch.clear();
    cutShort.clear();
    IOException violation = null;
    boolean tellScheduler = false;
    int elements = 0;
    try {
      SpscRing results = region().results();
      int at;
      while (batch.size() < BATCH && elements < MOST_ELEMENTS && (at = results.poll()) >= 0) {
        if (results.type() == Frames.ELEMENT) {
          elements += readElements(results, at);
          continue;
        }
        if (results.type() == Frames.PROGRESS) {
          byte[] bytes = new byte[Math.min(results.length(), ProgressReport.LONGEST + 1)];
          region().buffer().get(at, bytes);
          results.release();
          progress(ProgressReport.of(bytes));
          elements++;
          continue;
        }
        Reported reported = read(results, at);
        results.release();
        batch.add(reported);
        tellScheduler |=
            reported.isLast()
                || reported.toCopy() != null
                || reported.result().status() != Frames.VALUE;
      }
    } catch (IOException e) {
      violation = e;
    }
    int count = batch.size() + elements;
    if (tellScheduler) {
      try {
        pool.scheduler().finished(this, batch, cutShort);
      } catch (IOException e) {
        violation = e;
      }
    }
    if (batch.size() > 1) {
      WakeUps.after(this::deliverBatch);
    } else {
      deliverBatch();
    }
    batch.clear();
    cutShort.forEach(task -> task.over(null));
    cutShort.clear();
    if (violation != null) {
      throw violation; // only now: what came before it is good
    }
    if (region().mustTellOfRoom()) {
      send(ControlMessages.bell());
    }
    return count;
  }

  /** Reads and delivers values of a chunk's elements, as many as lie there; returns how many. */
  private int readElements(SpscRing results, int at) throws WireException {
    int sequence = region().buffer().getInt(at);
    PendingTask task = ring.getAcquire(sequence & SLOT_MASK);
    if (task == null
        || task.kind != CallKind.CHUNK
        || (int) task.sequence != sequence
        || !isClaimed(task.sequence)) {
      throw new WireException("values for call " + sequence + ", not expected");
    }
    ElementRun run = ElementRun.read(results, task, runBytes);
    runBytes = run.nextBytes();
    if (task.decide(run.first(), run.count())) {
      task.elements(run);
    }
    return run.count();
  }

  private Reported read(SpscRing results, int at) throws IOException {
    ByteBuffer buffer = region().buffer();
    int length = results.length();
    if (results.type() != Frames.RESULT || length < Frames.RESULT_PAYLOAD) {
      throw new WireException("record of type " + results.type() + " and " + length + " bytes");
    }
    long sequence = buffer.getLong(at);
    int element = buffer.getInt(at + 8);
    int flags = buffer.getInt(at + 12);
    PendingTask task = ring.getAcquire((int) sequence & SLOT_MASK);
    boolean cut = (flags & Frames.CUT) != 0;
    boolean last = (flags & Frames.LAST) != 0;
    boolean inSegment = (flags & Frames.IN_SEGMENT) != 0;
    if (task == null
        || task.sequence != sequence
        || element != task.elementsRead
        || element >= task.count + (cut ? 1 : 0)
        || (cut && !(last && sequence == lastCut))
        || !isClaimed(sequence)) {
      throw new WireException("result for call " + sequence + "." + element + ", not expected");
    }
    byte[] bytes = {};
    SegmentRef toCopy = null;
    if (!inSegment) {
      bytes = new byte[length - Frames.RESULT_PAYLOAD];
      buffer.get(at + Frames.RESULT_PAYLOAD, bytes, 0, bytes.length);
    } else if (length == Frames.RESULT_PAYLOAD + Frames.REF) {
      toCopy = Frames.getRef(buffer, at + Frames.RESULT_PAYLOAD);
    } else {
      throw new WireException("a reference of " + length + " bytes");
    }
    int status = flags & Frames.STATUS_MASK;
    if (status > Frames.RESULT_UNWRITABLE) {
      throw new WireException("status " + status);
    }
    if ((flags & Frames.OUT_OF_BAND) != 0 && !(inSegment && status == Frames.VALUE)) {
      throw new WireException("flags " + flags);
    }
    long now = System.nanoTime();
    long begun = Math.min(now, Math.max(buffer.getLong(at + 16), task.placedAt));
    long run = Math.min(now - begun, Math.max(0, buffer.getLong(at + 24)));
    long cpu = Math.min(run, Math.max(0, buffer.getLong(at + 32)));
    int readMicros = Math.max(0, buffer.getInt(at + 40));
    int writeMicros = Math.max(0, buffer.getInt(at + 44));
    ElementResult result =
        new ElementResult(
            element,
            status,
            bytes,
            OutOfBand.NONE,
            List.of(),
            begun,
            run,
            cpu,
            readMicros,
            writeMicros,
            last,
            this);
    task.elementsRead = last ? PendingTask.ALL_READ : element + 1;
    return new Reported(task, result, flags, !cut && task.decide(element, 1), toCopy);
  }

  private void deliverBatch() {
    for (Reported reported : batch) {
      if (reported.counts()) {
        deliver(reported);
      }
    }
  }

  private void deliver(Reported reported) {
    SegmentRef ref = reported.toCopy();
    if (ref == null) {
      deliver(reported, reported.result());
    } else if (ref.length() <= COPY_HERE) {
      copyAndDeliver(reported, ref);
    } else {
      copying.incrementAndGet();
      pool.inBackground(
          () -> {
            copyAndDeliver(reported, ref);
            copying.decrementAndGet();
          });
    }
  }

  private void deliver(Reported reported, ElementResult result) {
    if ((reported.flags() & Frames.BUFFERS) == 0) {
      reported.task().element(result);
      return;
    }
    PendingTask task = reported.task();
    ElementResult whole;
    try {
      BufferNames buffers = BufferNames.of(result.bytes());
      BufferStore store = pool.scheduler().supervisor().buffers();
      List<SharedBuffer> adopted =
          store.adopt(new WorkerFiles(number), buffers.names(), task.name());
      if (result.status() != Frames.VALUE) {
        adopted.forEach(SharedBuffer::close); // nobody will ever have them
        adopted = List.of();
      }
      whole = result.withBuffers(buffers.payload(), adopted);
    } catch (IOException | RuntimeException | Error e) {
      task.element(result.unreadable(e));
      // What it has handed over is nobody's now; its burial deletes that.
      breakOff("its result with buffers could not be read: " + e, e);
      return;
    }
    task.element(whole);
  }

  private void copyAndDeliver(Reported reported, SegmentRef ref) {
    ElementResult bare = reported.result();
    SegmentReader segments = resultSegments;
    try {
      if (segments == null) {
        throw new WireException("no segments");
      }
      ElementResult whole = read(segments, ref, reported);
      Observation observation = pool.observation();
      if (observation != null && whole.status() != Frames.VALUE) {
        observation.failures().threw(reported.task().id, whole.bytes());
      }
      deliver(reported, whole);
    } catch (IOException | RuntimeException | Error e) {
      reported.task().element(bare.unreadable(e));
      if (e instanceof WireException || (reported.flags() & Frames.BUFFERS) != 0) {
        breakOff("its result could not be read: " + e, e);
      }
    } finally {
      pool.scheduler().copyEnded();
    }
  }

  private static ElementResult read(SegmentReader segments, SegmentRef ref, Reported reported)
      throws IOException {
    try (SegmentInput in = segments.open(ref)) {
      if ((reported.flags() & Frames.OUT_OF_BAND) == 0) {
        return reported.result().withBytes(in.rest(), OutOfBand.NONE);
      }
      OutOfBand.Received received = OutOfBand.read(in);
      return reported.result().withBytes(received.payload(), received.beside());
    } catch (InvalidObjectException | EOFException e) {
      throw new WireException("large parts: " + e.getMessage());
    }
  }

  private void breakOff(String why, @Nullable Throwable cause) {
    pool.scheduler().losses().breakOff(this, why, cause);
    broken = true; // only now: who buries the worker goes on then, and must find the reason
  }
}

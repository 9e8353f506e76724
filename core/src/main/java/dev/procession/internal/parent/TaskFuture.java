package dev.procession.internal.parent;

import dev.procession.ProcessFuture;
import dev.procession.TaskFailedException;
import dev.procession.TaskProgress;
import dev.procession.TaskState;
import dev.procession.TaskStory;
import dev.procession.internal.flight.FlightLog.TaskFlight;
import dev.procession.internal.wire.Frames;
import dev.procession.internal.wire.ProgressReport;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The future of a task. */
public final class TaskFuture<T extends @Nullable Object> extends StageView<T>
    implements ProcessFuture<T> {
  private static final VarHandle OUTCOME;
  private static final VarHandle CALLBACKS;
  private static final VarHandle STAGE;
  private static final VarHandle PROGRESS;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      OUTCOME = lookup.findVarHandle(TaskFuture.class, "outcome", Ending.class);
      CALLBACKS = lookup.findVarHandle(TaskFuture.class, "callbacks", SerialQueue.class);
      STAGE = lookup.findVarHandle(TaskFuture.class, "stage", TaskStage.class);
      PROGRESS = lookup.findVarHandle(TaskFuture.class, "progress", ProgressLog.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final long A_MOMENT_NANOS = 10_000;

  private final PoolServices pool;
  private final long id;
  private final String name;
  private final long bytesIn;
  private final long submittedAt;
  private final @Nullable Object fixedResult;

  /** The work until it is done; afterwards null, so that a kept future keeps nothing else. */
  private volatile @Nullable SingleTask task;

  private volatile @Nullable Ending outcome; // from null by compare-and-set, then only decoded
  private volatile @Nullable SerialQueue callbacks;
  private volatile @Nullable TaskStage<T> stage;
  private volatile @Nullable ProgressLog progress;
  private final Waiters waiters = new Waiters();

  // Written before the outcome, by the one who sets it; read after it.
  private long startedAt;
  private long finishedAt;
  private long workerPid = -1;
  private int attempts;
  private long cpuNanos;
  private long bytesOut;

  TaskFuture(PoolServices pool, long id, String name, long bytesIn, @Nullable Object fixedResult) {
    this.pool = pool;
    this.id = id;
    this.name = name;
    this.bytesIn = bytesIn;
    this.fixedResult = fixedResult;
    this.submittedAt = pool.clock().nanoTime();
  }

  /**
   * A future as this implementation of it.
   *
   * @throws IllegalArgumentException if somebody else made it
   */
  public static TaskFuture<?> of(ProcessFuture<?> future) {
    if (future instanceof TaskFuture<?> own) {
      return own;
    }
    throw new IllegalArgumentException(
        "not a future that Procession made: " + future.getClass().getName());
  }

  long submittedAt() {
    return submittedAt;
  }

  void task(SingleTask task) {
    this.task = task;
  }

  String name() {
    return name;
  }

  /* ---- Completion ---- */

  /** A worker reported the end. Returns whether this decided the outcome. */
  boolean complete(ElementResult result) {
    if (outcome != null) {
      return false;
    }
    SingleTask work = task;
    attempts = work == null ? 1 : work.crashes + 1;
    startedAt = result.begunAt();
    workerPid = result.worker().pid();
    cpuNanos = result.cpuNanos();
    bytesOut = result.size();
    ResultDecoder decoder = work == null ? pool.decoder() : work.terms().decoder();
    Ending decided =
        decoder.isPlain(result.status(), result.bytes())
            ? decoder.decode(
                result.status(), result.bytes(), result.beside(), result.worker().origin())
            : new Ending.Encoded(result, decoder);
    return complete(decided, result.begunAt() + result.runNanos());
  }

  /** Ends the task without a result. Returns whether this decided the outcome. */
  boolean complete(Ending decided, long at) {
    SingleTask work = task;
    if (startedAt == 0 && work != null) {
      startedAt = work.startedAt();
      workerPid = work.startedBy();
      attempts = work.attempts();
    }
    finishedAt = at;
    if (!OUTCOME.compareAndSet(this, null, decided)) {
      return false;
    }
    pool.counters().count(decided);
    TaskFlight flight = work == null ? null : work.flight;
    if (flight != null) {
      flight.landed();
    }
    task = null;
    waiters.wakeAll(this);
    runCallbacks();
    pool.events().taskDone(this, flight);
    return true;
  }

  /* ---- State ---- */

  @Override
  public boolean isRunning() {
    SingleTask work = task;
    // Also while its result is on the way from the ring to here: a state never goes back.
    return outcome == null && work != null && work.hasBegun();
  }

  @Override
  public boolean isDone() {
    return outcome != null;
  }

  @Override
  public boolean isCancelled() {
    return outcome == Ending.CANCELLED;
  }

  @Override
  public TaskState taskState() {
    Ending end = decoded();
    if (end == null) {
      return isRunning() ? TaskState.RUNNING : isDone() ? taskState() : TaskState.PENDING;
    }
    return end instanceof Ending.Value
        ? TaskState.SUCCEEDED
        : end instanceof Ending.Failed ? TaskState.FAILED : TaskState.CANCELLED;
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    SingleTask work = task;
    if (outcome == null && work != null) {
      boolean cancelled = pool.backend().cancel(work, mayInterruptIfRunning);
      while (cancelled && outcome == null) {
        LockSupport.parkNanos(
            this,
            A_MOMENT_NANOS); // another thread has cancelled it this instant and is about to say so
      }
    }
    return isCancelled();
  }

  /** The outcome, read back if need be; null while there is none. May run user code. */
  private @Nullable Ending decoded() {
    Ending end = outcome;
    if (end instanceof Ending.Encoded encoded) {
      Ending read = encoded.decode();
      if (OUTCOME.compareAndSet(this, end, read) && isUnreadable(encoded, read)) {
        pool.counters().succeededAfterAllFailed();
      }
      return read;
    }
    return end;
  }

  private static boolean isUnreadable(Ending.Encoded encoded, Ending read) {
    return encoded.status() == Frames.VALUE && read instanceof Ending.Failed;
  }

  /* ---- Waiting ---- */

  private Ending awaitOutcome() throws InterruptedException {
    if (outcome == null) {
      help();
      waiters.await(this, this::isDone, /* deadline= */ 0, /* timed= */ false);
    }
    return Objects.requireNonNull(decoded());
  }

  private Ending awaitOutcome(long nanos) throws InterruptedException, TimeoutException {
    if (outcome == null) {
      long deadline = System.nanoTime() + nanos;
      if (nanos > 0) {
        help();
      }
      if (!waiters.await(this, this::isDone, deadline, /* timed= */ true)) {
        throw new TimeoutException(
            this
                + " is not done after "
                + ExitReports.seconds(Duration.ofNanos(Math.max(0, nanos))));
      }
    }
    return Objects.requireNonNull(decoded());
  }

  /**
   * Reads results itself for as long as spinning pays, so that a hot call needs no other thread.
   */
  private void help() {
    SingleTask work = task;
    TaskHolder holder = work == null ? null : work.holder;
    if (holder != null && !Thread.currentThread().isInterrupted()) {
      holder.help(this::isDone);
    }
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    return report(awaitOutcome());
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    return report(awaitOutcome(unit.toNanos(Math.max(0, timeout))));
  }

  private T report(Ending end) throws ExecutionException {
    if (end instanceof Ending.Failed failed) {
      // The text given, because a hostile failure may throw from its own toString.
      throw new ExecutionException(textOf(failed.failure()), failed.failure());
    }
    return value(end);
  }

  // What the task returned, or the object the caller gave; null only if T allows it.
  @SuppressWarnings({"unchecked", "NullAway"})
  private T value(Ending end) {
    if (end instanceof Ending.Value value) {
      return (T) (fixedResult != null ? fixedResult : value.value());
    }
    throw new CancellationException("task '" + name + "' was cancelled");
  }

  @Override
  public T result() throws InterruptedException {
    return resultOf(awaitOutcome());
  }

  @Override
  public T result(Duration timeout) throws InterruptedException, TimeoutException {
    return resultOf(awaitOutcome(nanos(timeout)));
  }

  private T resultOf(Ending end) {
    if (end instanceof Ending.Failed failed) {
      throw unchecked(failed.failure(), name);
    }
    return value(end);
  }

  /** The failure as something that can be thrown anywhere: itself if unchecked. */
  static RuntimeException unchecked(Throwable failure, String name) {
    if (failure instanceof Error error) {
      throw error;
    }
    return failure instanceof RuntimeException runtime
        ? runtime
        : new TaskFailedException("task '" + name + "' threw " + textOf(failure), failure);
  }

  static long nanos(Duration timeout) {
    try {
      return Math.max(0, timeout.toNanos());
    } catch (ArithmeticException e) {
      return timeout.isNegative() ? 0 : Long.MAX_VALUE / 2; // for ever
    }
  }

  @Override
  public Optional<Throwable> exception() throws InterruptedException {
    return exceptionOf(awaitOutcome());
  }

  @Override
  public Optional<Throwable> exception(Duration timeout)
      throws InterruptedException, TimeoutException {
    return exceptionOf(awaitOutcome(nanos(timeout)));
  }

  private Optional<Throwable> exceptionOf(Ending end) {
    if (end instanceof Ending.Failed failed) {
      return Optional.of(failed.failure());
    }
    value(end);
    return Optional.empty();
  }

  /** Whether it is done and failed; may read the value back in the calling thread. */
  public boolean hasFailed() {
    return decoded() instanceof Ending.Failed;
  }

  /** Tells {@code listener} once when the task is done, perhaps at once. Not for user code. */
  public void addListener(CompletionListener listener) {
    if (!waiters.add(listener)) {
      listener.completed(this);
    }
  }

  /** Takes the listener off again, if it has not been told. */
  public void removeListener(CompletionListener listener) {
    waiters.remove(listener);
  }

  /** Whether nothing waits for this future; for tests. */
  boolean hasNoWaiters() {
    return waiters.isEmpty();
  }

  /* ---- Callbacks and stages ---- */

  @Override
  public void addDoneCallback(Consumer<? super ProcessFuture<T>> callback) {
    Objects.requireNonNull(callback, "callback");
    addCallback(
        () -> pool.callbacks().guarded("a callback of " + this, () -> callback.accept(this)));
  }

  /** Has them run, after what is still to be told of the progress. */
  private void runCallbacks() {
    SerialQueue queue = callbacks;
    ProgressLog log = progress;
    if (queue != null && log != null) {
      log.afterwards(queue::run);
    } else if (queue != null) {
      queue.run();
    }
  }

  private void addCallback(Runnable guarded) {
    SerialQueue queue = callbacks;
    if (queue == null) {
      queue = new SerialQueue(pool.callbacks());
      SerialQueue other = (SerialQueue) CALLBACKS.compareAndExchange(this, null, queue);
      queue = other == null ? queue : other;
    }
    queue.add(guarded);
    if (outcome != null) {
      runCallbacks();
    }
  }

  @Override
  public void addProgressListener(Consumer<? super TaskProgress> listener) {
    progressLog().addListener(Objects.requireNonNull(listener, "listener"));
  }

  /** A worker has said how far the task is. */
  void progress(ProgressReport report, int attempt) {
    if (outcome == null) {
      progressLog().add(report, attempt);
    }
  }

  private ProgressLog progressLog() {
    ProgressLog log = progress;
    if (log == null) {
      log = new ProgressLog("task " + id + " '" + name + "'", pool.callbacks());
      ProgressLog other = (ProgressLog) PROGRESS.compareAndExchange(this, null, log);
      log = other == null ? log : other;
    }
    return log;
  }

  @Override
  CompletableFuture<T> stage() {
    TaskStage<T> mine = stage;
    if (mine == null) {
      TaskStage<T> made = new TaskStage<>(pool.callbacks(), this);
      if (!STAGE.compareAndSet(this, null, made)) {
        return Objects.requireNonNull(stage);
      }
      mine = made;
      if (outcome != null) {
        finish(made);
      } else {
        addCallback(() -> finish(made));
      }
    }
    return mine;
  }

  private void finish(CompletableFuture<T> made) {
    Ending end = Objects.requireNonNull(decoded());
    if (end instanceof Ending.Failed failed) {
      made.completeExceptionally(stageFailure(failed.failure()));
    } else if (end instanceof Ending.Cancelled) {
      made.completeExceptionally(new CancellationException("task '" + name + "' was cancelled"));
    } else {
      made.complete(value(end));
    }
  }

  /** The failure itself, unless wrapping it, as dependent stages do, would throw. */
  private static Throwable stageFailure(Throwable failure) {
    try {
      String unused = failure.toString();
      return failure;
    } catch (Throwable hostile) {
      return new CompletionException(textOf(failure), failure);
    }
  }

  @Override
  public CompletableFuture<T> toCompletableFuture() {
    TaskStage<T> copy = new TaskStage<>(pool.callbacks(), this);
    CompletableFuture<?> unused =
        stage()
            .whenComplete(
                (value, failure) -> {
                  if (failure != null) {
                    copy.completeExceptionally(failure);
                  } else {
                    copy.complete(value);
                  }
                });
    return copy;
  }

  /* ---- Story ---- */

  @Override
  public TaskStory info() {
    SingleTask work = task;
    // Read before the state, which then is not older than they are.
    long started = work == null ? 0 : work.startedAt();
    long pid = work == null ? -1 : work.startedBy();
    int attempt = work == null ? 0 : work.attempts();
    TaskState state = taskState();
    boolean done = state.isDone();
    if (done) {
      started = startedAt;
      pid = workerPid;
      attempt = attempts;
    } else if (state == TaskState.RUNNING && started == 0 && work != null) {
      started = work.startedAt(); // begun this instant
      pid = work.startedBy();
      attempt = Math.max(1, work.attempts());
    }
    Ending end = done ? decoded() : null;
    ProgressLog log = progress;
    return new TaskStory(
        id,
        name,
        state,
        pool.clock().instant(submittedAt),
        started == 0 ? null : pool.clock().instant(started),
        done ? pool.clock().instant(finishedAt) : null,
        started == 0 ? -1 : pid,
        started == 0 ? 0 : attempt,
        bytesIn,
        done ? bytesOut : 0,
        Duration.ofNanos(done ? cpuNanos : 0),
        end instanceof Ending.Failed failed ? textOf(failed.failure()) : null,
        log == null ? null : log.latest());
  }

  /** Class and message of a failure whose own methods may be hostile. */
  static String textOf(Throwable failure) {
    try {
      return failure.toString();
    } catch (Throwable e) {
      return failure.getClass().getName();
    }
  }

  @Override
  public String toString() {
    Ending end = outcome;
    String state =
        end == null
            ? (isRunning() ? "running" : "pending")
            : end == Ending.CANCELLED ? "cancelled" : doneText(end);
    return "task " + id + " '" + name + "' of pool '" + pool.name() + "' (" + state + ")";
  }

  private static String doneText(Ending end) {
    if (end instanceof Ending.Value value) {
      Object object = value.value();
      return "returned " + (object == null ? "null" : object.getClass().getName());
    }
    if (end instanceof Ending.Failed failed) {
      return "failed with " + failed.failure().getClass().getName();
    }
    // Not read back yet, which may run user code; a look must not.
    return end instanceof Ending.Encoded encoded && encoded.status() == Frames.VALUE
        ? "returned an object"
        : "failed";
  }
}

package dev.procession.internal.parent;

import dev.procession.MapOptions;
import dev.procession.MapResults;
import dev.procession.PoolListener;
import dev.procession.PoolSnapshot;
import dev.procession.PoolState;
import dev.procession.ProcessFuture;
import dev.procession.Shared;
import dev.procession.SharedBuffer;
import dev.procession.ShutdownOptions;
import dev.procession.TaskCheck;
import dev.procession.TaskFunction;
import dev.procession.TaskNotSerializableException;
import dev.procession.TaskOptions;
import dev.procession.internal.codec.BufferHandle;
import dev.procession.internal.codec.CallCodec;
import dev.procession.internal.codec.CallKind;
import dev.procession.internal.codec.CodeLoaders;
import dev.procession.internal.codec.LoaderTable;
import dev.procession.internal.codec.NotSerializable;
import dev.procession.internal.codec.OutOfBand;
import dev.procession.internal.codec.ParentLoaders;
import dev.procession.internal.codec.SharedBuffers;
import dev.procession.internal.context.ContextCarriers;
import dev.procession.internal.worker.WorkerMain;
import dev.procession.observe.PoolView;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;
import java.util.TreeSet;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What is behind an executor: encodes what is submitted, and hands it to a {@link Backend}. Safe
 * for use by several threads.
 */
public final class Pool {
  private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

  /** A pool that nobody can reach any more ends when what was submitted has run. */
  static final Cleaner CLEANER = Cleaner.create();

  private final PoolConfig config;
  private final PoolCodec codec;
  private final @Nullable ContextCarriers carriers;
  private final PoolServices services;
  private final Backend backend;

  private Pool(
      PoolConfig config,
      PoolCodec codec,
      @Nullable ContextCarriers carriers,
      PoolServices services) {
    this.config = config;
    this.codec = codec;
    this.carriers = carriers;
    this.services = services;
    this.backend = services.backend();
  }

  /**
   * Makes a pool on this machine and starts the workers that are wanted before the first task.
   *
   * @param javaVersion feature version of the workers' JVM
   * @throws TaskNotSerializableException if the initializer cannot cross
   * @throws UncheckedIOException if there is no place for the shared files
   * @throws RejectedExecutionException if the JVM is exiting
   */
  public static Pool local(PoolConfig config, int javaVersion) {
    ClassLoader loader = Loaders.ofUser();
    PoolCodec codec = codec(config, loader);
    LocalServices services = new LocalServices(config, decoder(config, codec, loader));
    byte[] initializer = initializer(config, codec);
    Pool pool = new Pool(config, codec, carriers(config, loader), services);
    if (WorkerMain.poolOfThisWorker() == null) {
      services.backend().start(javaVersion, initializer);
      pool.endWhenForgotten();
    }
    return pool;
  }

  /** Makes what the parts of a pool share whose tasks run elsewhere. */
  public interface Maker {
    /**
     * Makes it, with its backend.
     *
     * @param decoder reads what comes back of the tasks
     * @param initializer what each worker does before its first task, encoded; empty for nothing
     */
    PoolServices make(ResultDecoder decoder, byte[] initializer);
  }

  /**
   * Makes a pool whose tasks run wherever its backend has them run.
   *
   * @throws TaskNotSerializableException if the initializer cannot cross
   */
  public static Pool over(PoolConfig config, Maker maker) {
    ClassLoader loader = Loaders.ofUser();
    PoolCodec codec = codec(config, loader);
    byte[] initializer = initializer(config, codec);
    PoolServices services = maker.make(decoder(config, codec, loader), initializer);
    Pool pool = new Pool(config, codec, carriers(config, loader), services);
    pool.endWhenForgotten();
    return pool;
  }

  private static byte[] initializer(PoolConfig config, PoolCodec codec) {
    return config.initializer() == null
        ? new byte[0]
        : codec.encodeInitializer(config.initializer());
  }

  private static PoolCodec codec(PoolConfig config, ClassLoader loader) {
    return PoolCodec.of(
        config.serializer(),
        config.remoteClassLoading() ? new ParentLoaders(loader) : CodeLoaders.of(loader));
  }

  private static ResultDecoder decoder(PoolConfig config, PoolCodec codec, ClassLoader loader) {
    return ResultDecoder.of(codec.values(), config.serializer(), loader, config.resultFilter());
  }

  private static @Nullable ContextCarriers carriers(PoolConfig config, ClassLoader loader) {
    return config.contextPropagation() ? ContextCarriers.load(loader) : null;
  }

  private void endWhenForgotten() {
    CLEANER.register(this, new Forgotten(new WeakReference<>(backend)));
  }

  /**
   * What happens to a pool that nobody can reach any more. Until it has ended {@link LivePools}
   * holds its backend; after that nobody must, for its listener may refer to the pool.
   */
  private record Forgotten(WeakReference<Backend> backend) implements Runnable {
    @Override
    public void run() {
      Backend left = backend.get();
      if (left != null) {
        left.shutdown();
      }
    }
  }

  /** The pool's name. */
  public String name() {
    return config.name();
  }

  /**
   * The pool as it is seen from outside.
   *
   * @throws IllegalStateException in a worker, where a pool can be built but does nothing
   */
  public PoolView view() {
    return backend.view();
  }

  /** Has a listener told of what happens from now on. */
  public void addListener(PoolListener listener) {
    services.events().add(listener);
  }

  /** Has it told no more. */
  public void removeListener(PoolListener listener) {
    services.events().remove(listener);
  }

  PoolServices services() {
    return services;
  }

  Backend backend() {
    return backend;
  }

  PoolConfig config() {
    return config;
  }

  PoolCodec codec() {
    return codec;
  }

  /* ---- Submitting ---- */

  /**
   * Submits work.
   *
   * @param root what is encoded: the task, or an array of a function and its arguments
   * @param named the user's task or function
   * @param fixedResult what the future gives in place of the worker's null, or null
   */
  public <T extends @Nullable Object> ProcessFuture<T> submit(
      CallKind kind, Object root, Object named, TaskOptions options, @Nullable Object fixedResult) {
    checkNotInWorker();
    try {
      backend.anticipate();
      SingleTask task = prepared(kind, root, named, options, fixedResult);
      boolean taken = false;
      try {
        backend.submit(task);
        taken = true;
      } finally {
        if (!taken) {
          backend.drop(task);
        }
      }
      return task.future();
    } finally {
      // Or a pool that is not referenced any more might shut down before the task is in it.
      Reference.reachabilityFence(this);
    }
  }

  /** Submits work as {@link #submit} does, unless the pool is full: then returns null at once. */
  public <T extends @Nullable Object> @Nullable ProcessFuture<T> trySubmit(
      CallKind kind, Object root, Object named, TaskOptions options) {
    checkNotInWorker();
    try {
      if (backend.isFull()) {
        return null; // without the cost of encoding what would not be taken
      }
      backend.anticipate();
      SingleTask task = prepared(kind, root, named, options, null);
      boolean taken = false;
      try {
        taken = backend.offer(task);
      } finally {
        if (!taken) {
          backend.drop(task);
        }
      }
      return taken ? task.future() : null;
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** A task that is not submitted: for a backend that has another way for it. */
  public PendingTask prepare(CallKind kind, Object root, Object named, TaskOptions options) {
    checkNotInWorker();
    return prepared(kind, root, named, options, null);
  }

  /** What a future is to be of that stands for a task submitted before, perhaps by others. */
  public interface Adoption {
    /** Has that task be the one in question. */
    void adopt(PendingTask task) throws InterruptedException;
  }

  /**
   * The future of a task that was submitted before.
   *
   * @param name of the task, for people
   */
  public <T extends @Nullable Object> ProcessFuture<T> adopt(String name, Adoption adoption)
      throws InterruptedException {
    checkNotInWorker();
    try {
      long id = backend.nextId();
      TaskTerms terms = terms(TaskOptions.DEFAULT, name, services.decoder());
      TaskFuture<?> future =
          new TaskFuture<@Nullable Object>(services, id, name, /* bytesIn= */ 0, null);
      SingleTask task =
          new SingleTask(future, id, CallKind.CALLABLE, new byte[0], /* stored= */ null, terms);
      future.task(task);
      adoption.adopt(task);
      return task.future();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  private SingleTask prepared(
      CallKind kind, Object root, Object named, TaskOptions options, @Nullable Object fixedResult) {
    OutOfBand beside = newParts();
    byte[] payload = codec.encodeCall(root, named, beside);
    PartStore.Stored stored = null;
    if (beside != null && !beside.isEmpty()) {
      stored = store(payload, beside, named);
      if (stored == null) { // there is no room
        payload = codec.encodeCall(root, named, /* beside= */ null);
      }
    }
    boolean prepared = false;
    try {
      ResultDecoder decoder = decoderFor(payload).keeping(crossed());
      long id = backend.nextId();
      TaskTerms terms = terms(options, nameOf(options, named), decoder);
      long size = payload.length + (stored == null ? 0L : stored.length());
      TaskFuture<?> future =
          new TaskFuture<@Nullable Object>(services, id, terms.name(), size, fixedResult);
      SingleTask task = new SingleTask(future, id, kind, payload, stored, terms);
      future.task(task);
      prepared = true;
      return task;
    } finally {
      if (!prepared && stored != null) {
        stored.giveBack(); // a context carrier may throw
      }
    }
  }

  /** What takes the large parts of a call; null where none may cross out of band. */
  @Nullable OutOfBand newParts() {
    return backend.takesParts() ? new OutOfBand() : null;
  }

  /**
   * Copies a payload with large parts to where workers find it, if there is room.
   *
   * @param named what of the user's it is
   * @throws TaskNotSerializableException if a part cannot be read
   */
  PartStore.@Nullable Stored store(byte[] payload, OutOfBand beside, @Nullable Object named) {
    backend.checkOpen();
    try {
      return backend.store(payload, beside);
    } catch (RuntimeException e) {
      throw NotSerializable.explainTask(named == null ? "null" : named, new Object[0], e);
    }
  }

  static String nameOf(TaskOptions options, Object named) {
    return options.name().orElseGet(() -> TaskNames.of(named.getClass()));
  }

  /** What reads the results of that call. */
  ResultDecoder decoderFor(byte[] call) {
    return decoderFor(loaderIn(call));
  }

  /** The buffers that this thread has just written into a call of this pool. */
  List<BufferHandle> crossed() {
    List<BufferHandle> crossed = SharedBuffers.takeCrossed();
    return crossed.isEmpty() ? crossed : backend.kept(crossed);
  }

  private int loaderIn(byte[] call) {
    return config.remoteClassLoading() ? CallCodec.loaderIn(call) : CodeLoaders.OWN;
  }

  private ResultDecoder decoderFor(int loader) {
    ResultDecoder usual = services.decoder();
    return loader == CodeLoaders.OWN ? usual : usual.by(LoaderTable.loader(loader));
  }

  /** What reads what that function makes of an argument that is read by that loader. */
  ResultDecoder decoderFor(byte[] function, int argument) {
    return decoderFor(LoaderTable.numberOf(loaderIn(function), argument));
  }

  TaskTerms terms(TaskOptions options, String name, ResultDecoder decoder) {
    return new TaskTerms(
        name,
        options.timeout().orElse(config.taskTimeout()).toNanos(),
        options.priority(),
        options.retries(),
        carriers == null ? null : carriers.capture(),
        decoder);
  }

  private void checkNotInWorker() {
    String pool = WorkerMain.poolOfThisWorker();
    if (pool != null) {
      throw new RejectedExecutionException(
          "pool '"
              + config.name()
              + "' is used inside a worker of pool '"
              + pool
              + "': a task cannot submit to its own pool or to another one. Return what is to be"
              + " done next and submit it in the parent, or use threads inside the task.");
    }
  }

  /** Starts a map. */
  public <A extends @Nullable Object, R extends @Nullable Object> MapResults<R> map(
      MapOptions options,
      TaskOptions taskOptions,
      TaskFunction<A, R> function,
      Iterable<? extends A> inputs) {
    checkNotInWorker();
    backend.checkOpen();
    backend.anticipate();
    byte[] encoded = codec.encodeCall(function, function, /* beside= */ null);
    List<BufferHandle> kept = crossed();
    MapRun<R> run =
        new MapRun<>(
            this, options, taskOptions, function, encoded, kept, inputs.iterator(), sizeOf(inputs));
    services.maps().add(run);
    run.begin();
    return run;
  }

  /** How many there are, for who looks at the pool; -1 if they do not tell. */
  private static long sizeOf(Iterable<?> inputs) {
    // Not any collection: of a lazy one, to ask for its size may be to make all of it.
    boolean knows =
        inputs instanceof RandomAccess
            || inputs.getClass() == ArrayDeque.class
            || inputs.getClass() == HashSet.class
            || inputs.getClass() == LinkedHashSet.class
            || inputs.getClass() == LinkedList.class
            || inputs.getClass() == TreeSet.class;
    try {
      return knows && inputs instanceof Collection<?> known ? known.size() : -1;
    } catch (RuntimeException e) { // one that has no size
      return -1;
    }
  }

  /** As {@code ProcessExecutorService.verify}. */
  public TaskCheck verify(Object root, Object named) {
    return codec.check(root, named);
  }

  /** As {@code ProcessExecutorService.share}. */
  public <T extends @Nullable Object> Shared<T> share(T value) {
    checkNotInWorker();
    backend.checkOpen();
    byte[] encoded = codec.encodeShared(value); // and the object itself is kept
    List<BufferHandle> unused = crossed();
    return backend.share(value, encoded);
  }

  /** As {@code ProcessExecutorService.allocate}. */
  public SharedBuffer allocate(long size) {
    checkNotInWorker();
    backend.checkOpen();
    return backend.allocate(size);
  }

  /* ---- Life ---- */

  /** As {@code ExecutorService.shutdown}. */
  public void shutdown() {
    backend.shutdown();
  }

  /** As {@code ExecutorService.shutdownNow}. */
  public List<Runnable> shutdownNow() {
    backend.shutdown();
    List<PendingTask> never = backend.cancelAll(/* keepWork= */ true).neverBegun();
    return never.stream().<Runnable>map(task -> new NeverBegun(task, codec)).toList();
  }

  /** As {@code ProcessExecutorService.shutdown}. */
  public boolean shutdown(ShutdownOptions options) throws InterruptedException {
    backend.shutdown();
    if (options.cancelPending()) {
      backend.cancelPending();
    }
    if (awaitTermination(options.killAfter().orElse(FOR_EVER).toNanos(), TimeUnit.NANOSECONDS)) {
      return true;
    }
    Backend.CutOff cut = backend.cancelAll(/* keepWork= */ false);
    backend.killAll();
    awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    return cut.neverBegun().isEmpty() && cut.begun().isEmpty();
  }

  /** As {@code ExecutorService.awaitTermination}. */
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    Objects.requireNonNull(unit, "unit");
    return backend.awaitTermination(unit.toNanos(timeout));
  }

  /** As {@code ExecutorService.close}. */
  public void close() {
    shutdown();
    boolean interrupted = false;
    while (true) {
      try {
        if (awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS)) {
          break;
        }
      } catch (InterruptedException e) {
        if (!interrupted) {
          shutdownNow();
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether it takes no more tasks. */
  public boolean isShutdown() {
    return backend.state() != PoolState.RUNNING;
  }

  /** Whether nothing of it is left. */
  public boolean isTerminated() {
    return backend.state() == PoolState.TERMINATED;
  }

  /** The pool at this instant. */
  public PoolSnapshot snapshot() {
    return backend.snapshot();
  }

  /** Guards user code that is run for the pool. */
  void guarded(String what, Runnable userCode) {
    services.callbacks().guarded(what, userCode);
  }

  /** Work that was withdrawn before any worker had begun it; running it runs it here. */
  private static final class NeverBegun implements Runnable {
    private final PendingTask task;
    private final PoolCodec codec;
    private final PendingTask.Work work;

    NeverBegun(PendingTask task, PoolCodec codec) {
      this.task = task;
      this.codec = codec;
      this.work = task.withdrawnWork();
    }

    @Override
    public void run() {
      task.runHere(work, codec);
    }

    @Override
    public String toString() {
      return "task " + task.id + " '" + task.name() + "' (never begun)";
    }
  }
}

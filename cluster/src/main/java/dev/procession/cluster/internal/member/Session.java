package dev.procession.cluster.internal.member;

import dev.procession.BrokenProcessPoolException;
import dev.procession.CrashReport;
import dev.procession.OutputLine;
import dev.procession.PoolListener;
import dev.procession.WorkerCrashedException;
import dev.procession.WorkerSnapshot;
import dev.procession.cluster.internal.link.ClusterLink.Peer;
import dev.procession.cluster.internal.link.ClusterMemory;
import dev.procession.cluster.internal.link.Frame;
import dev.procession.cluster.internal.link.Lease;
import dev.procession.cluster.internal.link.PoolOptions;
import dev.procession.cluster.internal.link.Window;
import dev.procession.internal.codec.FailureCodec;
import dev.procession.internal.parent.ClassFinder.Finding;
import dev.procession.internal.parent.CodeSource;
import dev.procession.internal.parent.ElementResult;
import dev.procession.internal.parent.ElementRun;
import dev.procession.internal.parent.HostedPool;
import dev.procession.internal.parent.PendingTask;
import dev.procession.internal.parent.PoolConfig;
import dev.procession.internal.parent.RelayedTask;
import dev.procession.internal.parent.SerializerName;
import dev.procession.internal.parent.TaskTerms;
import dev.procession.internal.view.ViewAnswers;
import dev.procession.internal.view.ViewProtocol;
import dev.procession.internal.wire.ClassRequest;
import dev.procession.internal.wire.Frames;
import dev.procession.internal.wire.ProgressReport;
import dev.procession.observe.PoolView;
import dev.procession.spi.TaskSerializer;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A member's business with one submitter: a pool of workers that only it uses, and the calls that
 * it has there. Frames are taken by one thread; everything else is for any.
 */
final class Session implements RelayedTask.Relay, CodeSource {
  /** Calls that the member is ready to hold for each worker. */
  private static final int CREDIT = 4_096;

  /** Questions that are answered at a time: a thread each, and a profile takes a minute. */
  private static final int MOST_ANSWERING = 16;

  private static final Duration TELLING = Duration.ofSeconds(5);

  /** What workers have printed that nobody has read yet: who prints more waits. */
  private static final long MOST_PRINTED = 4 << 20;

  /** It has work until so long after the last that was seen of it. */
  private static final long LINGER_NANOS = 500_000_000;

  /** How its submitter is told what. No method may block. */
  interface Voice {
    /** Says it. */
    void say(Frame frame);

    /**
     * Says it, without another thread if that can be.
     *
     * @return what the caller has to run for that, without a lock that others wait for; or null
     */
    default @Nullable Runnable sayHere(Frame frame) {
      say(frame);
      return null;
    }

    /** Says it before what waits to be said; not if nothing can be said any more. */
    default void sayAside(Frame frame) {
      say(frame);
    }
  }

  private final Peer submitter;
  private final Frame.Attach attach;
  private final List<Path> classPath;
  private final Voice out;
  private final @Nullable Keeper keeper;

  /** Of a session of detached tasks, that with their submitter. */
  private final @Nullable Session origin;

  private final Map<Integer, byte[]> definitions;
  private final Map<Long, RelayedTask> calls = new ConcurrentHashMap<>();
  private final Map<String, Frame> announced = new LinkedHashMap<>(); // the link's thread's
  private final Set<Long> recalled = ConcurrentHashMap.newKeySet();
  private final Set<Long> told = ConcurrentHashMap.newKeySet(); // that they have begun
  private final AtomicLong lastRest = new AtomicLong();
  private final List<IntConsumer> releaseListeners = new CopyOnWriteArrayList<>();
  private final Map<Integer, Consumer<Finding>> questions = new ConcurrentHashMap<>();
  private final AtomicInteger lastQuestion = new AtomicInteger();
  private final Executor threads;
  private final Object saying = new Object(); // a leaf, but for Keeper's, under that of a detached
  private final Semaphore answering = new Semaphore(MOST_ANSWERING);
  private final HostedPool pool;
  private final SharedHere shared;
  private final Window printed;
  private volatile boolean ended;
  private volatile boolean wantsMore;
  private volatile long leaseUntil = System.nanoTime() + Lease.NANOS;
  private volatile long askedAt = System.nanoTime();
  private volatile long workedAt = System.nanoTime() - LINGER_NANOS;
  private final long mostBytes;
  private volatile boolean noted;
  private volatile int share = -1; // written under this
  private boolean draining; // guarded by this
  private @Nullable PoolView view; // guarded by this; while somebody looks
  private final AtomicBoolean leaving = new AtomicBoolean();

  /**
   * Begins.
   *
   * @param member name of the member
   * @param classPath of the workers, with all that the submitter's tasks are made of
   * @param workers how many the member has in all
   * @param mostBytes the longest payload of a call that it takes
   * @param out hears what is said to the submitter; it must not block
   * @param memory has what it shares
   * @param threads where what was found is put into files
   * @param keeper of its detached tasks; null for the session in which these run
   * @param origin of such a session, that with their submitter; else null
   */
  Session(
      String member,
      Peer submitter,
      Frame.Attach attach,
      List<Path> classPath,
      int workers,
      long mostBytes,
      Voice out,
      ClusterMemory memory,
      Executor threads,
      @Nullable Keeper keeper,
      @Nullable Session origin)
      throws IOException {
    this.mostBytes = mostBytes;
    this.submitter = submitter;
    this.attach = attach;
    this.classPath = classPath;
    this.out = out;
    this.threads = threads;
    this.keeper = keeper;
    this.origin = origin;
    this.definitions = origin == null ? new ConcurrentHashMap<>() : origin.definitions;
    this.printed = origin == null ? new Window(MOST_PRINTED) : origin.printed; // the same way
    PoolConfig config =
        PoolOptions.read(
            attach.options(),
            attach.pool() + "@" + member,
            workers,
            TaskSerializer.fory(),
            Path.of(System.getProperty("java.home")),
            classPath,
            this::print,
            new Listener());
    pool =
        new HostedPool(
            config,
            Runtime.version().feature(),
            new SerializerName(attach.serializer(), attach.serializerLoader()),
            attach.initializer(),
            /* code= */ this,
            member,
            leaseUntil);
    shared =
        new SharedHere(
            pool, (value, piece) -> memory.kept(submitter, value, piece), threads, this::say);
  }

  /**
   * For what a submitter has detached: with workers of its own, which live as long as the member
   * does.
   *
   * @param origin the session with the submitter
   * @param out hears what would be said to it
   */
  static Session detachedFrom(
      Session origin, String member, int workers, Voice out, ClusterMemory memory, Executor threads)
      throws IOException {
    return new Session(
        member,
        origin.submitter,
        origin.attach,
        origin.classPath,
        workers,
        origin.mostBytes,
        out,
        memory,
        threads,
        /* keeper= */ null,
        origin);
  }

  Peer submitter() {
    return submitter;
  }

  /** Tells it from those that its submitter has begun before. */
  int number() {
    return attach.number();
  }

  /* ---- Code ---- */

  @Override
  public byte @Nullable [] definition(int lambda) {
    return definitions.get(lambda);
  }

  @Override
  public void find(ClassRequest request, Consumer<Finding> to) {
    int id = lastQuestion.incrementAndGet();
    questions.put(id, to);
    say(new Frame.Lookup(id, request.toBytes()));
    if (ended) {
      found(id, Finding.missing("the submitter is gone"));
    }
  }

  private void found(int id, Finding finding) {
    Consumer<Finding> to = questions.remove(id);
    if (to != null) {
      threads.execute(() -> to.accept(finding));
    }
  }

  @Override
  public void addReleaseListener(IntConsumer listener) {
    releaseListeners.add(listener);
  }

  @Override
  public void removeReleaseListener(IntConsumer listener) {
    releaseListeners.remove(listener);
  }

  /* ---- State ---- */

  /** Whether nothing more is said to the submitter. */
  boolean isEnded() {
    return ended;
  }

  /** Whether it has calls here. */
  boolean hasCalls() {
    return !calls.isEmpty();
  }

  /** How many calls it has here. */
  int calls() {
    return calls.size();
  }

  /** Whether its submitter has said, of this member that drains, that it has all of it. */
  boolean isDrained() {
    return (noted || isOfDetached()) && !hasCalls();
  }

  private boolean isOfDetached() {
    return keeper == null;
  }

  /** Whether it has, or would have more if it might, or had until a moment ago. */
  boolean hasWork() {
    long now = System.nanoTime();
    if (hasCalls() || wantsMore) {
      workedAt = now;
      return true;
    }
    return now - workedAt < LINGER_NANOS;
  }

  /**
   * Asks whether it may go on, if it is time to.
   *
   * @return false if it may not: too long nothing was heard
   */
  boolean renew() {
    long now = System.nanoTime();
    boolean isTime = now - askedAt > Lease.RENEW_NANOS;
    if (isTime) {
      askedAt = now;
    }
    if (isOfDetached()) {
      if (isTime) {
        granted(now); // nobody else has to
      }
      return true;
    }
    if (now - leaseUntil > 0) {
      return false;
    }
    if (isTime) {
      synchronized (saying) {
        if (!ended) {
          // Results of any length must not cost it its lease.
          out.sayAside(new Frame.Renew(number(), now));
        }
      }
    }
    return true;
  }

  private void granted(long asked) {
    long until = Math.min(asked, askedAt) + Lease.NANOS; // whatever the answer says
    if (until - leaseUntil > 0) {
      leaseUntil = until;
      pool.lease(until);
    }
  }

  /** It has so many of the member's workers from now on. */
  synchronized void has(int workers, boolean isDraining) {
    if (workers == share && isDraining == draining) {
      return;
    }
    share = workers;
    draining = isDraining;
    pool.limitWorkers(workers);
    say(new Frame.Capacity(number(), workers, workers * CREDIT, isDraining, mostBytes));
  }

  /* ---- From the submitter ---- */

  void take(Frame frame) throws IOException {
    if (frame instanceof Frame.Define define) {
      definitions.put(define.lambda(), define.definition());
    } else if (frame instanceof Frame.Run run) {
      run(run);
    } else if (frame instanceof Frame.Recall recall) {
      recall.calls().forEach(this::recall);
    } else if (frame instanceof Frame.Cancel cancel) {
      cancel(cancel.call());
    } else if (frame instanceof Frame.Entrust entrust && keeper != null) {
      say(keeper.entrust(this, entrust.run()));
    } else if (frame instanceof Frame.Printed heard) {
      printed.leave(heard.bytes());
    } else if (frame instanceof Frame.Claim claim && keeper != null) {
      noted = false; // whoever has said that it awaits nothing awaits this
      keeper.claim(this, claim);
    } else if (frame instanceof Frame.Forget forget && keeper != null) {
      keeper.forget(forget.id());
    } else if (frame instanceof Frame.Found found) {
      found(found.id(), found.finding());
    } else if (frame instanceof Frame.Released released) {
      releaseListeners.forEach(listener -> listener.accept(released.loader()));
      forward(frame);
    } else if (frame instanceof Frame.Granted granted) {
      granted(granted.asked());
    } else if (frame instanceof Frame.Demand demand) {
      wantsMore = demand.more();
    } else if (frame instanceof Frame.Noted) {
      noted = true;
    } else if (frame instanceof Frame.Ask ask) {
      ask(ask);
    } else if (frame instanceof Frame.Share share) {
      announced.put(share.value(), share);
      shared.take(share);
      forward(frame);
    } else if (frame instanceof Frame.Preload preload) {
      shared.take(preload);
      forward(frame);
    } else if (frame instanceof Frame.Unshare unshare) {
      announced.remove(unshare.value());
      shared.take(unshare);
      forward(frame);
    } else if (frame instanceof Frame.Condemn condemn) {
      threads.execute(() -> pool.condemn(condemn.pid()));
      forward(frame); // it may be a worker of a detached task
    } else {
      throw new IOException("a submitter does not say " + frame.type());
    }
  }

  /** To the session of what it has detached. */
  private void forward(Frame frame) {
    if (keeper != null) {
      keeper.forward(this, frame);
    }
  }

  /** The values that the submitter shares; on the link's thread. */
  List<Frame> announced() {
    return List.copyOf(announced.values());
  }

  private void run(Frame.Run run) throws IOException {
    if (run.payload().length > mostBytes) {
      throw new IOException(
          "a task of "
              + run.payload().length
              + " bytes, where at most "
              + mostBytes
              + " are taken");
    }
    TaskTerms terms =
        new TaskTerms(
            run.name(),
            run.timeoutNanos(),
            run.priority(),
            /* retries= */ run.crashes(), // no further ones: the submitter has them
            run.context(),
            pool.decoder());
    RelayedTask task =
        RelayedTask.of(
            this,
            run.task(),
            run.kind(),
            run.count(),
            run.payload(),
            run.needsSerializer(),
            run.crashes(),
            run.suspect(),
            terms);
    task.number(run.call());
    calls.put(run.call(), task);
    try {
      pool.submit(task);
    } catch (RejectedExecutionException | BrokenProcessPoolException e) {
      boolean unused = forget(task);
      say(new Frame.Returned(List.of(run.call())));
      if (e instanceof BrokenProcessPoolException) {
        say(new Frame.Refused(number(), String.valueOf(e.getMessage())));
      }
    }
  }

  /** Says it, unless the submitter has begun anew or is gone. Whoever calls may hold any lock. */
  void say(Frame frame) {
    boolean unused = tell(frame);
  }

  /** As the other method; whether it was said. */
  private boolean tell(Frame frame) {
    synchronized (saying) {
      if (!ended) {
        out.say(frame);
      }
      return !ended;
    }
  }

  private void cancel(long call) {
    RelayedTask task = calls.get(call);
    if (task != null) {
      boolean unused = pool.cancel(task, /* mayInterrupt= */ true);
    } else if (keeper != null) {
      keeper.cancel(this, call);
    }
  }

  private void recall(long call) {
    RelayedTask task = calls.get(call);
    if (task == null) {
      if (keeper != null) {
        keeper.recall(this, call);
      }
      return; // or its end is on the way
    }
    recalled.add(call);
    if (!pool.cancel(task, /* mayInterrupt= */ false) && recalled.remove(call)) {
      say(new Frame.Kept(List.of(call)));
    }
  }

  /* ---- To the submitter ---- */

  private boolean knows(RelayedTask task) {
    return calls.get(task.number()) == task;
  }

  /** Whether it was known. */
  private boolean forget(RelayedTask task) {
    Long call = task.number();
    boolean known = calls.remove(call, task);
    if (known) {
      told.remove(call);
      recalled.remove(call);
    }
    return known;
  }

  /** Tells of those that have begun, so far as their results do not. */
  void tellBegun() {
    if (!hasCalls()) {
      return;
    }
    for (PendingTask task : pool.begun()) {
      if (task instanceof RelayedTask relayed && knows(relayed) && told.add(relayed.number())) {
        say(new Frame.Begun(relayed.number(), task.startedBy(), ago(task.startedAt())));
        if (!knows(relayed)) {
          told.remove(relayed.number());
        }
      }
    }
  }

  private static long ago(long nanoTime) {
    return nanoTime == 0 ? 0 : Math.max(0, System.nanoTime() - nanoTime);
  }

  @Override
  public void result(RelayedTask task, ElementResult result) {
    if (!(result.last() ? forget(task) : knows(task))) {
      return;
    }
    boolean beside = !result.beside().isEmpty();
    sayResult(
        new Frame.Result(
            task.number(),
            result.element(),
            result.last(),
            result.status(),
            beside,
            result.worker().pid(),
            ago(result.begunAt()),
            result.runNanos(),
            result.cpuNanos(),
            beside ? whole(result) : result.bytes()));
  }

  /**
   * Where there is less to do than there are workers, somebody waits for just this result; else
   * many make one message.
   */
  private void sayResult(Frame.Result result) {
    if (!result.last() || calls.size() >= share) {
      say(result);
      return;
    }
    Runnable sending = null;
    synchronized (saying) {
      if (!ended) {
        sending = out.sayHere(result);
      }
    }
    if (sending != null) {
      sending.run();
    }
  }

  /** The payload together with its large parts. */
  private static byte[] whole(ElementResult result) {
    var content = result.beside().with(result.bytes());
    byte[] bytes = new byte[content.length()];
    content.copy(0, ByteBuffer.wrap(bytes));
    return bytes;
  }

  @Override
  public void results(RelayedTask task, ElementRun run) {
    if (!knows(task)) {
      return;
    }
    long ago = ago(task.startedAt());
    for (int i = 0; i < run.count(); i++) {
      run.next();
      byte[] value = Arrays.copyOfRange(run.bytes(), run.offset(), run.offset() + run.length());
      say(
          new Frame.Result(
              task.number(),
              run.first() + i,
              /* last= */ false,
              Frames.VALUE,
              /* beside= */ false,
              task.startedBy(),
              ago,
              0,
              0,
              value));
    }
  }

  @Override
  public void progress(RelayedTask task, ProgressReport report) {
    if (knows(task)) {
      say(new Frame.Progress(task.number(), report.toBytes()));
    }
  }

  @Override
  public void cut(RelayedTask task, int at, RelayedTask rest) {
    if (!knows(task)) {
      return;
    }
    rest.number(-lastRest.incrementAndGet());
    calls.put(rest.number(), rest);
    say(new Frame.Cut(task.number(), at, rest.number()));
  }

  @Override
  public void over(RelayedTask task, @Nullable Throwable failure) {
    boolean isReturned = failure == null && recalled.contains(task.number());
    if (!forget(task)) {
      return;
    }
    if (isReturned) {
      say(new Frame.Returned(List.of(task.number())));
      return;
    }
    say(
        new Frame.Over(
            task.number(),
            failure == null ? new byte[0] : FailureCodec.encode(failure),
            failure instanceof WorkerCrashedException,
            ago(task.begunAt),
            task.startedBy()));
  }

  @Override
  public void ended(RelayedTask task) {
    if (forget(task)) {
      say(new Frame.Ended(task.number()));
    }
  }

  /**
   * By the thread that reads what a worker prints: while it waits that worker does, if it prints
   * more. What one has left behind that has ended is not much, and its thread is waited for.
   */
  private void print(OutputLine line) {
    Frame output =
        new Frame.Output(line.pid(), line.taskId(), line.taskName(), line.error(), line.text());
    int size = (int) output.roughSize(); // a line is cut where it is longer
    try {
      if (!originIsLeaving() && printed.enter(size, () -> hasEnded(line.pid())) && !tell(output)) {
        printed.leave(size);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether what a detached task prints has nowhere to go any more. */
  private boolean originIsLeaving() {
    return origin != null && origin.leaving.get();
  }

  private static boolean hasEnded(long pid) {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty();
  }

  /* ---- Being looked at ---- */

  /** Tells the submitter of workers that come and go. */
  private final class Listener implements PoolListener {
    @Override
    public void workerReady(String of, WorkerSnapshot worker) {
      tell(worker);
    }

    @Override
    public void workerEnded(String of, CrashReport report) {
      tell(report);
    }
  }

  private void tell(Serializable event) {
    say(new Frame.Told(bytesOf(new ViewProtocol.Answer(event, null, null))));
  }

  private static byte[] bytesOf(ViewProtocol.Answer answer) {
    try {
      return ViewProtocol.toBytes(answer);
    } catch (IOException e) {
      throw new UncheckedIOException("records cannot be written", e);
    }
  }

  /** In the order in which they come; what takes a while is done by other threads. */
  private void ask(Frame.Ask ask) {
    if (ask.question() == Frame.Ask.NO_MORE) {
      lookNoMore();
      return;
    }
    PoolView asked = view();
    if (asked == null) {
      return; // it has ended
    }
    if (!answering.tryAcquire()) {
      answer(ask, new ViewProtocol.Answer(null, null, "it is asked too much at a time"));
      return;
    }
    threads.execute(
        () -> {
          try {
            answer(ask, ViewAnswers.answer(asked, ask.question(), ask.argument()));
          } finally {
            answering.release();
          }
        });
  }

  private void answer(Frame.Ask ask, ViewProtocol.Answer answer) {
    say(new Frame.Answer(ask.id(), bytesOf(answer)));
  }

  private synchronized @Nullable PoolView view() {
    if (view == null && !ended) {
      view = pool.view();
    }
    return view;
  }

  private synchronized void lookNoMore() {
    if (view != null) {
      view.close();
      view = null;
    }
  }

  /* ---- Life ---- */

  /**
   * Its submitter wants nothing more.
   *
   * @param atOnce whether workers are killed; else they end in good order, which those that hang do
   *     not for long
   * @param then what is done once none is left, by another thread
   */
  void leave(boolean atOnce, Runnable then) {
    if (!isOfDetached()) {
      printed.end(MOST_PRINTED); // a listener that hangs is not to be waited for
    }
    if (atOnce) {
      pool.shutdownNow();
    } else {
      pool.shutdown();
    }
    if (!leaving.getAndSet(true)) {
      threads.execute(
          () -> {
            awaitEnd();
            awaitTold();
            then.run();
          });
    }
  }

  /** Says nothing more. */
  void silence() {
    synchronized (saying) {
      ended = true;
    }
  }

  /** Its submitter is gone: stops everything, and says nothing more. */
  void end() {
    silence();
    if (!isOfDetached()) {
      printed.shut();
    }
    questions.keySet().forEach(id -> found(id, Finding.missing("the submitter is gone")));
    calls.clear();
    lookNoMore();
    pool.shutdownNow();
  }

  /** Waits until the submitter was told of the last workers' ends. */
  private void awaitTold() {
    try {
      boolean unused = pool.awaitTold(TELLING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until nothing of it is left. */
  void awaitEnd() {
    try {
      boolean unused = pool.awaitTermination(Long.MAX_VALUE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package dev.procession.internal.parent;

import dev.procession.CrashReport;
import dev.procession.ExitReason;
import dev.procession.PoolState;
import dev.procession.VoidTask;
import dev.procession.WorkerCrashedException;
import dev.procession.WorkerStartException;
import dev.procession.WorkerState;
import dev.procession.internal.codec.FailureCodec;
import dev.procession.internal.codec.LoaderTable;
import dev.procession.internal.codec.ResultBounds;
import dev.procession.internal.os.WorkerSizing;
import dev.procession.internal.wire.ClassRequest;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.Endpoint;
import dev.procession.internal.wire.ProgressReport;
import dev.procession.internal.wire.Region;
import dev.procession.internal.wire.RegionLayout;
import dev.procession.internal.wire.SegmentReader;
import dev.procession.internal.wire.SegmentWriter;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.internal.wire.WireException;
import dev.procession.internal.wire.WorkerFiles;
import dev.procession.observe.PoolView;
import java.io.Closeable;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pool's own thread: listens for workers, reads results that nobody waits for, does what
 * becomes due, and buries the dead.
 */
final class Supervisor implements Runnable {
  /*
   * Sleep.    Before it sleeps it asks every worker for the doorbell and looks at every ring once more.
   *           While results keep coming it does not ask but naps, so that a worker under load never pays
   *           for a system call; a caller in get() reads its own results meanwhile. If the last nap
   *           brought nothing, results come one by one, and to be woken for each costs less.
   *
   * Due.      "due" is when rounds() is to be called next. Whoever makes something due earlier lowers it
   *           and wakes the thread if it sleeps for longer: the thread writes sleepsUntil before it
   *           looks at due the last time, the other writes due before it looks at sleepsUntil.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

  private static final long NAP_NANOS = 50_000;
  private static final Duration EXIT_PATIENCE = Duration.ofSeconds(1);

  /** It is known that they will come, unless this machine has no time at all. */
  private static final Duration LAST_WORDS_PATIENCE = Duration.ofSeconds(10);

  private static final Duration OUTPUT_PATIENCE = Duration.ofMillis(500);
  private static final long NEVER = Long.MAX_VALUE;

  /** Who submits at once is not to compete with the serializer for processors. */
  private static final long WARM_UP_AFTER_NANOS = 100_000_000;

  /** A pool whose first workers take so long to start is to be found nevertheless. */
  private static final long ANNOUNCE_AFTER_NANOS = 2_000_000_000;

  private static final long ACCEPT_PAUSE_NANOS = 100_000_000;
  private static final long HELLO_NANOS = 10_000_000_000L;
  private static final long HOOK_PATIENCE_NANOS = 2_000_000_000L;

  private final LocalServices pool;
  private final Scheduler scheduler;
  private final SharedDirectory directory;
  private final SharedStore shared;
  private final BufferStore buffers;
  private final PartStore parts;
  private final WorkerLogs logs;
  private final ClassServer classes;
  private final ServerSocketChannel server;
  private final ViewServer views;
  private final Selector selector;
  private final SelectionKey listening;
  private final LaunchCommand command;
  private final byte[] initializer;
  private final AtomicLong due = new AtomicLong(NEVER);
  private final CountDownLatch terminated = new CountDownLatch(1);
  private final long warmUpAt = System.nanoTime() + WARM_UP_AFTER_NANOS;
  private final long announceAt = System.nanoTime() + ANNOUNCE_AFTER_NANOS;
  private boolean warm; // the supervisor thread's, as the next
  private boolean announced;
  private boolean napPays = true;
  private volatile long sleepsUntil;
  private volatile boolean ended;
  private volatile boolean exiting;

  /** What has come of a worker's channel, and whose it is once it has said hello. */
  private static final class Connection {
    private ByteBuffer in = ByteBuffer.allocate(1024);
    private final long since = System.nanoTime();
    private @Nullable WorkerSlot slot;
  }

  Supervisor(
      LocalServices pool, SharedDirectory directory, LaunchCommand command, byte[] initializer)
      throws IOException {
    this.pool = pool;
    this.scheduler = pool.scheduler();
    this.directory = directory;
    this.shared = new SharedStore(pool, directory);
    this.buffers = new BufferStore(pool, directory);
    this.parts = new PartStore(pool, directory);
    this.logs = new WorkerLogs(pool);
    this.classes = new ClassServer(pool, directory);
    this.command = command;
    this.initializer = initializer;
    this.server = Endpoint.listen(directory);
    this.views = new ViewServer(pool, Endpoint.address(server));
    this.selector = Selector.open();
    this.listening = server.register(selector, SelectionKey.OP_ACCEPT);
  }

  void start() {
    WorkerSizing sizing = command.sizing();
    LOG.info("[{}] up to {}", pool.name(), sizing.text());
    String warning = sizing.warning();
    if (warning != null) {
      LOG.warn("[{}] {}", pool.name(), warning);
    }
    wakeBy(warmUpAt);
    new PoolThreads(pool.name(), "supervisor").newThread(this).start();
  }

  /* ---- Being told ---- */

  /** Something is to be done at that nanoTime, or later than what is known already. */
  void wakeBy(long nanoTime) {
    while (true) {
      long known = due.get();
      if (nanoTime >= known) {
        return;
      }
      if (due.compareAndSet(known, nanoTime)) {
        if (nanoTime < sleepsUntil) {
          selector.wakeup();
        }
        return;
      }
    }
  }

  void wakeUp() {
    due.set(Long.MIN_VALUE);
    selector.wakeup();
  }

  /** The last worker is gone and no task is left. */
  void end() {
    ended = true;
    selector.wakeup();
  }

  boolean awaitTermination(long nanos) throws InterruptedException {
    return terminated.await(nanos, TimeUnit.NANOSECONDS);
  }

  /**
   * The JVM is exiting: kills the workers and deletes the files. The pool counts as ended then, or
   * an exit hook of the user's own that closes it would wait for ever.
   *
   * <p>Futures are left alone at first, or a Ctrl-C would print a stack trace for each thread that
   * waits for one. If the JVM still lives after a while, it is an exit hook that waits: then they
   * are cancelled.
   */
  void exitNow() {
    exiting = true;
    views.end(); // or it might write into what is being deleted
    scheduler.exiting();
    scheduler.killAll();
    directory.delete();
    terminated.countDown();
    new PoolThreads(pool.name(), "exit").newThread(this::releaseWaitingHooks).start();
  }

  private void releaseWaitingHooks() {
    try {
      TimeUnit.NANOSECONDS.sleep(HOOK_PATIENCE_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    var unused = scheduler.stopper().cancelAll(/* keepWork= */ false);
  }

  /** The values that the pool shares. */
  SharedStore shared() {
    return shared;
  }

  PartStore parts() {
    return parts;
  }

  BufferStore buffers() {
    return buffers;
  }

  /* ---- The loop ---- */

  @Override
  public void run() {
    try {
      while (!ended) {
        round();
      }
    } catch (Throwable e) {
      scheduler
          .losses()
          .breakPool("its supervisor failed with " + e + "; build a new one", null, e);
    } finally {
      clearUp();
    }
  }

  private void round() throws IOException {
    List<WorkerSlot> workers = scheduler.workers();
    if (due.get() <= System.nanoTime()) {
      // First what has come: after a pause of this process, it decides what is overdue and what
      // not. Twice, because a worker that is only now accepted may have said that it is ready.
      for (int i = 0; i < 2 && selector.selectNow() > 0; i++) {
        handleKeys();
      }
      int unused = drain(workers);
      due.set(NEVER);
      pool.runDeferred();
      acceptAgain();
      warmUpWhenQuiet();
      wakeBy(scheduler.rounds());
      workers = scheduler.workers();
    }
    int read = drain(workers);
    if (read > 1 || (read == 1 && napPays)) {
      LockSupport.parkNanos(this, NAP_NANOS);
      napPays = workers.stream().anyMatch(WorkerSlot::hasResults);
      selector.selectNow();
      handleKeys();
      return;
    }
    for (WorkerSlot slot : workers) {
      slot.listen(/* asleep= */ true);
    }
    if (drain(workers) == 0) {
      sleep();
    }
    handleKeys();
  }

  private void warmUpWhenQuiet() {
    if (warm) {
      return;
    }
    long now = System.nanoTime();
    if (now - warmUpAt < 0) {
      wakeBy(warmUpAt);
    } else if (scheduler.workers().stream().noneMatch(slot -> slot.state == WorkerState.STARTING)) {
      warmUp();
    } else if (now - announceAt < 0) {
      wakeBy(announceAt);
    } else { // its first workers hang at their start: just then somebody looks
      announce();
    } // and warms up when one of them is ready
  }

  /** Makes the serializer ready off the callers' path, when no start needs the processors. */
  private void warmUp() {
    if (!warm) {
      warm = true;
      pool.inBackground(this::warmUpSerializer);
      announce(); // only now: nothing is to compete with a start
    }
  }

  private void warmUpSerializer() {
    try {
      pool.config().serializer().warmUp();
    } catch (RuntimeException | Error e) { // not to be tried again: who uses it will be told
      LOG.debug("[{}] the serializer could not be made ready", pool.name(), e);
    }
  }

  private void announce() {
    if (!announced) {
      announced = true;
      if (pool.config().observable()) {
        pool.inBackground(() -> views.announce(directory.first()));
      }
    }
  }

  /** The pool as it is seen from outside. */
  PoolView view() {
    return views.view();
  }

  private static int drain(List<WorkerSlot> workers) {
    int records = 0;
    for (WorkerSlot slot : workers) {
      if (slot.hasResults()) {
        records += slot.drain();
      }
    }
    return records;
  }

  private void sleep() throws IOException {
    sleepsUntil = NEVER;
    long until = due.get();
    sleepsUntil = until;
    long nanos = due.get() - System.nanoTime();
    if (due.get() != NEVER && nanos <= 0) {
      selector.selectNow();
    } else if (ended) {
      return;
    } else if (until == NEVER) {
      selector.select();
    } else {
      selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos + 999_999)));
    }
    sleepsUntil = Long.MIN_VALUE;
  }

  private void handleKeys() {
    for (SelectionKey key : selector.selectedKeys()) {
      int ready = readyOps(key);
      if ((ready & SelectionKey.OP_ACCEPT) != 0) {
        accept();
        continue;
      }
      if ((ready & SelectionKey.OP_WRITE) != 0) {
        write(key);
      }
      if ((ready & SelectionKey.OP_READ) != 0) {
        read(key);
      }
    }
    selector.selectedKeys().clear();
  }

  /** Nothing if the worker is being buried: that closes its channel on another thread. */
  static int readyOps(SelectionKey key) {
    try {
      return key.readyOps();
    } catch (CancelledKeyException e) {
      return 0; // to ask whether it is valid first would not help: it may be cancelled in between
    }
  }

  /* ---- Channels ---- */

  private void accept() {
    try {
      dropSilentStrangers();
      SocketChannel channel;
      while ((channel = server.accept()) != null) {
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, new Connection());
      }
    } catch (IOException e) {
      // No descriptor is left, for example. It stays readable: not to be asked all the time.
      LOG.warn("[{}] a worker's connection could not be accepted", pool.name(), e);
      listening.interestOps(0);
      wakeBy(System.nanoTime() + ACCEPT_PAUSE_NANOS);
    }
  }

  private void acceptAgain() {
    if (listening.isValid() && listening.interestOps() == 0) {
      listening.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  /** Who connects and says nothing is not a worker: the descriptors are for those that are. */
  private void dropSilentStrangers() {
    long now = System.nanoTime();
    for (SelectionKey key : selector.keys()) {
      if (key.attachment() instanceof Connection connection
          && connection.slot == null
          && now - connection.since > HELLO_NANOS) {
        close((SocketChannel) key.channel());
      }
    }
  }

  /** Has that worker's slot send more once its channel takes it; from any thread. */
  void tellWhenWritable(SocketChannel channel) {
    SelectionKey key = channel.keyFor(selector);
    try {
      if (key != null) {
        key.interestOpsOr(SelectionKey.OP_WRITE);
        selector.wakeup();
      }
    } catch (CancelledKeyException e) {
      // The worker is being buried.
    }
  }

  private static void write(SelectionKey key) {
    WorkerSlot slot = ((Connection) key.attachment()).slot;
    try {
      key.interestOpsAnd(~SelectionKey.OP_WRITE); // first: who keeps something anew asks anew
    } catch (CancelledKeyException e) {
      return;
    }
    if (slot != null) {
      slot.sendMore((SocketChannel) key.channel());
    }
  }

  private void read(SelectionKey key) {
    SocketChannel channel = (SocketChannel) key.channel();
    Connection connection = (Connection) key.attachment();
    boolean open = false;
    try {
      if (!connection.in.hasRemaining()) {
        connection.in = ByteBuffer.allocate(connection.in.capacity() * 2).put(connection.in.flip());
      }
      open = channel.read(connection.in) >= 0;
      connection.in.flip();
      while (handleOne(channel, connection)) {
        // as many as have come
      }
      connection.in.compact();
    } catch (WireException e) {
      WorkerSlot slot = connection.slot;
      open = false;
      if (slot != null) {
        scheduler.losses().breakOff(slot, String.valueOf(e.getMessage()), e);
      } else {
        LOG.warn("[{}] a stranger was turned away: {}", pool.name(), e.getMessage());
      }
    } catch (IOException e) {
      open = false;
    }
    if (!open) {
      close(channel);
      WorkerSlot slot = connection.slot;
      if (slot != null) {
        slot.channelEnded.countDown();
        reap(slot);
      }
    }
  }

  private boolean handleOne(SocketChannel channel, Connection connection) throws WireException {
    ByteBuffer in = connection.in;
    if (!in.hasRemaining()) {
      return false;
    }
    int start = in.position();
    byte type = in.get();
    WorkerSlot slot = connection.slot;
    if (slot == null && type == ControlMessages.OBSERVE) {
      byte[] secret = ControlMessages.readObserve(in);
      if (secret != null) {
        observe(secret, channel, in);
        return false;
      }
    } else if (slot == null) {
      ControlMessages.Hello hello = type == ControlMessages.HELLO ? helloIn(in) : reject(type);
      if (hello != null) {
        connection.slot = introduced(hello, channel);
        if (connection.slot == null) {
          close(channel);
        }
        return connection.slot != null;
      }
    } else {
      switch (type) {
        case ControlMessages.BELL -> {
          return true;
        }
        case ControlMessages.READY -> {
          shared.preloads().forEach(slot::send);
          scheduler.ready(slot);
          warmUp();
          command.makeArchive();
          return true;
        }
        case ControlMessages.FAILED -> {
          byte[] failure = ControlMessages.readFailure(in);
          if (failure != null) {
            slot.process.startFailed(failure);
            return true;
          }
        }
        case ControlMessages.THREADS -> {
          byte[] threads = ControlMessages.readThreads(in);
          if (threads != null) {
            slot.threadsTold(threads);
            return true;
          }
        }
        case ControlMessages.VITALS -> {
          ControlMessages.Vitals vitals = ControlMessages.readVitals(in);
          if (vitals != null) {
            slot.vitalsTold(vitals);
            return true;
          }
        }
        case ControlMessages.PROFILE -> {
          ControlMessages.Profile profile = ControlMessages.readProfile(in);
          if (profile != null) {
            slot.profileTold(profile);
            return true;
          }
        }
        case ControlMessages.LOAD -> {
          ClassRequest request = ControlMessages.readLoad(in);
          if (request != null) {
            classes.serve(slot, request);
            return true;
          }
        }
        case ControlMessages.LOG -> {
          byte[] message = ControlMessages.readLog(in);
          if (message != null) {
            logs.add(slot, message);
            return true;
          }
        }
        case ControlMessages.ASK -> {
          Long sequence = ControlMessages.readAsk(in);
          if (sequence != null) {
            slot.tell(sequence);
            return true;
          }
        }
        case ControlMessages.PROGRESS -> {
          ProgressReport report = ControlMessages.readProgress(in);
          if (report != null) {
            slot.progress(report);
            return true;
          }
        }
        default -> reject(type);
      }
    }
    in.position(start);
    return false;
  }

  /** Leaves the channel to who answers observers, together with what has come on it already. */
  private void observe(byte[] secret, SocketChannel channel, ByteBuffer in) throws WireException {
    if (!views.isKnown(secret)) {
      throw new WireException("somebody who may not observe the pool");
    }
    SelectionKey key = channel.keyFor(selector);
    if (key != null) {
      key.cancel();
    }
    byte[] rest = new byte[in.remaining()];
    in.get(rest);
    views.serve(channel, rest);
  }

  private static ControlMessages.@Nullable Hello helloIn(ByteBuffer in) {
    return ControlMessages.readHello(in);
  }

  private static ControlMessages.Hello reject(byte type) throws WireException {
    throw new WireException("message type " + type + " on the private channel");
  }

  /**
   * The worker that says hello, be it that the pool is ending it, or null if it is dead and buried
   * while this was on its way.
   */
  private @Nullable WorkerSlot introduced(ControlMessages.Hello hello, SocketChannel channel)
      throws WireException {
    WorkerSlot slot = scheduler.worker(hello.worker());
    if (slot == null && scheduler.hadWorker(hello.worker())) {
      return null;
    }
    if (slot == null
        || slot.channel() != null
        || !MessageDigest.isEqual(slot.process.secret(), hello.secret())) {
      throw new WireException("somebody who is not the worker it says it is");
    }
    if (hello.version() != RegionLayout.VERSION) {
      throw new WireException(
          "the worker runs another version of Procession (wire "
              + hello.version()
              + ", here "
              + RegionLayout.VERSION
              + ")");
    }
    slot.connected(channel, hello.pid());
    return slot;
  }

  private void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("[{}] closing a channel", pool.name(), e);
    }
  }

  /* ---- Birth and death: on background threads ---- */

  void launch(WorkerSlot slot) {
    WorkerFiles files = new WorkerFiles(slot.number);
    String region = files.region();
    try {
      int retained = SegmentWriter.retained(directory, pool.config().workers());
      slot.attach(
          directory.make(region, Region::create),
          new SegmentWriter(directory, files.callSegments(), retained),
          new SegmentReader(directory, files.resultSegments()));
      slot.process.start(
          directory,
          Endpoint.address(server),
          region,
          retained,
          initializer,
          command,
          slot::labelOfOutput);
      slot.process.onExit(() -> reap(slot));
      if (slot.givenUp) {
        slot.process.deleteFiles(directory);
      }
    } catch (IOException | RuntimeException | Error e) {
      slot.process.kill(); // it may have got as far as that
      if (slot.buriedOnce()) {
        slot.process.deleteFiles(directory);
        startFailed(slot, "the process could not be launched: " + e, e);
      }
    }
  }

  /** The launcher has not come back in time: the worker is given up, and killed if it does. */
  void giveUp(WorkerSlot slot) {
    if (slot.buriedOnce()) {
      slot.givenUp = true;
      slot.process.kill();
      startFailed(
          slot,
          "the launcher has not started a process within the start timeout of "
              + ExitReports.seconds(pool.config().startTimeout()),
          null);
    }
  }

  private void startFailed(WorkerSlot slot, String why, @Nullable Throwable cause) {
    if (exiting) {
      return; // its files were deleted under it
    }
    CrashReport report = slot.process.report(ExitReason.START_FAILED, null, Duration.ZERO);
    String text = ExitReports.startFailedText(report, why);
    boolean byChance = slot.process.isKilledByOthers();
    scheduler
        .losses()
        .startFailed(slot, byChance, () -> new WorkerStartException(text, report, cause));
    pool.events().workerEnded(report);
  }

  private void reap(WorkerSlot slot) {
    if (!exiting && slot.buriedOnce()) {
      pool.inBackground(() -> bury(slot));
    }
  }

  private void bury(WorkerSlot slot) {
    boolean wasStarting = scheduler.losses().closing(slot);
    try {
      boolean livedOn = slot.process.awaitExit(EXIT_PATIENCE); // though its channel is closed
      if (livedOn || (slot.channel() == null && slot.process.hasEndedBroken())) {
        scheduler.losses().blame(slot, ExitReason.PROTOCOL_ERROR);
      }
      // What it said last, why it cannot start, may still be unread, and its connection not taken.
      boolean hasSaidWhy = slot.process.hasSaidWhyItCannotStart();
      if (wasStarting && (hasSaidWhy || slot.channel() != null)) {
        Duration patience = hasSaidWhy ? LAST_WORDS_PATIENCE : EXIT_PATIENCE;
        var unused = slot.channelEnded.await(patience.toMillis(), TimeUnit.MILLISECONDS);
      }
      slot.process.killLeftovers();
      slot.endAnswers();
      if (exiting) {
        return;
      }
      slot.process.examine();
      slot.drainToEnd();
      List<PendingTask> begun = wasStarting ? List.of() : scheduler.losses().lost(slot);
      slot.process.awaitOutput(OUTPUT_PATIENCE);
      if (wasStarting) {
        buryUnborn(slot);
      } else {
        if (slot.channel() == null && slot.process.isKilledByArchive()) {
          command.distrustArchive();
        }
        fail(slot, begun);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      SocketChannel channel = slot.channel();
      if (channel != null) {
        close(channel);
      }
      while (slot.isCopying()) {
        pool.runDeferred(); // where no thread can be had, this one has to do it
        LockSupport.parkNanos(this, NAP_NANOS);
      }
      slot.process.deleteFiles(directory);
      buffers.workerEnded(new WorkerFiles(slot.number));
      scheduler.losses().removed(slot);
    }
  }

  private void buryUnborn(WorkerSlot slot) {
    byte[] failure = slot.process.startFailure();
    if (failure != null) {
      ClassLoader loader = loaderOfInitializer();
      ObjectInputFilter filter = ResultBounds.withReports(pool.config().resultFilter());
      Throwable cause =
          FailureCodec.decode(failure, 0, failure.length, loader, filter, unread -> {});
      startFailed(slot, "its start-up failed with " + TaskFuture.textOf(cause), cause);
    } else if (slot.process.hasStartTimedOut()) {
      startFailed(
          slot,
          "it was not ready within the start timeout of "
              + ExitReports.seconds(pool.config().startTimeout())
              + "; does the initializer hang?",
          null);
    } else if (slot.channel() == null && slot.process.isKilledByArchive()) {
      LOG.debug("[{}] worker {} is started again{}", pool.name(), slot.number, exitText(slot));
      command.distrustArchive();
      scheduler.losses().startedInVain(slot);
    } else {
      startFailed(slot, "the process ended before it was ready" + exitText(slot), null);
    }
  }

  private ClassLoader loaderOfInitializer() {
    VoidTask initializer = pool.config().initializer();
    ClassLoader loader = initializer == null ? null : initializer.getClass().getClassLoader();
    return LoaderTable.isOwn(loader) ? pool.decoder().loader() : Objects.requireNonNull(loader);
  }

  private static String exitText(WorkerSlot slot) {
    CrashReport report = slot.process.report(null, null, Duration.ZERO);
    return report.signal().map(signal -> ", by " + signal).orElse("")
        + (report.exitCode().isPresent() ? ", exit code " + report.exitCode().getAsInt() : "")
        + report.detail().map(detail -> ". " + detail).orElse("");
  }

  private void fail(WorkerSlot slot, List<PendingTask> begun) {
    for (PendingTask task : begun) {
      Duration ran = Duration.ofNanos(task.lostAt - task.begunAt);
      CrashReport report = slot.process.report(slot.endReason, task.name(), ran);
      String text = ExitReports.crashText(report, scheduler.oneLine());
      if (task.crashes > 0) {
        text = "attempt " + task.attempts() + " of " + task.attempts() + ": " + text;
      }
      Observation observation = pool.observation();
      if (observation != null) {
        observation.failures().report(task.id, text);
      }
      task.over(new WorkerCrashedException(text, report, null));
    }
    CrashReport report = slot.process.report(slot.endReason, slot.stoppedTask, slot.stoppedAfter);
    LOG.debug("[{}] worker {} ended: {}", pool.name(), slot.number, report.reason());
    pool.events().workerEnded(report);
    if (report.reason() != ExitReason.RETIRED) {
      scheduler
          .losses()
          .breakIfHopeless(report, ExitReports.crashText(report, scheduler.oneLine()), null);
    }
  }

  private void clearUp() {
    for (SelectionKey key : selector.keys()) {
      key.attach(null); // a closed selector keeps its cancelled keys, and they would keep a region
      closeQuietly(key.channel());
    }
    closeQuietly(selector);
    for (Runnable step :
        List.<Runnable>of(
            views::end, shared::end, buffers::end, parts::end, classes::end, directory::close)) {
      try {
        step.run();
      } catch (RuntimeException | Error e) {
        LOG.warn("[{}] not all could be cleared up", pool.name(), e);
      }
    }
    if (scheduler.state() != PoolState.TERMINATED) {
      scheduler.terminated();
    }
    LivePools.remove(this);
    pool.keepNoThreads();
    terminated.countDown();
  }

  private void closeQuietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      LOG.debug("[{}] closing", pool.name(), e);
    }
  }
}

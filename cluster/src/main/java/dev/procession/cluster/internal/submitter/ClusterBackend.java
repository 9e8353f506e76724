package dev.procession.cluster.internal.submitter;

import dev.procession.BrokenProcessPoolException;
import dev.procession.CrashReport;
import dev.procession.PoolSnapshot;
import dev.procession.PoolState;
import dev.procession.Shared;
import dev.procession.SharedBuffer;
import dev.procession.WorkerSnapshot;
import dev.procession.cluster.internal.code.CodePath;
import dev.procession.cluster.internal.link.ClusterLink;
import dev.procession.cluster.internal.link.ClusterLink.Peer;
import dev.procession.cluster.internal.link.Conversation;
import dev.procession.cluster.internal.link.Frame;
import dev.procession.cluster.internal.link.Lease;
import dev.procession.cluster.internal.link.Outgoing;
import dev.procession.cluster.internal.submitter.Envelope.Place;
import dev.procession.internal.codec.BufferHandle;
import dev.procession.internal.codec.LoaderTable;
import dev.procession.internal.codec.OutOfBand;
import dev.procession.internal.parent.Admission;
import dev.procession.internal.parent.Backend;
import dev.procession.internal.parent.ClassFinder;
import dev.procession.internal.parent.ClassFinder.Finding;
import dev.procession.internal.parent.MapPace;
import dev.procession.internal.parent.NameCounts;
import dev.procession.internal.parent.PartStore;
import dev.procession.internal.parent.PendingTask;
import dev.procession.internal.parent.PoolConfig;
import dev.procession.internal.parent.PoolServices;
import dev.procession.internal.parent.WakeUps;
import dev.procession.internal.view.ThisJvm;
import dev.procession.internal.view.ViewProtocol;
import dev.procession.internal.wire.ClassRequest;
import dev.procession.observe.NameCount;
import dev.procession.observe.PoolIdentity;
import dev.procession.observe.PoolView;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks on the members of a cluster: takes those of the pool and ends them, and has members
 * come and go. What no member has waits in {@link Unfinished}.
 *
 * <p>Any thread may call it. It has one lock, under which nothing blocks, runs user code or
 * completes a future: what is decided there is carried out after it is released. Of one member
 * everything comes on one thread, in order.
 */
public final class ClusterBackend implements Backend, ClusterLink.Events {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterBackend.class);

  /** How long after a member has refused to go on it is asked again. */
  private static final long ANEW_NANOS = 5_000_000_000L;

  /** The same, of one that has refused to begin. */
  private static final long REFUSED_NANOS = 15_000_000_000L;

  private static final long LOOK_NANOS = 1_000_000;

  /** Tens of milliseconds of work for each worker: more than the way there and back. */
  private static final MapPace MAP_PACE = new MapPace(4_000_000, 8, 1_024);

  /**
   * For a member that has not taken the pool yet, and where all is killed, to say that it has
   * ended.
   */
  private static final long FAREWELL_NANOS = 1_000_000_000;

  private static final long NEVER = Long.MAX_VALUE;

  /** Reports have a worker's last lines and threads. */
  private static final int LONGEST_EVENT = 1 << 20;

  /** A member ends what is left there in less, whatever it is, beside workers that start. */
  private static final long GOODBYE_NANOS = 60_000_000_000L;

  private final PoolServices pool;
  private final PoolConfig config;
  private final ClusterLink link;
  private final Frame.Attach attach;
  private final CodePath code;
  private final ClassFinder classes;
  private final IntConsumer onRelease = this::released;
  private final AtomicLong ids = new AtomicLong();
  private final CountDownLatch terminated = new CountDownLatch(1);
  private final MemberOutput output;
  private final Thread ticker;
  private final AtomicLong due = new AtomicLong(NEVER);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition notFull = lock.newCondition();
  private final Condition answered = lock.newCondition();

  // Guarded by lock.
  private final Unfinished unfinished = new Unfinished(this::wakeBy);
  private final ClusterDispatcher<Call> dispatcher =
      new ClusterDispatcher<>(unfinished, new Post());
  private final Map<String, Attachment> attachments = new LinkedHashMap<>(); // by the peer's id
  private final Map<String, Conversation> conversations = new HashMap<>(); // as well

  /** Members that have refused to go on, and when to begin with them anew. */
  private final Map<Attachment, Long> anew = new LinkedHashMap<>();

  /** Numbers of calls: no two of this submitter have one. */
  private final AtomicLong calls = new AtomicLong();

  private final DetachedTasks detachedTasks =
      new DetachedTasks(this::attachments, calls, answered, this::claimed);
  private final CallOutcomes outcomes;
  private final Admission admission;
  private boolean submitting; // what is sent now has nothing else to be sent with
  private @Nullable Outgoing sending; // by the thread that submits, once it has no lock
  private boolean demanding;
  private boolean refused;
  private int lastIndex; // of an attachment
  private boolean killing; // the end is to come at once

  /** Workers of all members, for maps. */
  private volatile int width = 1;

  private volatile PoolState state = PoolState.RUNNING;
  private volatile @Nullable String brokenBy;

  private final ClusterShares shares;
  private final Lookout lookout = new Lookout(this::members);
  private final PoolIdentity identity;
  private final Set<ClusterView> views = ConcurrentHashMap.newKeySet();

  /**
   * Has no member yet.
   *
   * @param pool what the parts of the pool share
   * @param link the way to the members
   * @param attach what is said to each first
   * @param code the jars that it names
   * @param classes finds what is in none of those
   */
  public ClusterBackend(
      PoolServices pool,
      ClusterLink link,
      Frame.Attach attach,
      CodePath code,
      ClassFinder classes) {
    this.pool = pool;
    this.config = pool.config();
    this.link = link;
    this.attach = attach;
    this.code = code;
    this.classes = classes;
    LoaderTable.addReleaseListener(onRelease);
    this.shares = new ClusterShares(config.name(), link::memory, pool::inBackground, this::tellAll);
    this.identity = ThisJvm.identity(config.name(), /* address= */ "");
    this.output = new MemberOutput(pool);
    this.outcomes = new CallOutcomes(pool, unfinished, dispatcher, this::isEnding);
    this.admission = new Admission(config, new Load(), notFull);
    this.ticker = new Thread(this::tick, "procession-" + config.name() + "-cluster");
    this.ticker.setDaemon(true);
  }

  /** Begins to look for members. */
  public void start() throws IOException {
    ticker.start(); // first: it is what clears up
    link.open(this);
  }

  /**
   * Waits until a member takes tasks.
   *
   * @throws IOException if none does in time, with the reasons that were told
   */
  void awaitMember(Duration patience) throws IOException {
    long nanos = patience.toNanos();
    lock.lock();
    try {
      while (dispatcher.members().isEmpty()) {
        List<String> refusals =
            attachments.values().stream()
                .filter(attachment -> attachment.refusal != null)
                .map(attachment -> attachment.peer.name() + ": " + attachment.refusal)
                .toList();
        boolean hopeless = !attachments.isEmpty() && refusals.size() == attachments.size();
        if (hopeless || nanos <= 0) {
          throw new IOException(
              refusals.isEmpty()
                  ? "no node of the cluster takes tasks; waited " + patience.toSeconds() + " s"
                  : "no node takes it: " + String.join("; ", refusals));
        }
        nanos = answered.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for a node");
    } finally {
      lock.unlock();
    }
  }

  /* ---- The account ---- */

  private final class Load implements Admission.Load {
    @Override
    public int unfinished() {
      return unfinished.own();
    }

    @Override
    public int pending() {
      return unfinished.own() - running();
    }

    @Override
    public long heldBytes() {
      return unfinished.heldBytes();
    }
  }

  /** Tasks that workers are told to run, begun or not: as many as there are workers for. */
  private int running() {
    return Math.min(dispatcher.running(), unfinished.own());
  }

  private Collection<Attachment> attachments() {
    return attachments.values();
  }

  /** What the dispatcher decides goes out. */
  private final class Post implements ClusterDispatcher.Orders<Call> {
    @Override
    public void send(Member member, List<Call> batch) {
      Attachment attachment = attachmentOf(member);
      long now = System.nanoTime();
      for (Call call : batch) {
        if (call.size <= attachment.mostBytes) {
          if (batch.size() > 1 || !submitting) {
            attachment.run(call);
          } else if (attachment.runHere(call)) {
            submitting = false;
            sending = attachment.outgoing;
          }
          call.placed();
        } else {
          refuse(call, attachment.mostBytes, now);
        }
      }
    }

    @Override
    public void recall(Member member, List<Call> calls) {
      List<Long> numbers = calls.stream().map(call -> call.number).toList();
      attachmentOf(member).outgoing.add(new Frame.Recall(numbers));
    }
  }

  /** No member is sent what it would not take. */
  private void refuse(Call call, long mostBytes, long now) {
    PendingTask task = call.task;
    refused = true;
    dispatcher.over(call, 0, now);
    unfinished.settle(call);
    String text =
        String.format(
            Locale.ROOT,
            "task %d '%s' is %,d bytes long with its arguments, nodes take at most %,d (maxEnvelope)",
            task.id,
            task.name(),
            call.size,
            mostBytes);
    pool.inBackground(() -> task.over(new RejectedExecutionException(text)));
  }

  /** Gives members what they have room for. Under the lock. */
  private void dispatch() {
    unfinished.release();
    boolean hasRefused = false;
    do {
      refused = false;
      dispatcher.dispatch(System.nanoTime());
      hasRefused |= refused;
    } while (refused); // what it had room for is another's now
    if (hasRefused) {
      admission.changed();
      endIfDone();
    }
    if (demanding != unfinished.size() > 0) {
      demanding = unfinished.size() > 0;
      Frame demand = new Frame.Demand(demanding);
      attachments.values().forEach(attachment -> attachment.outgoing.add(demand));
    }
    if (dispatcher.isToLookAgain()) {
      wakeBy(System.nanoTime() + LOOK_NANOS);
    }
  }

  /* ---- Submitting ---- */

  @Override
  public long nextId() {
    return ids.incrementAndGet();
  }

  @Override
  public void anticipate() {
    // Members are asked for workers when there is something to run.
  }

  @Override
  public void checkOpen() {
    String why = brokenBy;
    if (why != null) {
      throw new BrokenProcessPoolException(why, null, null);
    }
    if (state != PoolState.RUNNING) {
      throw Admission.closed(config.name(), state);
    }
  }

  @Override
  public boolean isFull() {
    lock.lock();
    try {
      checkOpen();
      return admission.isFull(0);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void submit(PendingTask task) {
    var unused = submitBy(task, 0);
  }

  @Override
  public boolean submitBy(PendingTask task, long deadline) {
    Outgoing way = null;
    lock.lock();
    try {
      if (!admission.await(task, this::checkOpen, deadline)) {
        return false;
      }
      way = accept(task);
    } finally {
      lock.unlock();
    }
    send(way);
    return true;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public MapPace mapPace() {
    return MAP_PACE;
  }

  @Override
  public boolean offer(PendingTask task) {
    Outgoing way = null;
    lock.lock();
    try {
      checkOpen();
      if (admission.isFull(task.size())) {
        return false;
      }
      way = accept(task);
    } finally {
      lock.unlock();
    }
    send(way);
    return true;
  }

  /** The task waits, or goes at once; by what is returned, if that is not null. */
  private @Nullable Outgoing accept(PendingTask task) {
    if (task.place != PendingTask.Place.NEW) {
      return null; // it was cancelled while it waited for room
    }
    unfinished.add(task);
    submitting = true;
    boolean dispatched = false;
    try {
      dispatch();
      dispatched = true;
      return sending;
    } finally {
      if (!dispatched && sending != null) {
        pool.inBackground(sending::sendHere); // else nothing would go that way any more
      }
      submitting = false;
      sending = null;
    }
  }

  private static void send(@Nullable Outgoing way) {
    if (way != null) {
      way.sendHere();
    }
  }

  @Override
  public void drop(PendingTask task) {
    lock.lock();
    try {
      if (task.place == PendingTask.Place.NEW) {
        task.end();
      }
    } finally {
      lock.unlock();
    }
  }

  /* ---- Detached tasks ---- */

  /**
   * Gives a task to a member that runs it whatever becomes of this pool.
   *
   * @return its id
   * @throws RejectedExecutionException if none takes it, or the pool is shut down
   */
  public String entrust(PendingTask task) {
    lock.lock();
    try {
      checkOpen();
      return detachedTasks.entrust(task);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Has a task be a detached one.
   *
   * @param patience how long is waited for members that do not answer
   * @return false if no member has one of that id
   */
  public boolean claim(PendingTask task, String id, Duration patience) throws InterruptedException {
    lock.lock();
    try {
      checkOpen();
      return detachedTasks.claim(task, id, patience.toNanos(), this::checkOpen);
    } finally {
      lock.unlock();
    }
  }

  /** Has members not keep what becomes of that task. */
  public void forget(String id) {
    lock.lock();
    try {
      checkOpen();
      detachedTasks.forget(id);
    } finally {
      lock.unlock();
    }
  }

  private void claimed(Attachment from, Call call) {
    if (state != PoolState.RUNNING) {
      return; // and whoever waits for it hears that
    }
    unfinished.addFetched(call);
    from.calls.put(call.number, call);
    call.place = Place.SENT;
    call.sentAt = System.nanoTime();
    call.placed();
  }

  /* ---- Ending tasks ---- */

  @Override
  public boolean cancel(PendingTask task, boolean mayInterrupt) {
    lock.lock();
    try {
      if (!mayInterrupt && (task.crashes > 0 || !withdrawAnywhere(task))) {
        return task.cancelled; // it did begin, or has ended
      }
      if (mayInterrupt && !unfinished.withdraw(task) && !stop(task, /* isAsked= */ true)) {
        return task.cancelled;
      }
      task.cancelled = true;
      dispatch();
      admission.changed();
      endIfDone();
    } finally {
      lock.unlock();
    }
    task.over(null);
    return true;
  }

  /** Takes back what no member has begun; what one has is asked for, and the answer waited for. */
  private boolean withdrawAnywhere(PendingTask task) {
    return unfinished.withdraw(task)
        || (task.place == PendingTask.Place.IN_RING
            && task.holder instanceof Call call
            && !revoke(List.of(call)).isEmpty());
  }

  /**
   * Takes back what members have not begun, as far as nobody else is about to.
   *
   * @return those calls; their tasks are settled
   */
  private List<Call> revoke(Collection<Call> calls) {
    List<Call> asked = new ArrayList<>();
    for (Call call : calls) {
      Attachment at = placeOf(call);
      boolean mayBegin = call.place == Place.SENT && !call.revoked;
      if (at != null && mayBegin && call.isWanted()) {
        call.revoked = true;
        asked.add(call);
        at.outgoing.add(new Frame.Recall(List.of(call.number)));
      }
    }
    while (asked.stream().anyMatch(call -> call.revoked)) {
      answered.awaitUninterruptibly();
    }
    asked.removeIf(call -> !call.isWithdrawn);
    return asked;
  }

  private @Nullable Attachment placeOf(Call call) {
    return call.keptAt != null || call.member == null ? call.keptAt : attachmentOf(call.member);
  }

  private Attachment attachmentOf(Member member) {
    Attachment attachment = attachments.get(member.name);
    if (attachment == null) {
      throw new AssertionError(member + " is not there");
    }
    return attachment;
  }

  /**
   * Has a task stopped that a member has, begun or not.
   *
   * @param isAsked whether it is asked for by itself; else a detached one goes on
   */
  private boolean stop(PendingTask task, boolean isAsked) {
    if (task.place != PendingTask.Place.IN_RING || !(task.holder instanceof Call call)) {
      return false;
    }
    call.keepBegun();
    boolean left = task.elementsDone() < task.count;
    unfinished.settle(call);
    Attachment at = placeOf(call);
    if (at != null && (call.keptAt == null || isAsked)) {
      at.outgoing.add(new Frame.Cancel(call.number));
    }
    call.revoked = false; // there is nothing more to wait for
    answered.signalAll();
    return left;
  }

  @Override
  public void cancelPending() {
    List<PendingTask> withdrawn = new ArrayList<>();
    lock.lock();
    try {
      withdrawn.addAll(unfinished.drain(/* keepWork= */ false, /* begunToo= */ false));
      List<Call> sent = new ArrayList<>();
      attachments.values().forEach(attachment -> sent.addAll(attachment.calls.values()));
      sent.removeIf(call -> call.task.crashes > 0); // an attempt before this one did begin
      for (Call call : sent) {
        boolean isDetached = call.keptAt != null && call.place == Place.SENT;
        if (isDetached && call.isWanted() && stop(call.task, /* isAsked= */ false)) {
          withdrawn.add(call.task); // its future is cancelled, and it goes on
        }
      }
      revoke(sent).forEach(call -> withdrawn.add(call.task));
      withdrawn.forEach(task -> task.cancelled = true);
      admission.changed();
      endIfDone();
    } finally {
      lock.unlock();
    }
    withdrawn.forEach(task -> task.over(null));
  }

  @Override
  public CutOff cancelAll(boolean keepWork) {
    List<PendingTask> never = new ArrayList<>();
    List<PendingTask> begun = new ArrayList<>();
    lock.lock();
    try {
      for (Attachment attachment : attachments.values()) {
        for (Call call : attachment.calls.values()) {
          PendingTask task = call.task;
          boolean isUnbegun = call.place == Place.SENT && call.keptAt == null;
          if (keepWork && call.isWanted() && isUnbegun) {
            task.withdraw();
          }
          if (call.isWanted() && stop(task, /* isAsked= */ false)) {
            (isUnbegun && task.crashes == 0 ? never : begun).add(task);
          }
        }
      }
      for (PendingTask task : unfinished.drain(keepWork, /* begunToo= */ true)) {
        (task.crashes == 0 ? never : begun).add(task);
      }
      never.sort((one, other) -> Long.compare(one.id, other.id));
      never.forEach(task -> task.cancelled = true);
      begun.forEach(task -> task.cancelled = true);
      admission.changed();
      endIfDone();
    } finally {
      lock.unlock();
    }
    never.forEach(task -> task.over(null));
    begun.forEach(task -> task.over(null));
    return new CutOff(never, begun);
  }

  /* ---- Members: on the link's thread ---- */

  @Override
  public void joined(Peer peer) {
    if (!peer.member()) {
      return;
    }
    lock.lock();
    try {
      if (!isEnding()) {
        Conversation conversation =
            new Conversation(link, peer, Long.MAX_VALUE, pool::inBackground);
        conversations.put(peer.id(), conversation);
        var unused = attach(peer, conversation);
        wakeBy(System.nanoTime() + Lease.RENEW_NANOS);
      }
    } finally {
      lock.unlock();
    }
  }

  /** One peer keeps its conversation: what is on the way arrives before it is attached anew. */
  private Attachment attach(Peer peer, Conversation conversation) {
    conversation.forgive();
    Attachment attachment = new Attachment(peer, conversation, ++lastIndex, calls);
    attachments.put(peer.id(), attachment);
    attachment.outgoing.add(attach.numbered(attachment.index));
    attachment.outgoing.add(new Frame.Demand(demanding));
    return attachment;
  }

  @Override
  public void left(Peer peer) {
    lock.lock();
    try {
      Conversation conversation = conversations.remove(peer.id());
      if (conversation != null) {
        conversation.close();
      }
    } finally {
      lock.unlock();
    }
    var unused = forget(peer);
  }

  /** Loses it, and does not begin with it anew; false if it was lost before. */
  private boolean forget(Peer peer) {
    List<Runnable> after = new ArrayList<>();
    lock.lock();
    try {
      anew.keySet().removeIf(before -> before.peer.id().equals(peer.id()));
      Attachment attachment = attachments.get(peer.id());
      if (attachment == null) {
        return false;
      }
      lose(attachment, after);
      answered.signalAll();
      changed();
    } finally {
      lock.unlock();
    }
    run(after);
    return true;
  }

  private void lose(Attachment attachment, List<Runnable> after) {
    attachments.remove(attachment.peer.id());
    lookout.lost(attachment);
    detachedTasks.lost(attachment);
    attachment.outgoing.clear();
    attachment.calls.values().forEach(Call::keepBegun);
    Member member = attachment.member;
    List<Call> had = new ArrayList<>(member == null ? List.of() : dispatcher.leave(member));
    attachment.calls.values().stream().filter(call -> call.keptAt != null).forEach(had::add);
    if (!had.isEmpty()) {
      LOG.warn(
          "[{}] member {} is lost, with {} tasks",
          config.name(),
          attachment.peer.name(),
          had.size());
    }
    long over = attachment.leaseOver();
    had.forEach(call -> outcomes.lost(call, attachment.peer, over, after));
    attachment.calls.clear();
  }

  @Override
  public void broken(String why) {
    String text = "pool '" + config.name() + "' is broken: " + why;
    List<PendingTask> failed;
    lock.lock();
    try {
      if (isEnding()) {
        return;
      }
      brokenBy = text;
      failed = unfinished.drain(/* keepWork= */ false, /* begunToo= */ true);
      state = PoolState.DRAINING;
      answered.signalAll();
      admission.changed();
      endIfDone();
    } finally {
      lock.unlock();
    }
    failed.forEach(task -> task.over(new BrokenProcessPoolException(text, null, null)));
  }

  @Override
  public void received(Peer peer, byte[] message) {
    Conversation conversation;
    Attachment attachment;
    lock.lock();
    try {
      conversation = conversations.get(peer.id());
      attachment = attachments.get(peer.id());
    } finally {
      lock.unlock();
    }
    if (conversation == null) {
      return;
    }
    List<Frame> frames;
    try {
      frames = conversation.received(message); // also what is of no interest any more
    } catch (IOException | RuntimeException | Error e) {
      giveUp(peer, e);
      return;
    }
    if (attachment == null) {
      return;
    }
    List<Runnable> after = new ArrayList<>();
    lock.lock();
    try {
      if (!isCurrent(attachment)) {
        return;
      }
      for (Frame frame : frames) {
        take(attachment, frame, after);
      }
      noteDraining(attachment);
    } catch (MalformedException | RuntimeException | Error e) {
      after.add(() -> giveUp(peer, e));
    } finally {
      try {
        answered.signalAll();
        changed();
      } finally {
        lock.unlock();
      }
    }
    run(after);
  }

  /** Whether nothing was begun with that member since. */
  private boolean isCurrent(Attachment attachment) {
    return attachments.get(attachment.peer.id()) == attachment;
  }

  /** Tells a member that drains when all that it was given has come back: it may go then. */
  private void noteDraining(Attachment attachment) {
    Member member = attachment.member;
    boolean awaitsNothing = attachment.calls.isEmpty() && !detachedTasks.asks(attachment);
    if (member != null && member.draining && awaitsNothing && !attachment.noted) {
      attachment.noted = true;
      attachment.outgoing.add(new Frame.Noted());
    }
  }

  /**
   * What it says makes no sense: it is lost, for good. What it says from now on is heard, so that
   * it need not wait with that for ever, and is of no interest.
   */
  private void giveUp(Peer peer, Throwable why) {
    if (forget(peer)) {
      LOG.warn("[{}] member {} is given up: what it says makes no sense", config.name(), peer, why);
    }
  }

  /** Something may have become possible. Under the lock. */
  private void changed() {
    width = Math.max(1, dispatcher.workers());
    dispatch();
    admission.changed();
    endIfDone();
  }

  private static void run(List<Runnable> after) {
    WakeUps.after(() -> after.forEach(ClusterBackend::runOne));
  }

  private static void runOne(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) { // the others are not to suffer from that
      LOG.error("telling the outcome of a task failed", e);
    }
  }

  private void take(Attachment from, Frame frame, List<Runnable> after) throws MalformedException {
    if (outcomes.take(from, frame, after)) {
      return;
    }
    if (frame instanceof Frame.Output line) {
      output.add(from, line);
      after.add(output::run);
    } else if (frame instanceof Frame.Capacity capacity) {
      take(from, capacity);
    } else if (frame instanceof Frame.Need need) {
      need.hashes().forEach(hash -> send(from, hash));
    } else if (frame instanceof Frame.Lookup lookup) {
      lookup(from, lookup);
    } else if (frame instanceof Frame.Renew renew) {
      renew(from, renew);
    } else if (frame instanceof Frame.Answer answer) {
      lookout.answered(from, answer);
    } else if (frame instanceof Frame.Told told) {
      if (from.member != null) { // else of workers of what was begun before
        told(from, told);
      }
    } else if (frame instanceof Frame.Entrusted entrusted) {
      detachedTasks.take(from, entrusted);
    } else if (frame instanceof Frame.Claimed claimed) {
      detachedTasks.take(from, claimed);
    } else if (frame instanceof Frame.Lack lack) {
      shares.lack(from, lack.value());
    } else if (frame instanceof Frame.Detached) {
      detached(from);
    } else if (frame instanceof Frame.Refused refused) {
      refused(from, refused, after);
    } else {
      LOG.warn("[{}] {} from member {}", config.name(), frame.type(), from.peer.name());
    }
  }

  /**
   * Only for what it has begun last: what was begun before is held for ended here, and an answer
   * would overtake the word that it is.
   */
  private static void renew(Attachment from, Frame.Renew asked) {
    boolean canSpeak = !from.outgoing.isClosed(); // else its lease is to end
    if (asked.attach() == from.index && canSpeak) {
      from.grantedAt = System.nanoTime();
      from.conversation.sayAside(new Frame.Granted(asked.asked()));
    }
  }

  /** The member does not take this pool; or not any more, and then it may begin anew there. */
  private void refused(Attachment by, Frame.Refused refusal, List<Runnable> after) {
    if (refusal.attach() != by.index && refusal.attach() != 0) {
      return; // of what was begun before
    }
    if (!refusal.why().equals(by.refusal)) {
      LOG.warn("[{}] member {} refuses: {}", config.name(), by.peer.name(), refusal.why());
    }
    by.refusal = refusal.why();
    long pause = by.member == null ? REFUSED_NANOS : ANEW_NANOS;
    if (by.member != null) {
      lose(by, after);
    }
    anew.put(by, System.nanoTime() + pause);
    wakeBy(System.nanoTime() + pause);
  }

  /** Begins anew with members that had refused to go on, after a while. */
  private void attachAnew(List<Runnable> after) {
    long now = System.nanoTime();
    Map.copyOf(anew)
        .forEach(
            (before, at) -> {
              if (now - at >= 0) {
                anew.remove(before);
                attachAnew(before, after);
              } else {
                wakeBy(at); // what was asked for before is forgotten by now
              }
            });
  }

  private void attachAnew(Attachment before, List<Runnable> after) {
    if (isCurrent(before)) {
      lose(before, after);
    }
    Attachment next = attach(before.peer, before.conversation);
    next.refusal = before.refusal; // until it says something else
  }

  /**
   * A member of which nothing was heard for so long that it has stopped everything is as lost; one
   * that has nothing yet, as soon as it can be told nothing.
   */
  private void loseMute(List<Runnable> after) {
    long now = System.nanoTime();
    for (Attachment attachment : List.copyOf(attachments.values())) {
      boolean isMute =
          attachment.member == null
              ? attachment.outgoing.isClosed()
              : now - attachment.leaseOver() > 0;
      if (isMute) {
        LOG.warn("[{}] nothing is heard of member {}", config.name(), attachment.peer.name());
        anew.remove(attachment);
        attachAnew(attachment, after);
      }
    }
    if (!attachments.isEmpty()) {
      wakeBy(now + Lease.RENEW_NANOS);
    }
  }

  private void send(Attachment to, String hash) {
    Path jar = code.file(hash);
    if (jar == null) {
      LOG.warn("[{}] member {} wants a jar that is none of ours", config.name(), to.peer.name());
    } else {
      LOG.debug("[{}] sending {} to member {}", config.name(), jar, to.peer.name());
      to.outgoing.add(new JarSource(hash, jar));
    }
  }

  private void lookup(Attachment from, Frame.Lookup lookup) {
    if (from.member != null) { // else of a worker of what was begun before
      pool.inBackground(() -> find(from, lookup));
    }
  }

  /** On a background thread: loaders are user code. */
  private void find(Attachment from, Frame.Lookup lookup) {
    Finding finding;
    try {
      ClassRequest request = ClassRequest.of(lookup.request());
      finding =
          config.remoteClassLoading()
              ? classes.find(request)
              : Finding.missing("remote class loading is off");
    } catch (IOException e) {
      finding = Finding.missing("the question cannot be read: " + e);
    }
    lock.lock();
    try {
      if (isCurrent(from)) { // the next one counts its questions anew
        from.outgoing.add(new Frame.Found(lookup.id(), finding));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Nobody uses that loader any more. */
  private void released(int loader) {
    lock.lock();
    try {
      Frame released = new Frame.Released(loader);
      attachments.values().forEach(attachment -> attachment.outgoing.add(released));
    } finally {
      lock.unlock();
    }
  }

  private void take(Attachment from, Frame.Capacity capacity) {
    if (capacity.attach() != from.index) {
      return; // of what was begun before
    }
    Member member = from.member;
    from.mostBytes = capacity.mostBytes();
    if (member == null) {
      from.grantedAt = System.nanoTime();
      from.refusal = null;
      shares.tell(from);
      if (views.stream().anyMatch(ClusterView::observes)) {
        from.outgoing.add(new Frame.Ask(0, ViewProtocol.COUNTS, 0)); // it remembers from then on
      }
      from.member = dispatcher.join(from.peer.id(), capacity.workers(), capacity.credit());
      LOG.info("[{}] member {} joins", config.name(), from.peer.name());
    } else {
      dispatcher.capacity(member, capacity.workers(), capacity.credit());
    }
    if (capacity.draining() && from.member != null && !from.member.draining) {
      dispatcher.drain(from.member);
    }
  }

  /* ---- Data beside the tasks ---- */

  @Override
  public boolean takesParts() {
    return false;
  }

  @Override
  public PartStore.@Nullable Stored store(byte[] payload, OutOfBand beside) {
    return null;
  }

  @Override
  public <T extends @Nullable Object> Shared<T> share(T value, byte[] encoded) {
    return shares.share(value, encoded);
  }

  /** Tells all members that take tasks. */
  private void tellAll(Frame frame) {
    members().forEach(member -> member.outgoing.add(frame));
  }

  @Override
  public SharedBuffer allocate(long size) {
    throw new UnsupportedOperationException(
        "a SharedBuffer is memory of one machine; the workers of pool '"
            + config.name()
            + "' are on others. Give the data to the task, or share() it");
  }

  @Override
  public List<BufferHandle> kept(List<BufferHandle> crossed) {
    throw new UnsupportedOperationException("a SharedBuffer of this machine cannot be used there");
  }

  /* ---- Life ---- */

  private boolean isEnding() {
    return state.compareTo(PoolState.STOPPING) >= 0;
  }

  @Override
  public void shutdown() {
    lock.lock();
    try {
      if (state == PoolState.RUNNING) {
        state = PoolState.DRAINING;
        LOG.info("[{}] shutting down; {} tasks unfinished", config.name(), unfinished.all());
      }
      admission.changed();
      endIfDone();
    } finally {
      lock.unlock();
    }
  }

  /** Moves on towards the end if nothing is left to do. Under the lock. */
  private void endIfDone() {
    if (state == PoolState.DRAINING && unfinished.all() == 0) {
      state = PoolState.STOPPING;
      LockSupport.unpark(ticker);
    }
  }

  @Override
  public void killAll() {
    lock.lock();
    try {
      killing = true;
      answered.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean awaitTermination(long nanos) throws InterruptedException {
    return terminated.await(nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public PoolState state() {
    return state;
  }

  @Override
  public void wakeBy(long nanoTime) {
    if (due.getAndAccumulate(nanoTime, Math::min) > nanoTime) {
      LockSupport.unpark(ticker);
    }
  }

  /** Looks now and then at what only time changes, and clears up in the end. */
  private void tick() {
    while (!isEnding()) {
      long wait = due.get() == NEVER ? Long.MAX_VALUE : due.get() - System.nanoTime();
      if (wait > 0) {
        LockSupport.parkNanos(this, wait);
        continue;
      }
      due.set(NEVER);
      pool.runDeferred();
      List<Runnable> after = new ArrayList<>();
      lock.lock();
      try {
        attachAnew(after);
        loseMute(after);
        answered.signalAll();
        changed();
      } finally {
        lock.unlock();
      }
      run(after);
    }
    clearUp();
  }

  private void clearUp() {
    try {
      if (!isKilling()) {
        views.forEach(view -> guarded("collecting what was done", view::collectLast));
      }
      guarded("closing shared values", shares::end);
      leaveMembers();
      output.awaitPrinted();
      pool.runDeferred();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      LOG.error("[{}] taking leave of the members", config.name(), e);
    } finally {
      LoaderTable.removeReleaseListener(onRelease);
      guarded("closing the way to the members", this::endConversations);
      state = PoolState.TERMINATED;
      LOG.info("[{}] ended", config.name());
      pool.keepNoThreads();
      terminated.countDown();
    }
  }

  private void endConversations() {
    try {
      link.close();
    } finally {
      lock.lock();
      try {
        conversations.values().forEach(Conversation::close);
      } finally {
        lock.unlock();
      }
    }
  }

  private void guarded(String what, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) { // or nobody would ever hear that the pool has ended
      LOG.error("[{}] {}", config.name(), what, e);
    }
  }

  private boolean isKilling() {
    lock.lock();
    try {
      return killing;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until members have nothing of this pool any more, or are lost. */
  private void leaveMembers() throws InterruptedException {
    long since = System.nanoTime();
    boolean toldToKill = isKilling();
    tellToDetach(toldToKill);
    while (!haveAllLeft(since, toldToKill)) {
      if (!toldToKill && isKilling()) {
        toldToKill = true;
        since = System.nanoTime();
        tellToDetach(true);
      }
      pool.runDeferred();
    }
  }

  private void tellToDetach(boolean atOnce) {
    lock.lock();
    try {
      attachments.values().forEach(each -> each.outgoing.add(new Frame.Detach(atOnce)));
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a while, and gives up who has not said for too long that it has nothing left. */
  @SuppressWarnings("WaitNotInLoop") // the loop is the caller's
  private boolean haveAllLeft(long since, boolean atOnce) throws InterruptedException {
    lock.lock();
    try {
      if (!attachments.isEmpty() && killing == atOnce) {
        var unused = answered.awaitNanos(FAREWELL_NANOS);
      }
      long now = System.nanoTime();
      long longest = GOODBYE_NANOS + config.startTimeout().toNanos();
      for (Attachment each : List.copyOf(attachments.values())) {
        boolean isMute = each.member == null || atOnce;
        long patience = isMute ? FAREWELL_NANOS : longest;
        if (now - since > patience || (!isMute && now - each.leaseOver() > 0)) {
          LOG.warn("[{}] member {} does not say goodbye", config.name(), each.peer.name());
          detached(each);
        }
      }
      return attachments.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing of this pool is left at that member. Under the lock. */
  private void detached(Attachment from) {
    if (isEnding()) {
      attachments.remove(from.peer.id());
      lookout.lost(from);
      detachedTasks.lost(from);
      if (from.member != null) {
        var unused = dispatcher.leave(from.member);
      }
      from.calls.clear();
      from.conversation.close();
      answered.signalAll();
    }
  }

  /* ---- Looking ---- */

  /** Those that take tasks. */
  List<Attachment> members() {
    lock.lock();
    try {
      return attachments.values().stream().filter(each -> each.member != null).toList();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public PoolSnapshot snapshot() {
    List<WorkerSnapshot> workers = lookout.workers();
    long restarts = lookout.restarts();
    lock.lock();
    try {
      int running = running();
      return new PoolSnapshot(
          config.name(),
          state,
          workers,
          /* minWorkers= */ 0,
          dispatcher.workers(),
          unfinished.own() - running,
          running,
          pool.counters().completed(),
          pool.counters().failed(),
          pool.counters().cancelled(),
          restarts,
          config.memoryLimit());
    } finally {
      lock.unlock();
    }
  }

  /** What no member has been given, by names, and what maps have yet to submit. */
  List<NameCount> waitingByName() {
    NameCounts counts = pool.expectedOfMaps();
    lock.lock();
    try {
      unfinished.count(counts);
    } finally {
      lock.unlock();
    }
    return counts.all();
  }

  /** Cancels what members have been given of that task; false if it is nothing. */
  boolean cancelSent(long task) {
    List<PendingTask> found;
    lock.lock();
    try {
      found =
          attachments.values().stream()
              .flatMap(attachment -> attachment.calls.values().stream())
              .map(call -> call.task)
              .filter(sent -> sent.id == task)
              .toList();
    } finally {
      lock.unlock();
    }
    boolean cancelled = false;
    for (PendingTask each : found) {
      cancelled |= cancel(each, /* mayInterrupt= */ true);
    }
    return cancelled;
  }

  /** A result of a worker was an attack on this process: it is killed, wherever it is. */
  void attackedBy(long origin) {
    for (Attachment member : members()) {
      if (member.index == Call.indexIn(origin)) {
        LOG.error(
            "[{}] a result of worker {} of member {} brings a class that is known to be used in"
                + " attacks",
            config.name(),
            Call.pidIn(origin),
            member.peer.name());
        member.outgoing.add(new Frame.Condemn(Call.pidIn(origin)));
      }
    }
  }

  /** A worker is ready, or has ended. */
  private void told(Attachment from, Frame.Told told) throws MalformedException {
    Object event;
    try {
      if (told.event().length > LONGEST_EVENT) {
        throw new IOException(told.event().length + " bytes");
      }
      event = ViewProtocol.read(told.event()).value();
    } catch (IOException e) {
      throw new MalformedException("an event that cannot be read: " + e);
    }
    if (event instanceof WorkerSnapshot worker) {
      WorkerSnapshot ours = lookout.ours(from, worker);
      from.workers.put(ours.pid(), ours.number());
      pool.workerReadyElsewhere(ours);
    } else if (event instanceof CrashReport report) {
      from.workers.remove(report.pid());
      pool.workerEndedElsewhere(lookout.ours(config.name(), from, report));
    }
  }

  @Override
  public PoolView view() {
    ClusterView view = new ClusterView(pool, this, lookout, identity, this::closed);
    synchronized (views) {
      views.add(view);
    }
    return view;
  }

  private void closed(ClusterView view) {
    synchronized (views) { // or another one might begin to look meanwhile
      if (views.remove(view) && views.isEmpty()) {
        lookout.lookNoMore();
      }
    }
  }
}

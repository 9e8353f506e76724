package dev.procession.cluster.internal.member;

import dev.procession.cluster.internal.code.CodeStore;
import dev.procession.cluster.internal.link.ClusterLink;
import dev.procession.cluster.internal.link.ClusterLink.Peer;
import dev.procession.cluster.internal.link.Conversation;
import dev.procession.cluster.internal.link.Frame;
import dev.procession.cluster.internal.link.Lease;
import dev.procession.cluster.internal.link.Outgoing;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member of a cluster: runs the tasks of whoever comes, each submitter's in worker processes of
 * its own, and divides its workers among them.
 *
 * <p>Any thread may call it.
 */
public final class MemberServer implements ClusterLink.Events, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MemberServer.class);

  /** How long after a worker began a task that is told, at the most, if it has not ended. */
  private static final long TICK_NANOS = 5_000_000;

  /** Where there are more submitters than workers, each waits for so long at a time. */
  private static final long TURN_NANOS = 2_000_000_000;

  /** In place of the number of an {@link Frame.Attach} that may not have been read. */
  private static final int THE_LAST = 0;

  /** Between two looks at what is left, while somebody waits for that. */
  private static final long WATCH_NANOS = 100_000_000;

  private final String name;
  private final int workers;
  private final long mostBytes;
  private final ClusterLink link;
  private final ExecutorService threads;
  private final Thread ticker;
  private final CodeStore code;
  private final Keeper keeper;
  private final Map<String, Session> sessions = new LinkedHashMap<>(); // guarded by this
  private int lastOfDetached; // guarded by this
  private final Map<String, Conversation> conversations = new HashMap<>(); // guarded by this

  private final Map<String, Peer> watching = new HashMap<>(); // guarded by this

  private final Map<String, Arrival> arrivals = new HashMap<>(); // the link's thread's

  private volatile boolean draining;
  private volatile boolean closed;
  private volatile @Nullable String brokenBy;

  /**
   * A member that does not listen yet.
   *
   * @param workers how many tasks it runs at a time
   * @param mostBytes the longest payload of a call that it takes
   * @param keepResults how long it keeps what becomes of detached tasks
   * @param mostDetachedBytes how long these and their outcomes may be, all together
   * @param code where it keeps the jars that it is sent
   */
  public MemberServer(
      String name,
      int workers,
      long mostBytes,
      Duration keepResults,
      long mostDetachedBytes,
      CodeStore code,
      ClusterLink link) {
    this.name = name;
    this.keeper = new Keeper(name, keepResults, mostDetachedBytes, new SessionsOfDetached());
    this.code = code;
    this.workers = workers;
    this.mostBytes = mostBytes;
    this.link = link;
    this.threads =
        Executors.newCachedThreadPool(
            work -> {
              Thread thread = new Thread(work, "procession-member-" + name);
              thread.setDaemon(true);
              return thread;
            });
    this.ticker = new Thread(this::tick, "procession-member-" + name + "-clock");
    this.ticker.setDaemon(true);
  }

  /** Takes submitters from now on. */
  public void start() throws IOException {
    link.open(this);
    ticker.start();
  }

  /** Finishes what runs, gives back what does not, and takes nothing new. */
  public void drain() {
    draining = true;
    share();
    LockSupport.unpark(ticker);
  }

  /** Whether it was told to drain, by whomever. */
  public boolean isDraining() {
    return draining;
  }

  /** Whether it drains, nothing is left of what it was given, and nothing more is on the way. */
  public boolean isDrained() {
    return draining
        && sessions().stream().allMatch(Session::isDrained)
        && !isWatched() // else who waits for it would hear that it is gone before that
        && conversations().stream().allMatch(MemberServer::hasSaidAll);
  }

  /** Or somebody does not listen for so long that his lease would be over. */
  private static boolean hasSaidAll(Conversation to) {
    Outgoing way = to.outgoing();
    return way.isEmpty() || way.isUnheardFor(Lease.NANOS);
  }

  /** Why it takes part in nothing any more, for good; null as long as it does. */
  public @Nullable String brokenBy() {
    return brokenBy;
  }

  @Override
  public void broken(String why) {
    LOG.error("[{}] {}", name, why);
    brokenBy = why;
  }

  private synchronized List<Conversation> conversations() {
    return new ArrayList<>(conversations.values());
  }

  synchronized List<Session> sessions() {
    return new ArrayList<>(sessions.values());
  }

  /* ---- Submitters: on the link's thread ---- */

  @Override
  public void joined(Peer peer) {
    // It says itself what it wants.
  }

  @Override
  public void left(Peer peer) {
    boolean wasThere = forget(peer);
    Conversation conversation;
    synchronized (this) {
      conversation = conversations.remove(peer.id());
      watching.remove(peer.id());
    }
    if (conversation != null) {
      conversation.close();
    }
    if (wasThere) {
      LOG.info("[{}] submitter {} is gone", name, peer.name());
    }
  }

  /** All that it has said is of the past; false if it has nothing here that runs. */
  private boolean forget(Peer peer) {
    discardArrival(peer);
    return end(peer);
  }

  /** Its class path is not waited for any more. */
  private void discardArrival(Peer peer) {
    Arrival arrival = arrivals.remove(peer.id());
    if (arrival != null) {
      arrival.discard();
    }
  }

  /** Stops all that a submitter has here; false if it has nothing. */
  private boolean end(Peer peer) {
    Session gone;
    synchronized (this) {
      gone = sessions.remove(peer.id());
    }
    if (gone == null) {
      return false;
    }
    gone.silence();
    outgoing(peer).clear();
    finish(gone);
    return true;
  }

  /**
   * Nothing was heard of a submitter for so long that its tasks may be about to run elsewhere: ends
   * this session of it, though not one that it has begun meanwhile.
   */
  void expired(Session session) {
    Peer peer = session.submitter();
    synchronized (this) {
      if (!sessions.remove(peer.id(), session)) {
        return;
      }
      session.silence();
      outgoing(peer).clear(); // before anything is said of a next session
    }
    LOG.warn("[{}] submitter {} was not heard of: its tasks are stopped", name, peer.name());
    try {
      String why = "its lease has ended, for nothing was heard of it";
      outgoing(peer).add(new Frame.Refused(session.number(), why));
    } finally {
      finish(session);
    }
  }

  /** A session is none of this member's any more. */
  private void finish(Session session) {
    session.end();
    keeper.gone(session);
    share();
  }

  @Override
  public void received(Peer peer, byte[] message) {
    try {
      takeAll(peer, conversation(peer).received(message));
    } catch (IOException | RuntimeException | Error e) {
      refuse(peer, e);
    }
  }

  @Override
  public @Nullable Runnable receivedShort(Peer peer, byte[] message) {
    try {
      List<Frame> frames = conversation(peer).received(message);
      if (!frames.stream().allMatch(MemberServer::isTakenAtOnce)) {
        return () -> takeAll(peer, frames);
      }
      for (Frame frame : frames) {
        take(peer, frame);
      }
      return null;
    } catch (IOException | RuntimeException | Error e) {
      return () -> refuse(peer, e);
    }
  }

  /** Other frames have files written, pools made, and workers killed. */
  private static boolean isTakenAtOnce(Frame frame) {
    return frame instanceof Frame.Run
        || frame instanceof Frame.Define
        || frame instanceof Frame.Cancel
        || frame instanceof Frame.Recall
        || frame instanceof Frame.Demand
        || frame instanceof Frame.Granted
        || frame instanceof Frame.Printed
        || frame instanceof Frame.Noted;
  }

  private void takeAll(Peer peer, List<Frame> frames) {
    try {
      for (Frame frame : frames) {
        if (frame instanceof Frame.Attach attach) {
          attach(peer, attach);
        } else if (frame instanceof Frame.Detach detach) {
          detach(peer, detach.atOnce());
        } else if (frame instanceof Frame.Drain) {
          drainFor(peer);
        } else if (frame instanceof Frame.Piece piece) {
          take(peer, piece);
        } else {
          take(peer, frame);
        }
      }
    } catch (IOException | RuntimeException | Error e) {
      refuse(peer, e);
    }
  }

  private void refuse(Peer peer, Throwable said) {
    LOG.warn("[{}] submitter {} is refused", name, peer.name(), said);
    refuse(peer, THE_LAST, "what it says cannot be read: " + said);
  }

  /** A submitter goes: its workers end, and then it is told so. */
  private void detach(Peer peer, boolean atOnce) {
    discardArrival(peer);
    Session session;
    synchronized (this) {
      session = sessions.get(peer.id());
    }
    if (session == null) {
      outgoing(peer).add(new Frame.Detached());
    } else {
      session.leave(atOnce, () -> detached(peer, session));
    }
  }

  private void detached(Peer peer, Session session) {
    synchronized (this) {
      if (!sessions.remove(peer.id(), session)) {
        return; // it was lost, or has begun anew
      }
    }
    finish(session);
    outgoing(peer).add(new Frame.Detached());
    LOG.info("[{}] submitter {} has left", name, peer.name());
  }

  private void drainFor(Peer peer) {
    if (!peer.trusted()) {
      refuse(peer, THE_LAST, "only who has the nodes' own file may have one drained");
      return;
    }
    LOG.info("[{}] is to drain, says {}", name, peer.name());
    synchronized (this) {
      watching.put(peer.id(), peer);
    }
    drain();
  }

  /** Tells those that wait for it how much is left. */
  private void tellLeft() {
    List<Peer> told;
    synchronized (this) {
      told = List.copyOf(watching.values());
    }
    int calls = 0;
    boolean isDrained = true;
    for (Session session : sessions()) {
      calls += session.calls();
      isDrained &= session.isDrained();
    }
    Frame left = new Frame.Left(isDrained ? 0 : Math.max(1, calls));
    told.forEach(peer -> outgoing(peer).add(left));
    if (isDrained) {
      synchronized (this) {
        told.forEach(peer -> watching.remove(peer.id()));
      }
    }
  }

  private void attach(Peer peer, Frame.Attach attach) throws IOException {
    if (attach.version() != Frame.VERSION) {
      refuse(
          peer,
          attach.number(),
          "it speaks version "
              + attach.version()
              + " of the protocol, this member version "
              + Frame.VERSION);
      return;
    }
    LOG.info("[{}] submitter {} has come", name, peer.name());
    var unused = forget(peer); // it begins anew
    conversation(peer).forgive();
    Arrival arrival = new Arrival(attach, code);
    if (arrival.isComplete()) {
      begin(peer, arrival);
    } else {
      arrivals.put(peer.id(), arrival);
      outgoing(peer).add(new Frame.Need(arrival.missing()));
    }
  }

  /** The next piece of a jar of a submitter whose class path is not whole yet. */
  private void take(Peer peer, Frame.Piece piece) throws IOException {
    Arrival arrival = arrivals.get(peer.id());
    if (arrival == null) {
      return; // it was refused
    }
    arrival.add(piece);
    if (arrival.isComplete()) {
      arrivals.remove(peer.id());
      begin(peer, arrival);
    }
  }

  private void begin(Peer peer, Arrival arrival) throws IOException {
    Session session =
        new Session(
            name,
            peer,
            arrival.attach(),
            arrival.classPath(),
            workers,
            mostBytes,
            new Way(conversation(peer)),
            link.memory(),
            threads,
            keeper,
            /* origin= */ null);
    synchronized (this) {
      sessions.put(peer.id(), session);
    }
    share();
    LockSupport.unpark(ticker);
  }

  /** To a submitter. */
  private record Way(Conversation to, Outgoing out) implements Session.Voice {
    Way(Conversation to) {
      this(to, to.outgoing());
    }

    @Override
    public void say(Frame frame) {
      out.add(frame);
    }

    @Override
    public @Nullable Runnable sayHere(Frame frame) {
      return out.addHere(frame) ? out::sendHere : null;
    }

    @Override
    public void sayAside(Frame frame) {
      if (!out.isClosed()) { // a lease is no use to who can say nothing else
        to.sayAside(frame);
      }
    }
  }

  /** Those in which detached tasks run stand beside the others, and have their share as these. */
  private final class SessionsOfDetached implements Keeper.Sessions {
    @Override
    public boolean isDraining() {
      return draining;
    }

    @Override
    public void changed() {
      share();
      LockSupport.unpark(ticker);
    }

    @Override
    public Session begin(Session origin, Session.Voice heard) throws IOException {
      Session session = Session.detachedFrom(origin, name, workers, heard, link.memory(), threads);
      synchronized (MemberServer.this) {
        sessions.put("detached-" + ++lastOfDetached, session);
      }
      changed();
      return session;
    }

    @Override
    public void end(Session session) {
      threads.execute(() -> session.leave(/* atOnce= */ false, () -> ended(session)));
    }

    private void ended(Session session) {
      synchronized (MemberServer.this) {
        sessions.values().remove(session);
      }
      session.end();
      share();
    }
  }

  private synchronized Conversation conversation(Peer peer) {
    return conversations.computeIfAbsent(
        peer.id(), id -> new Conversation(link, peer, mostBytes, threads));
  }

  private Outgoing outgoing(Peer peer) {
    return conversation(peer).outgoing();
  }

  private void take(Peer peer, Frame frame) throws IOException {
    Session session;
    synchronized (this) {
      session = sessions.get(peer.id());
    }
    if (session == null) {
      return; // it was refused
    }
    boolean hadWork = session.hasWork();
    session.take(frame);
    if (!hadWork && session.hasWork()) {
      share();
      LockSupport.unpark(ticker);
    }
  }

  private void refuse(Peer peer, int attach, String why) {
    var unused = forget(peer);
    outgoing(peer).clear();
    outgoing(peer).add(new Frame.Refused(attach, why));
  }

  /* ---- Dividing the workers ---- */

  private void share() {
    List<Session> all = sessions();
    boolean[] hasWork = new boolean[all.size()];
    for (int i = 0; i < hasWork.length; i++) {
      hasWork[i] = all.get(i).hasWork();
    }
    // Only where somebody would have none at all: each turn costs workers that end and start.
    int turn = all.size() > workers ? (int) (System.nanoTime() / TURN_NANOS) : 0;
    int[] shares = Shares.of(workers, hasWork, turn);
    for (int i = 0; i < shares.length; i++) {
      all.get(i).has(shares[i], draining);
    }
  }

  private synchronized boolean isWatched() {
    return !watching.isEmpty();
  }

  private void tick() {
    long toldAt = System.nanoTime();
    while (!closed) {
      List<Session> all = sessions();
      boolean isWatched = isWatched();
      try {
        all.forEach(this::renew);
        share();
        keeper.expire();
        if (isWatched && System.nanoTime() - toldAt > WATCH_NANOS) {
          toldAt = System.nanoTime();
          tellLeft();
        }
      } catch (RuntimeException | Error e) { // no thread is to be had, say: without a clock all end
        LOG.error("[{}] a look at the submitters failed", name, e);
      }
      if (isWatched) {
        LockSupport.parkNanos(this, TICK_NANOS);
      } else if (all.isEmpty() && keeper.isEmpty()) {
        LockSupport.park(this);
      } else {
        boolean hasWork = all.stream().anyMatch(Session::hasWork);
        LockSupport.parkNanos(this, hasWork ? TICK_NANOS : Lease.RENEW_NANOS);
      }
    }
  }

  private void renew(Session session) {
    if (session.renew()) {
      session.tellBegun();
    } else {
      expired(session);
    }
  }

  /** Stops what runs and leaves. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(ticker);
    List<Session> left = sessions();
    left.forEach(Session::end);
    try {
      link.close();
    } finally {
      conversations().forEach(Conversation::close);
    }
    left.forEach(Session::awaitEnd);
    threads.shutdown();
  }
}

package dev.procession.cluster.internal.member;

import dev.procession.cluster.internal.link.Frame;
import dev.procession.internal.codec.CallKind;
import dev.procession.internal.codec.FailureCodec;
import dev.procession.internal.parent.ClassFinder.Finding;
import dev.procession.internal.wire.ClassRequest;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The detached tasks of a member. They run in pools of their own, one for each submitter, whatever
 * becomes of that; what becomes of them is kept for a while, and told to whoever claims it.
 *
 * <p>Any thread may call it. A session of detached tasks calls {@link #heard} while it says
 * something, so such a session is never called under the lock here; any other may be told
 * something.
 */
final class Keeper {
  private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);

  /** Whether they have ended or not. */
  static final int MOST_TASKS = 10_000;

  private static final int ID_BYTES = 16;

  /** The member, as far as it has to do with the sessions in which they run. */
  interface Sessions {
    /** Whether it takes nothing new. */
    boolean isDraining();

    /** One of them has more to do. */
    void changed();

    /** Begins one for what that submitter detaches. */
    Session begin(Session origin, Session.Voice heard) throws IOException;

    /** Ends one that has nothing to do any more, by another thread: any lock may be held. */
    void end(Session session);
  }

  private final String member;
  private final long keepNanos;
  private final long mostBytes;
  private final Sessions sessions;
  private final SecureRandom random = new SecureRandom();

  // Guarded by this.
  private final Map<String, Detached> tasks = new LinkedHashMap<>(); // by their ids
  private final Set<Detached> ended = new LinkedHashSet<>(); // oldest first
  private final Map<Session, Estate> estates = new HashMap<>(); // of submitters that are here
  private final Map<Claim, Detached> claims = new HashMap<>();
  private long heldBytes;

  /**
   * Keeps nothing yet.
   *
   * @param member its name
   * @param keep how long the outcome of a task is kept
   * @param mostBytes how long tasks and outcomes may be, all together
   */
  Keeper(String member, Duration keep, long mostBytes, Sessions sessions) {
    this.member = member;
    this.keepNanos = keep.toNanos();
    this.mostBytes = mostBytes;
    this.sessions = sessions;
  }

  /** What a submitter has detached; it is there from the first such task on. */
  private static final class Estate {
    final Session origin;
    final Map<Long, Detached> unfinished = new HashMap<>(); // by the calls' numbers
    boolean originIsGone;
    boolean isOver;
    volatile Session session; // set before anything is submitted to it

    @SuppressWarnings("NullAway.Init")
    Estate(Session origin) {
      this.origin = origin;
    }
  }

  private static final class Detached {
    final String id;
    @Nullable Estate estate; // until it has ended
    final long call;
    final long size;
    final Set<Claim> claims = new HashSet<>();
    final Set<Claim> recalls = new HashSet<>();
    boolean isForgotten;
    boolean isBeingSubmitted;
    boolean isReturned;
    Frame.@Nullable Begun begun;
    long begunHeardAt;
    @Nullable Frame outcome;
    long endedAt;

    Detached(String id, Estate estate, Frame.Run run) {
      this.id = id;
      this.estate = estate;
      this.call = run.call();
      this.size = run.payload().length;
    }
  }

  /** Somebody wants to hear what becomes of a task, as of that call. */
  private record Claim(Session by, long call) {}

  /* ---- From submitters: the link's thread ---- */

  /**
   * Takes a task; the answer.
   *
   * @throws IOException if it is none that can be detached
   */
  Frame entrust(Session origin, Frame.Run run) throws IOException {
    if (run.kind() == CallKind.CHUNK || run.count() != 1 || run.crashes() != 0) {
      throw new IOException("call " + run.call() + " cannot be detached");
    }
    Estate estate;
    synchronized (this) {
      String why = whyNot(run);
      if (why != null) {
        return refused(run, why);
      }
      estate = estates.get(origin);
    }
    if (estate == null) {
      try {
        estate = begin(origin);
      } catch (IOException | RuntimeException e) { // no room for its files, for example
        LOG.warn("[{}] detached tasks cannot be run", member, e);
        return refused(run, "node " + member + " cannot run it: " + e);
      }
    }
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    Detached task = new Detached(HexFormat.of().formatHex(id), estate, run);
    boolean originIsGone;
    synchronized (this) {
      originIsGone = origin.isEnded(); // what ends it calls gone() after that
      if (estate.unfinished.containsKey(task.call)) {
        throw new IOException("two calls of the number " + task.call);
      }
      if (!originIsGone) {
        estates.put(origin, estate);
        estate.unfinished.put(task.call, task);
        tasks.put(task.id, task);
        heldBytes += task.size;
        task.isBeingSubmitted = true;
      }
    }
    if (originIsGone) {
      sessions.end(estate.session);
      return refused(run, "the submitter is gone");
    }
    boolean taken = false;
    try {
      estate.session.take(run);
      taken = true;
    } finally {
      if (!taken) { // it is malformed, and its submitter is about to be refused
        synchronized (this) {
          remove(task);
        }
      }
    }
    sessions.changed();
    synchronized (this) {
      task.isBeingSubmitted = false;
      return task.isReturned
          ? refused(run, "node " + member + " cannot run it: its workers do not start")
          : new Frame.Entrusted(run.call(), task.id, "");
    }
  }

  private static Frame refused(Frame.Run run, String why) {
    return new Frame.Entrusted(run.call(), "", why);
  }

  private @Nullable String whyNot(Frame.Run run) {
    if (sessions.isDraining()) {
      return "node " + member + " drains";
    }
    if (tasks.size() >= MOST_TASKS) {
      return "node " + member + " has " + MOST_TASKS + " detached tasks: some are to be forgotten";
    }
    long size = run.payload().length;
    return heldBytes + size <= mostBytes
        ? null
        : "node "
            + member
            + " has "
            + heldBytes
            + " bytes of detached tasks and results, and room for "
            + mostBytes
            + ": some are to be forgotten";
  }

  private Estate begin(Session origin) throws IOException {
    Estate begun = new Estate(origin);
    begun.session = sessions.begin(origin, frame -> heard(begun, frame));
    boolean announced = false;
    try {
      for (Frame value : origin.announced()) {
        begun.session.take(value);
      }
      announced = true;
      return begun;
    } finally {
      if (!announced) {
        sessions.end(begun.session);
      }
    }
  }

  /** What a submitter tells its workers is for those of its detached tasks as well. */
  void forward(Session origin, Frame frame) {
    Estate estate;
    synchronized (this) {
      estate = estates.get(origin);
    }
    if (estate == null) {
      return;
    }
    try {
      estate.session.take(frame);
    } catch (IOException | RuntimeException e) { // a pool that is broken, or has no room
      LOG.warn("[{}] detached tasks of {} will miss a value", member, origin.submitter().name(), e);
    }
  }

  /** Has a submitter told what becomes of a task, or that there is none of that id. */
  synchronized void claim(Session by, Frame.Claim claim) {
    expire();
    if (by.isEnded()) {
      return; // and nobody would say that it is gone
    }
    Detached task = tasks.get(claim.id());
    by.say(new Frame.Claimed(claim.call(), task != null));
    if (task == null) {
      return;
    }
    if (task.outcome != null) {
      by.say(told(task.outcome, claim.call(), System.nanoTime() - task.endedAt));
      return;
    }
    Claim made = new Claim(by, claim.call());
    claims.put(made, task);
    task.claims.add(made);
    if (task.begun != null) {
      by.say(told(task.begun, claim.call(), System.nanoTime() - task.begunHeardAt));
    }
  }

  /** Its outcome need not be kept. */
  synchronized void forget(String id) {
    Detached task = tasks.get(id);
    if (task != null) {
      task.isForgotten = true;
      if (task.outcome != null) {
        drop(task);
      }
    }
  }

  /** Stops a task that was claimed. */
  void cancel(Session by, long call) {
    Detached task;
    Estate estate;
    synchronized (this) {
      task = claims.get(new Claim(by, call));
      estate = task == null ? null : task.estate;
    }
    if (task != null && estate != null) {
      order(estate, new Frame.Cancel(task.call));
    }
  }

  /** Withdraws one, if it has not begun. */
  void recall(Session by, long call) {
    Claim claim = new Claim(by, call);
    Detached task;
    Estate estate;
    synchronized (this) {
      task = claims.get(claim);
      estate = task == null ? null : task.estate;
      if (task != null) {
        task.recalls.add(claim);
      }
    }
    if (task != null && estate != null) {
      order(estate, new Frame.Recall(List.of(task.call)));
    }
  }

  private static void order(Estate estate, Frame frame) {
    try {
      estate.session.take(frame);
    } catch (IOException e) {
      throw new AssertionError(e); // nothing that comes from outside
    }
  }

  /** A submitter is gone, and what it has claimed is of no interest any more. */
  void gone(Session origin) {
    Session idle;
    synchronized (this) {
      claims
          .entrySet()
          .removeIf(
              claim -> {
                boolean isIts = claim.getKey().by == origin;
                if (isIts) {
                  claim.getValue().claims.remove(claim.getKey());
                  claim.getValue().recalls.remove(claim.getKey());
                }
                return isIts;
              });
      Estate estate = estates.remove(origin);
      if (estate == null) {
        return;
      }
      estate.originIsGone = true;
      idle = idle(estate);
    }
    if (idle != null) {
      sessions.end(idle);
    }
  }

  /** Its session, if that is to end; but once. */
  private static @Nullable Session idle(Estate estate) {
    if (!estate.originIsGone || !estate.unfinished.isEmpty() || estate.isOver) {
      return null;
    }
    estate.isOver = true;
    return estate.session;
  }

  /* ---- From the tasks' sessions ---- */

  /** What would have been said to the submitter. */
  private void heard(Estate estate, Frame frame) {
    if (frame instanceof Frame.Output || frame instanceof Frame.Lack) {
      estate.origin.say(frame);
    } else if (frame instanceof Frame.Lookup lookup) {
      find(estate, lookup);
    } else {
      Session idle;
      synchronized (this) {
        take(estate, frame);
        idle = idle(estate);
      }
      if (idle != null) {
        sessions.end(idle);
      }
    }
  }

  /** Asks who has submitted the tasks, as long as it is there. */
  private static void find(Estate estate, Frame.Lookup lookup) {
    Consumer<Finding> to = finding -> order(estate, new Frame.Found(lookup.id(), finding));
    try {
      estate.origin.find(ClassRequest.of(lookup.request()), to);
    } catch (IOException e) {
      to.accept(Finding.missing("the question cannot be read: " + e));
    }
  }

  private void take(Estate estate, Frame frame) {
    if (frame instanceof Frame.Begun begun) {
      Detached task = estate.unfinished.get(begun.call());
      if (task != null) {
        task.begun = begun;
        task.begunHeardAt = System.nanoTime();
        tell(task, begun);
      }
    } else if (frame instanceof Frame.Progress progress) {
      Detached task = estate.unfinished.get(progress.call());
      if (task != null) {
        tell(task, progress);
      }
    } else if (frame instanceof Frame.Result result) {
      over(estate, result.call(), result);
    } else if (frame instanceof Frame.Over over) {
      over(estate, over.call(), over);
    } else if (frame instanceof Frame.Ended ended) {
      over(estate, ended.call(), cancelled(ended.call()));
    } else if (frame instanceof Frame.Returned returned) {
      returned.calls().forEach(call -> returned(estate, call));
    } else if (frame instanceof Frame.Kept kept) {
      kept.calls().forEach(call -> kept(estate, call));
    } else if (frame instanceof Frame.Refused refused) {
      LOG.warn("[{}] {}", member, refused.why());
      estate.originIsGone = true; // what follows gets another one
      estates.remove(estate.origin, estate);
    }
  }

  private static Frame.Over cancelled(long call) {
    return new Frame.Over(call, new byte[0], /* crashed= */ false, 0, -1);
  }

  /** It was withdrawn, or its workers cannot be started. */
  private void returned(Estate estate, long call) {
    Detached task = estate.unfinished.get(call);
    if (task == null) {
      return;
    }
    if (task.isBeingSubmitted) { // by a pool that is broken
      task.isReturned = true;
      remove(task);
      return;
    }
    for (Claim claim : task.recalls) {
      claim.by.say(new Frame.Returned(List.of(claim.call)));
      task.claims.remove(claim);
      claims.remove(claim);
    }
    over(estate, call, cancelled(call));
  }

  private void kept(Estate estate, long call) {
    Detached task = estate.unfinished.get(call);
    if (task != null) {
      task.recalls.forEach(claim -> claim.by.say(new Frame.Kept(List.of(claim.call))));
      task.recalls.clear();
    }
  }

  private static Frame.Over failed(long call, String why) {
    byte[] failure = FailureCodec.encode(new RejectedExecutionException(why));
    return new Frame.Over(call, failure, /* crashed= */ false, 0, -1);
  }

  private void over(Estate estate, long call, Frame outcome) {
    Detached task = estate.unfinished.remove(call);
    if (task == null) {
      return;
    }
    heldBytes -= task.size;
    tell(task, outcome);
    claims.keySet().removeAll(task.claims);
    task.claims.clear();
    task.recalls.clear();
    task.endedAt = System.nanoTime();
    task.estate = null; // or what is kept would keep two pools
    task.begun = null;
    long size = sizeOf(outcome);
    boolean hasRoom = heldBytes + size <= mostBytes;
    if (!hasRoom) {
      LOG.warn("[{}] the outcome of a detached task cannot be kept: {} bytes", member, size);
    }
    Frame told =
        hasRoom
            ? outcome
            : failed(
                call,
                "the result, "
                    + size
                    + " bytes, could not be kept: node "
                    + member
                    + " has "
                    + heldBytes
                    + " bytes of detached tasks and results, and room for "
                    + mostBytes);
    task.outcome = told;
    heldBytes += sizeOf(told);
    ended.add(task);
    if (task.isForgotten) {
      drop(task);
    }
  }

  private static long sizeOf(Frame outcome) {
    return outcome instanceof Frame.Result result
        ? result.bytes().length
        : outcome instanceof Frame.Over over ? over.failure().length : 0;
  }

  private void drop(Detached task) {
    if (task.outcome != null && ended.remove(task)) {
      tasks.remove(task.id);
      heldBytes -= sizeOf(task.outcome);
    }
  }

  /** It was not taken after all. */
  private void remove(Detached task) {
    if (task.estate != null && task.estate.unfinished.remove(task.call, task)) {
      tasks.remove(task.id);
      heldBytes -= task.size;
    }
  }

  private void tell(Detached task, Frame frame) {
    for (Claim claim : task.claims) {
      claim.by.say(told(frame, claim.call, 0));
    }
  }

  /** As said of another call, and so much later. */
  private static Frame told(Frame frame, long call, long later) {
    if (frame instanceof Frame.Begun begun) {
      return new Frame.Begun(call, begun.pid(), begun.ago() + later);
    } else if (frame instanceof Frame.Progress progress) {
      return new Frame.Progress(call, progress.report());
    } else if (frame instanceof Frame.Over over) {
      long ago = over.ago() == 0 ? 0 : over.ago() + later;
      return new Frame.Over(call, over.failure(), over.crashed(), ago, over.pid());
    } else if (frame instanceof Frame.Result result) {
      return new Frame.Result(
          call,
          result.element(),
          result.last(),
          result.status(),
          result.beside(),
          result.pid(),
          result.ago() + later,
          result.runNanos(),
          result.cpuNanos(),
          result.bytes());
    }
    throw new AssertionError(frame);
  }

  /* ---- Time ---- */

  /** Whether it has anything. */
  synchronized boolean isEmpty() {
    return tasks.isEmpty();
  }

  /** Drops what was kept for long enough; often called. */
  synchronized void expire() {
    while (!ended.isEmpty()) {
      Detached oldest = ended.iterator().next();
      if (System.nanoTime() - oldest.endedAt <= keepNanos) {
        return;
      }
      drop(oldest);
    }
  }
}

package dev.procession.cluster.internal.submitter;

import dev.procession.cluster.internal.submitter.Envelope.Place;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides which member of a cluster gets which of a submitter's tasks. It does nothing itself: what
 * is to be sent it says to its {@link Orders}; it has no thread and no clock. Not thread-safe.
 */
final class ClusterDispatcher<E extends Envelope> {
  /*
   * Credit.      Each member says how many tasks of this submitter it is ready to hold. What is beyond the
   *              credit of all members waits here, in the submitter's own queue: so it can go wherever there
   *              is room first, and is lost with no member.
   *
   * Free first.  A task goes to the member that has least to do for each worker. Several that are decided at
   *              the same time for one member travel as a batch.
   *
   * Prefetch.    What a member has beyond its workers is what these run while the next batch comes: as many
   *              tasks as a worker runs in the time of two ways there and back. Tasks of more than five times
   *              that are not prefetched at all, for next to them the way is short. Of tiny ones it is what a
   *              worker runs in ten milliseconds: a message costs more than they do, so they are to travel by
   *              the hundred. How long the way is, tasks tell that met an idle worker: it is what they took
   *              beside running, as a running mean.
   *
   * Run times.   Those that end first are the short ones, so the mean of what has ended says too little, and
   *              most of all at the beginning. The time that all workers have been busy, divided by how many
   *              tasks have ended in it, does not (the usual estimate where observations are cut off); both
   *              are forgotten over twice as many tasks as run at a time.
   *
   * Recall.      Where a member has idle workers, nothing waits here, and another one holds more than its
   *              workers can have begun, that one is asked to give back half of it: if it would need longer
   *              for that than the way takes, or has ended nothing for as long, because it runs a long task
   *              before short ones.
   */
  private static final long LEAST_AHEAD_NANOS = 2_000_000;
  private static final long MOST_AHEAD_NANOS = 50_000_000;

  /** Until it was measured: the first tasks wait for workers that start, and tell nothing of it. */
  private static final double LIKELY_WAY_NANOS = 1_000_000;

  private static final int WAYS_AHEAD = 2;
  private static final int PREFETCH_BELOW = 5;
  private static final double TINY_NANOS = 50_000;
  private static final long TINY_AHEAD_NANOS = 10_000_000;
  private static final int MOST_AHEAD = 2_048;
  private static final double LEARN = 0.05;
  private static final int LEAST_REMEMBERED = 20;

  /** So many times the mean is not believed at once. */
  private static final double OUTLIER = 8;

  /** Of a batch, and of all that a member holds, unless it is a single task. */
  static final long MOST_BYTES = 16 << 20;

  /** What is to be done. */
  interface Orders<E> {
    /** Send these to that member, in this order. */
    void send(Member member, List<E> batch);

    /** Ask that member to give these back if it has not begun them. */
    void recall(Member member, List<E> envelopes);
  }

  /** The submitter's queue: what waits, in the order in which it is to be begun. */
  interface Waiting<E> {
    int size();

    /** Takes the next one, or returns null. */
    @Nullable E poll();

    /** Puts one back that was taken before. */
    void addFirst(E envelope);
  }

  private final Waiting<E> waiting;
  private final Orders<E> orders;
  private final Map<String, Member> members = new LinkedHashMap<>();
  private final MemberHeap open = new MemberHeap(); // those with room
  private final Set<Member> crowded = new LinkedHashSet<>(); // those with more than their workers
  private final Map<Member, List<E>> batches = new LinkedHashMap<>();
  private double busyNanos; // of all workers together
  private double endedInThat;
  private double meanNanos; // by these two, when the last one had ended
  private long busyUntil;
  private int running; // at the most, by what members were given
  private int workers; // of all members
  private double wayNanos = LIKELY_WAY_NANOS;
  private long aheadNanos = LEAST_AHEAD_NANOS;
  private int ahead;

  ClusterDispatcher(Waiting<E> waiting, Orders<E> orders) {
    this.waiting = waiting;
    this.orders = orders;
  }

  /* ---- Members ---- */

  Collection<Member> members() {
    return members.values();
  }

  /** How many workers all members have. */
  int workers() {
    return workers;
  }

  /** How many tasks these can be running, by what members were given. */
  int running() {
    return running;
  }

  /**
   * A member has come.
   *
   * @param workers how many tasks it runs at a time, 0 for none at present
   * @param credit how many it is ready to hold
   */
  Member join(String name, int workers, int credit) {
    if (workers < 0 || credit < 0) {
      throw new IllegalArgumentException(name + ": " + workers + " workers, credit " + credit);
    }
    Member member = new Member(name, workers, credit);
    if (members.putIfAbsent(name, member) != null) {
      throw new IllegalArgumentException("there is a member " + name);
    }
    this.workers += workers;
    review(member);
    return member;
  }

  /**
   * What a member has from now on; a credit below what it was given means no more for now, and what
   * it cannot begin with fewer workers is asked for.
   */
  void capacity(Member member, int workers, int credit) {
    int before = member.workers;
    member.workers = Math.max(0, workers);
    member.credit = Math.max(0, credit);
    this.workers += member.workers - before;
    review(member);
    if (member.workers < before && member.given > allowance(member)) {
      recall(member, member.given - allowance(member));
    }
  }

  /** A member takes nothing new; it is asked for what it has not begun. */
  void drain(Member member) {
    member.draining = true;
    review(member);
    recall(member, member.given);
  }

  /**
   * A member is gone. What it had been given belongs to the caller again: in what was {@link
   * Place#SENT} or {@link Place#BEGUN} no outcome will come.
   */
  List<E> leave(Member member) {
    if (members.remove(member.name, member)) {
      workers -= member.workers;
    }
    review(member);
    List<E> lost = new ArrayList<>(member.given);
    Envelope oldest;
    while ((oldest = member.oldest()) != null) {
      member.remove(oldest);
      lost.add(cast(oldest));
    }
    return lost;
  }

  @SuppressWarnings("unchecked") // a member is given only what was in waiting
  private E cast(Envelope envelope) {
    return (E) envelope;
  }

  /** Something about a member has changed: puts it where it belongs. */
  private void review(Member member) {
    boolean isHere = members.get(member.name) == member;
    int runs = isHere ? Math.min(member.given, member.workers) : 0;
    running += runs - member.running;
    member.running = runs;
    if (isHere && hasRoom(member)) {
      open.put(member);
    } else {
      open.remove(member);
    }
    if (isHere && member.spare() > 0) {
      crowded.add(member);
    } else {
      crowded.remove(member);
    }
  }

  private boolean hasRoom(Member member) {
    int held = member.given;
    return !member.draining
        && held < Math.min(member.credit, allowance(member))
        && (held == 0 || member.givenBytes < MOST_BYTES);
  }

  /** How many a member may have at a time, whatever its credit. */
  private int allowance(Member member) {
    return (int) Math.min(Integer.MAX_VALUE, member.workers * (1L + ahead));
  }

  /* ---- Tasks ---- */

  /**
   * Gives members what waits, as far as they have room. To be called after whatever has changed,
   * and {@link #isToLookAgain now and then}.
   *
   * @param now a nanoTime
   */
  void dispatch(long now) {
    advance(now);
    Member member;
    while (waiting.size() > 0 && (member = open.least()) != null) {
      E envelope = waiting.poll();
      if (envelope == null) {
        break;
      }
      envelope.place = Place.SENT;
      if (member.given == 0) {
        member.movedAt = now;
      }
      envelope.sentAt = now;
      envelope.isAwaited = member.given < member.workers;
      member.add(envelope);
      batches.computeIfAbsent(member, first -> new ArrayList<>()).add(envelope);
      review(member);
    }
    batches.forEach(orders::send);
    batches.clear();
    if (waiting.size() == 0) {
      recallForIdle(now);
    }
  }

  /** Whether there is something to be decided as time passes and nothing else happens. */
  boolean isToLookAgain() {
    return waiting.size() == 0 && !crowded.isEmpty();
  }

  /** Its member says that a worker has begun it. */
  void begun(E envelope) {
    if (envelope.place == Place.SENT) {
      envelope.place = Place.BEGUN;
    }
  }

  /**
   * Its member says that it is over.
   *
   * @param runNanos how long it ran, 0 if that is not known
   * @param now a nanoTime
   */
  void over(E envelope, long runNanos, long now) {
    Member member = envelope.member;
    if (member != null) {
      member.movedAt = now;
    }
    advance(now);
    take(envelope);
    envelope.place = Place.OVER;
    if (runNanos > 0 && envelope.isAwaited) {
      learnWay(Math.max(0, now - envelope.sentAt - runNanos));
    }
    learn();
  }

  /** Its member has given it back unbegun: it waits again, before all others. */
  void returned(E envelope) {
    if (envelope.member != null && envelope.place == Place.SENT) {
      take(envelope);
      again(envelope);
    }
  }

  /** What was lost with its member is to wait again. */
  void again(E envelope) {
    envelope.place = Place.WAITING;
    waiting.addFirst(envelope);
  }

  /** Part of what a member was given is an envelope of its own from now on. */
  void split(E envelope, E rest) {
    Member member = envelope.member;
    if (member != null) {
      rest.place = Place.SENT;
      member.add(rest);
      review(member);
    }
  }

  private void take(E envelope) {
    Member member = envelope.member;
    if (member != null) {
      member.remove(envelope);
      review(member);
    }
  }

  /* ---- What is learnt ---- */

  private static double moved(double mean, long toldNanos) {
    double told = toldNanos;
    return mean + LEARN * (Math.min(told, OUTLIER * Math.max(mean, 1)) - mean);
  }

  private void learnWay(long nanos) {
    wayNanos = moved(wayNanos, nanos);
    aheadNanos =
        (long) Math.max(LEAST_AHEAD_NANOS, Math.min(MOST_AHEAD_NANOS, WAYS_AHEAD * wayNanos));
  }

  /** Workers were busy until now as they have been. */
  private void advance(long now) {
    busyNanos += (double) running * (now - busyUntil); // 0 before the first one, whatever the clock
    busyUntil = now;
  }

  /** One has ended. */
  private void learn() {
    double keep = 1 - 1.0 / Math.max(LEAST_REMEMBERED, 2 * running);
    busyNanos *= keep;
    endedInThat = (endedInThat + 1) * keep;
    meanNanos = Math.max(1, busyNanos / endedInThat);
    long nanos = meanNanos < TINY_NANOS ? Math.max(TINY_AHEAD_NANOS, aheadNanos) : aheadNanos;
    int wanted =
        meanNanos >= PREFETCH_BELOW * (double) aheadNanos
            ? 0
            : (int) Math.min(MOST_AHEAD, Math.max(1, Math.ceil(nanos / meanNanos)));
    // All members are looked at, so not for each small change.
    boolean isNone = wanted == 0 && ahead > 0;
    if (isNone || wanted < ahead * 3 / 4 || wanted > ahead + ahead / 4) {
      ahead = wanted;
      members.values().forEach(this::review);
    }
  }

  /* ---- Recalling ---- */

  /** Where workers are idle, has what others cannot have begun come back. */
  private void recallForIdle(long now) {
    Member least = open.least();
    if (crowded.isEmpty() || least == null || least.idle() == 0) {
      return;
    }
    Member fullest = Collections.max(crowded, Comparator.comparingInt(Member::spare));
    double needs = meanNanos * fullest.spare() / Math.max(1, fullest.workers);
    if (fullest.recalled > 0) {
      return; // first that has to be answered
    }
    if (needs > aheadNanos || now - fullest.movedAt > aheadNanos) {
      recall(fullest, Math.min((fullest.spare() + 1) / 2, least.idle()));
    }
  }

  /** Asks for so many, the youngest, each but once. */
  private void recall(Member member, int most) {
    List<E> wanted = new ArrayList<>();
    Envelope envelope = member.youngest();
    while (envelope != null && wanted.size() < most) {
      if (envelope.place == Place.SENT && !envelope.recalled) {
        envelope.recalled = true;
        member.recalled++;
        wanted.add(cast(envelope));
      }
      envelope = envelope.older;
    }
    if (!wanted.isEmpty()) {
      orders.recall(member, wanted);
    }
  }

  /** Its member will not give it back: a worker has begun it. */
  void kept(E envelope) {
    if (envelope.recalled && envelope.member != null) {
      envelope.recalled = false;
      envelope.member.recalled--;
    }
    begun(envelope);
  }
}

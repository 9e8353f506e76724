package dev.procession.cluster.internal.submitter;

import org.jspecify.annotations.Nullable;

/** A member of the cluster as one submitter sees it; guarded as its {@link ClusterDispatcher}. */
final class Member {
  final String name;

  /** How many tasks it runs at a time. */
  int workers;

  /** How many it is ready to be given at a time. */
  int credit;

  /** How many it was given and has not answered yet. */
  int given;

  long givenBytes;

  /** How many of them its workers can have begun. */
  int running;

  /** How many of them it was asked to give back. */
  int recalled;

  /** When a task of it last ended, or was the first to be given: a nanoTime. */
  long movedAt;

  boolean draining;

  private @Nullable Envelope oldest;
  private @Nullable Envelope youngest;

  /** Its place in {@link MemberHeap}, -1 for none. */
  int at = -1;

  Member(String name, int workers, int credit) {
    this.name = name;
    this.workers = workers;
    this.credit = credit;
  }

  /** It is given a task. */
  void add(Envelope envelope) {
    envelope.member = this;
    envelope.older = youngest;
    if (youngest == null) {
      oldest = envelope;
    } else {
      youngest.younger = envelope;
    }
    youngest = envelope;
    given++;
    givenBytes += envelope.size;
  }

  /** It has answered, or is gone. */
  void remove(Envelope envelope) {
    Envelope older = envelope.older;
    Envelope younger = envelope.younger;
    if (older == null) {
      oldest = younger;
    } else {
      older.younger = younger;
    }
    if (younger == null) {
      youngest = older;
    } else {
      younger.older = older;
    }
    envelope.older = null;
    envelope.younger = null;
    envelope.member = null;
    given--;
    givenBytes -= envelope.size;
    if (envelope.recalled) {
      envelope.recalled = false;
      recalled--;
    }
  }

  /** What it was given last and has not answered yet. */
  @Nullable Envelope youngest() {
    return youngest;
  }

  /** What it was given first and has not answered yet. */
  @Nullable Envelope oldest() {
    return oldest;
  }

  /** Workers that have nothing to do, as far as is known here. */
  int idle() {
    return draining ? 0 : Math.max(0, Math.min(workers, credit) - given);
  }

  /** How many it holds that its workers cannot have begun. */
  int spare() {
    return given - workers;
  }

  /** Whether it has less to do for each worker than the other, with one task more. */
  boolean isLessLoadedThan(Member other) {
    long here = (given + 1L) * other.workers;
    long there = (other.given + 1L) * workers;
    return here < there || (here == there && workers > other.workers);
  }

  @Override
  public String toString() {
    return name + " (" + given + " given, " + workers + " workers, credit " + credit + ")";
  }
}

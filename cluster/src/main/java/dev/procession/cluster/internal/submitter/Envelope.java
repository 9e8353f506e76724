package dev.procession.cluster.internal.submitter;

import org.jspecify.annotations.Nullable;

/** A task as {@link ClusterDispatcher} sees it; guarded as that is. */
class Envelope {
  /**
   * Where it is.
   *
   * <pre>
   *   WAITING ──► SENT ──► BEGUN ──► OVER
   *      ▲          │        │
   *      └──────────┴────────┘   returned by its member; lost with it, and to be run again
   * </pre>
   */
  enum Place {
    /** At the submitter. */
    WAITING,
    /** At a member, or on the way there; it may have begun, but nothing was heard of that. */
    SENT,
    /** A worker of the member has begun it. */
    BEGUN,
    /** It has an outcome. */
    OVER
  }

  /** In bytes, for what a member may be given at a time. */
  final long size;

  volatile Place place = Place.WAITING; // for those who just look
  @Nullable Member member;

  /** When it was given to its member, a nanoTime; nothing of it can have happened there before. */
  long sentAt;

  /** A worker had nothing to do when it was given, as far as was known. */
  boolean isAwaited;

  /** Its member was asked to give it back, and has not answered. */
  boolean recalled;

  // In its member's line.
  @Nullable Envelope older;
  @Nullable Envelope younger;

  Envelope(long size) {
    this.size = size;
  }
}

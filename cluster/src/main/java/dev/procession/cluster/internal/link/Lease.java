package dev.procession.cluster.internal.link;

import java.util.concurrent.TimeUnit;

/**
 * How long a member runs tasks of a submitter that it does not hear of.
 *
 * <p>A member asks now and then, and counts its lease from when it asked, by its own clock; the
 * submitter answers, and counts from when it was asked. The answer cannot have been given before
 * the question, so when the submitter's count has run out, the member's has. Only that both clocks
 * run at the same pace is trusted, and not that they show the same time; {@link #MARGIN_NANOS} is
 * for what they differ by, and for the time that it takes to end a process.
 */
public final class Lease {
  /** From one question that was answered. */
  public static final long NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Between two questions. */
  public static final long RENEW_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** So much later a submitter takes it for ended. */
  public static final long MARGIN_NANOS = TimeUnit.SECONDS.toNanos(1);

  private Lease() {}
}

package dev.procession.observe;

import java.io.Serializable;
import java.util.List;

/**
 * What a pool's workers did, as far as it is over; see {@link PoolView#activity}.
 *
 * @param next where to go on
 * @param missed how many spans there were since the last time that are remembered no more
 * @param spans in the order in which they ended
 */
public record Activity(long next, long missed, List<TaskSpan> spans) implements Serializable {

  /** Copies the list. */
  public Activity {
    spans = List.copyOf(spans);
  }
}

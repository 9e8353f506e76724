package dev.procession.observe;

import java.io.Serializable;
import java.util.List;

/**
 * What a pool's workers printed and logged; see {@link PoolView#output}.
 *
 * @param next where to go on
 * @param missed how many lines there were since the last time that are remembered no more
 * @param lines in the order in which they came
 */
public record PrintedLines(long next, long missed, List<PrintedLine> lines)
    implements Serializable {

  /** Copies the list. */
  public PrintedLines {
    lines = List.copyOf(lines);
  }
}

package dev.procession.cli.watch;

import dev.procession.cli.Suggestion;
import dev.procession.cli.WrongUsageException;
import dev.procession.observe.PoolIdentity;
import java.util.List;
import java.util.stream.Collectors;

/** Which of the pools that run a user means. */
public final class PoolChoice {
  private PoolChoice() {}

  /**
   * The pool with that name, or of the process with that id; {@code PID/NAME} where that is not
   * enough.
   *
   * @param pools those that there are
   * @throws WrongUsageException if that is none of them, or several
   */
  public static PoolIdentity of(String wanted, List<PoolIdentity> pools) {
    List<PoolIdentity> found = pools.stream().filter(pool -> isMeant(pool, wanted)).toList();
    if (found.stream().map(PoolChoice::full).distinct().count() == 1) {
      return found.get(0); // of several with one name in one process, the oldest
    }
    if (found.isEmpty()) {
      throw new WrongUsageException(
          pools.isEmpty()
              ? "no pool runs on this machine that this user may look at"
              : "no pool '"
                  + wanted
                  + "'"
                  + Suggestion.of(wanted, pools.stream().map(PoolIdentity::name).toList())
                  + "; there is "
                  + listed(pools));
    }
    throw new WrongUsageException("'" + wanted + "' is more than one pool: " + listed(found));
  }

  private static boolean isMeant(PoolIdentity pool, String wanted) {
    return wanted.equals(pool.name())
        || wanted.equals(Long.toString(pool.pid()))
        || wanted.equals(full(pool));
  }

  private static String full(PoolIdentity pool) {
    return pool.pid() + "/" + pool.name();
  }

  private static String listed(List<PoolIdentity> pools) {
    return pools.stream().map(PoolChoice::full).collect(Collectors.joining(", "));
  }
}

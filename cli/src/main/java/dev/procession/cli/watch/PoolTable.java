package dev.procession.cli.watch;

import dev.procession.PoolSnapshot;
import dev.procession.observe.PoolIdentity;
import dev.procession.observe.PoolView;
import dev.procession.observe.UnreachablePoolException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** The pools that run, a line each. */
public final class PoolTable {
  private static final int WIDEST = 200;

  private PoolTable() {}

  /** The lines, heads first; none if no pool runs. */
  public static List<String> lines() {
    TextTable table =
        new TextTable(
            "PID", "POOL", "STATE", "WORKERS", "RUNNING", "WAITING", "DONE", "FAILED", "UP", "OF");
    boolean any = false;
    for (PoolIdentity pool : PoolView.list()) {
      try (PoolView view = PoolView.attach(pool)) {
        PoolSnapshot now = view.snapshot();
        table.add(
            Long.toString(pool.pid()),
            pool.name(),
            now.state().name().toLowerCase(Locale.ROOT),
            now.workers().size() + " of " + now.maxWorkers(),
            Figures.count(now.running()),
            Figures.count(now.pending()),
            Figures.count(now.completed()),
            Figures.count(now.failed()),
            Figures.time(Duration.between(pool.started(), Instant.now())),
            pool.command());
        any = true;
      } catch (UnreachablePoolException e) {
        if (e.isSilent()) { // else it has ended since it was found
          String up = Figures.time(Duration.between(pool.started(), Instant.now()));
          table.add(
              Long.toString(pool.pid()),
              pool.name(),
              "does not answer",
              "",
              "",
              "",
              "",
              "",
              up,
              pool.command());
          any = true;
        }
      }
    }
    return any ? table.lines(WIDEST) : List.of();
  }
}

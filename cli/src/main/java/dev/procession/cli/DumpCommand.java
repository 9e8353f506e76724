package dev.procession.cli;

import dev.procession.PoolSnapshot;
import dev.procession.WorkerSnapshot;
import dev.procession.cli.watch.PoolChoice;
import dev.procession.cli.watch.PoolScreen;
import dev.procession.observe.PoolView;
import dev.procession.observe.UnreachablePoolException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code procession dump}: a pool and what the threads of its workers do. */
@Command(
    name = "dump",
    description = {
      "Prints the state of a pool and what the threads of its workers do; they go on. For a bug report.",
      ""
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:all answered", "1:a worker did not", "2:there is no such pool, or worker"})
final class DumpCommand implements Callable<Integer> {
  private static final int WIDEST = 200;

  @Spec
  @SuppressWarnings("NullAway.Init") // by picocli
  private CommandSpec spec;

  @Parameters(paramLabel = "PID|NAME", description = "the pool, as ls lists it")
  private String pool = "";

  @Option(names = "--worker", paramLabel = "N", description = "only this worker (default: all)")
  private @Nullable Integer worker;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    boolean silent = false;
    try (PoolView view = PoolView.attach(PoolChoice.of(pool, PoolView.list()))) {
      PoolSnapshot now = view.snapshot();
      new PoolScreen(view.identity())
          .lines(now, System.nanoTime(), WIDEST)
          .all()
          .forEach(out::println);
      for (WorkerSnapshot each : now.workers()) {
        if (worker == null || worker == each.number()) {
          out.printf("%n== worker %d, pid %d%n", each.number(), each.pid());
          silent |= !printThreads(view, each.number(), out);
          out.flush();
        }
      }
      Integer only = worker;
      if (only != null && now.workers().stream().noneMatch(each -> each.number() == only)) {
        throw new WrongUsageException(
            "pool '" + view.identity().name() + "' has no worker " + only + " now");
      }
    } catch (UnreachablePoolException e) {
      throw new WrongUsageException(String.valueOf(e.getMessage()), e);
    }
    return silent ? ExitCode.SOME_FAILED : ExitCode.OK;
  }

  private static boolean printThreads(PoolView view, int worker, PrintWriter out) {
    try {
      out.println(view.threads(worker));
      return true;
    } catch (UnreachablePoolException | IllegalArgumentException e) {
      out.println(e.getMessage());
      return false;
    }
  }
}

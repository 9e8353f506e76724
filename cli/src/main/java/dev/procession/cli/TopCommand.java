package dev.procession.cli;

import dev.procession.cli.watch.LiveScreen;
import dev.procession.cli.watch.PoolChoice;
import dev.procession.cli.watch.PoolScreen;
import dev.procession.dashboard.DashboardServer;
import dev.procession.observe.PoolIdentity;
import dev.procession.observe.PoolView;
import dev.procession.observe.UnreachablePoolException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code procession top}: a pool while it works. */
@Command(
    name = "top",
    description = {
      "Shows a running pool: its workers, tasks, rates and memory. Keys choose a worker, show its stack,"
          + " stop its task, retire or kill it.",
      "Without a terminal it prints the same again and again.",
      ""
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:quit, or the pool has ended", "2:there is no such pool"})
final class TopCommand implements Callable<Integer> {
  private static final int WIDEST = 200;
  private static final Duration SHORTEST = Duration.ofMillis(50);

  @Spec
  @SuppressWarnings("NullAway.Init") // by picocli
  private CommandSpec spec;

  @Parameters(paramLabel = "PID|NAME", description = "the pool, as ls lists it")
  private String pool = "";

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      converter = Durations.class,
      defaultValue = "1s",
      description = "between two looks (default: ${DEFAULT-VALUE})")
  private Duration interval = Duration.ofSeconds(1);

  @Option(
      names = {"-n", "--times"},
      paramLabel = "N",
      description = "print it so often and end, also in a terminal")
  private int times;

  @Option(
      names = "--web",
      description = "show it on a page for browsers of this machine instead, until Ctrl-C")
  private boolean web;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "with --web: the page's port (default: one that is free)")
  private @Nullable Integer port;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (interval.compareTo(SHORTEST) < 0) {
      throw new WrongUsageException(
          "--interval must be at least 50ms, was " + interval.toMillis() + "ms");
    }
    if (port != null && !web) {
      throw new WrongUsageException("--port is for --web");
    }
    if (times < 0) {
      throw new WrongUsageException("--times must be at least 1, was " + times);
    }
    PoolView view;
    try {
      PoolIdentity chosen = PoolChoice.of(pool, PoolView.list());
      if (web) {
        return serve(chosen, port == null ? 0 : port);
      }
      view = PoolView.attach(chosen);
    } catch (UnreachablePoolException e) {
      throw new WrongUsageException(String.valueOf(e.getMessage()), e);
    }
    try (view) {
      if (times > 0 || !Terminal.isOne(Terminal.OUTPUT) || !Terminal.isOne(Terminal.INPUT)) {
        print(view);
      } else {
        try (var terminal = TerminalBuilder.builder().system(true).nativeSignals(false).build()) {
          new LiveScreen(view, terminal, interval).run();
        }
      }
    } catch (UnreachablePoolException e) {
      spec.commandLine().getErr().println("procession: " + e.getMessage());
    }
    return ExitCode.OK;
  }

  private int serve(PoolIdentity chosen, int wanted) throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    try (DashboardServer page = DashboardServer.start(chosen, wanted);
        PoolView view = PoolView.attach(chosen)) {
      out.println("pool '" + chosen.name() + "' at " + page.address());
      out.flush();
      while (true) {
        try {
          var unused = view.snapshot();
        } catch (UnreachablePoolException e) {
          if (!e.isSilent()) {
            spec.commandLine().getErr().println("procession: " + e.getMessage());
            return ExitCode.OK;
          }
        }
        Thread.sleep(interval.toMillis());
      }
    } catch (IllegalArgumentException | UncheckedIOException e) {
      throw new WrongUsageException("--web: " + e.getMessage(), e);
    }
  }

  private void print(PoolView view) throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    PoolScreen screen = new PoolScreen(view.identity());
    for (int i = 0; (times == 0 || i < times) && !out.checkError(); i++) {
      if (i > 0) {
        Thread.sleep(interval.toMillis());
        out.println();
      }
      screen.lines(view.snapshot(), System.nanoTime(), WIDEST).all().forEach(out::println);
      out.flush();
    }
  }
}

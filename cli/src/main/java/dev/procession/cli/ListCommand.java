package dev.procession.cli;

import dev.procession.cli.watch.PoolTable;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code procession ls}: the pools that run. */
@Command(
    name = "ls",
    description = {"Lists the pools of this user that run on this machine.", ""},
    mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // by picocli
  private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    List<String> lines = PoolTable.lines();
    if (lines.isEmpty()) {
      spec.commandLine().getErr().println("procession: no pool runs that this user may look at");
    }
    lines.forEach(out::println);
    out.flush();
    return ExitCode.OK;
  }
}

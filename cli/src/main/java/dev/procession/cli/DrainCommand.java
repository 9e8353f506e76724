package dev.procession.cli;

import dev.procession.cluster.ClusterOperator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code procession drain}: has a node finish what it has. */
@Command(
    name = "drain",
    description = {
      "Has a node of a cluster finish what runs there and take nothing new, and waits for that. A node that was started by"
          + " 'procession node' then ends. What it has not begun goes to the others.",
      ""
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nothing is left there",
      "1:something was, when the time was over",
      "2:there is no such node, or the command line cannot be followed",
      "4:the cluster cannot be reached, or the node refuses or was lost"
    })
final class DrainCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // by picocli
  private CommandSpec spec;

  @Parameters(paramLabel = "NODE", description = "its name, as 'procession cluster nodes' lists it")
  private String node = "";

  @Mixin
  @SuppressWarnings("NullAway.Init") // by picocli
  private ConnectOptions connect;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = Durations.class,
      defaultValue = "5m",
      description = "how long to wait (default: ${DEFAULT-VALUE}); it drains on, after that")
  private Duration timeout = Duration.ZERO;

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter err = spec.commandLine().getErr();
    try (ClusterOperator operator = connect.operator()) {
      boolean done =
          operator.drain(
              node,
              timeout,
              left -> err.printf("procession: node %s has %d tasks left%n", node, left));
      return done ? ExitCode.OK : ExitCode.SOME_FAILED;
    } catch (IllegalArgumentException e) {
      throw new WrongUsageException(String.valueOf(e.getMessage()), e);
    } catch (UncheckedIOException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}

package dev.procession.cli;

import dev.procession.cluster.ClusterOperator;
import dev.procession.cluster.internal.security.KeyMaker;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code procession cluster}: what a cluster as a whole needs. */
@Command(
    name = "cluster",
    description = {"What a cluster as a whole needs; 'procession node' runs a node of one.", ""},
    subcommands = {
      ClusterCommand.Keys.class,
      ClusterCommand.Nodes.class,
      CommandLine.HelpCommand.class
    },
    mixinStandardHelpOptions = true)
final class ClusterCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // by picocli
  private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  /** {@code procession cluster keys}: certificates and users. */
  @Command(
      name = "keys",
      description = {
        "Makes what keeps strangers out of a cluster: an authority that signs certificates, one for the nodes and one for"
            + " each user, with passwords, as files in a directory. Where they are already, adds users; nodes that have"
            + " the changed node.properties let these in without being started anew.",
        ""
      },
      mixinStandardHelpOptions = true)
  static final class Keys implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    @Parameters(paramLabel = "DIRECTORY", description = "where to; it is made if it is not there")
    private Path directory = Path.of("");

    @Option(
        names = "--user",
        paramLabel = "NAME",
        description = "somebody who submits tasks; may be given several times")
    private List<String> users = List.of();

    @Override
    public Integer call() throws IOException {
      PrintWriter out = spec.commandLine().getOut();
      KeyMaker keys = KeyMaker.in(directory);
      out.println("For each node:  " + keys.nodeFile() + " and the .p12 files that it names");
      try {
        for (String user : users) {
          out.println(
              "For " + user + ":  " + keys.addUser(user) + " and the .p12 files that it names");
          out.flush();
        }
      } catch (IllegalArgumentException e) {
        throw new WrongUsageException(String.valueOf(e.getMessage()), e);
      }
      out.println(
          "Keep the rest to yourself: with ca.p12 and ca.properties anybody can be let in.");
      return ExitCode.OK;
    }
  }

  /** {@code procession cluster nodes}: which there are. */
  @Command(
      name = "nodes",
      description = {"Lists the nodes of a cluster, by their names.", ""},
      mixinStandardHelpOptions = true)
  static final class Nodes implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    @Mixin
    @SuppressWarnings("NullAway.Init") // by picocli
    private ConnectOptions connect;

    @Override
    public Integer call() throws IOException {
      PrintWriter out = spec.commandLine().getOut();
      try (ClusterOperator operator = connect.operator()) {
        operator.nodes().forEach(out::println);
        return ExitCode.OK;
      } catch (IllegalArgumentException e) {
        throw new WrongUsageException(String.valueOf(e.getMessage()), e);
      } catch (UncheckedIOException e) {
        throw new IOException(e.getMessage(), e);
      }
    }
  }
}

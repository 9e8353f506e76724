package dev.procession.cli;

import dev.procession.ProcessPoolExecutor;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The {@code procession} command. */
@Command(
    name = "procession",
    description =
        "Runs Java functions and programs in worker processes, on one machine or several, and shows what pools do.",
    subcommands = {
      RunCommand.class,
      ListCommand.class,
      TopCommand.class,
      DumpCommand.class,
      DoctorCommand.class,
      NodeCommand.class,
      DrainCommand.class,
      ClusterCommand.class,
      AutoComplete.GenerateCompletion.class,
      CommandLine.HelpCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Procession.Version.class)
public final class Procession implements Runnable {
  @CommandLine.Spec
  @SuppressWarnings("NullAway.Init") // by picocli
  private CommandLine.Model.CommandSpec spec;

  /** Runs a command and ends with its exit code. */
  public static void main(String... arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Procession());
    line.setErr(new PrintWriter(System.err, /* autoFlush= */ true, Charset.defaultCharset()));
    line.setUsageHelpAutoWidth(true);
    line.setExpandAtFiles(false); // an input may begin with @
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          if (failure instanceof WrongUsageException) {
            command.getErr().println("procession: " + failure.getMessage());
            return ExitCode.USAGE;
          }
          if (failure instanceof IOException e) {
            command.getErr().println("procession: " + Reason.of(e));
            return ExitCode.BROKEN;
          }
          command.getErr().println("procession: a bug of its own, please report it:");
          command.getErr().println(traceOf(failure));
          return ExitCode.BROKEN;
        });
    line.setParameterExceptionHandler(
        (failure, arguments) -> {
          CommandLine command = failure.getCommandLine();
          command.getErr().println("procession: " + failure.getMessage());
          CommandLine.UnmatchedArgumentException.printSuggestions(failure, command.getErr());
          command
              .getErr()
              .println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
          return ExitCode.USAGE;
        });
    return line;
  }

  private static String traceOf(Throwable failure) {
    return Stream.concat(
            Stream.of(failure.toString()),
            Arrays.stream(failure.getStackTrace()).map(frame -> "  at " + frame))
        .collect(Collectors.joining("\n"));
  }

  /** Without a command there is nothing to do but to say which there are. */
  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = ProcessPoolExecutor.class.getPackage().getImplementationVersion();
      return new String[] {
        "procession " + (version == null ? "(from a build folder)" : version),
        "Java " + Runtime.version() + ", " + System.getProperty("os.name")
      };
    }
  }
}

package dev.procession.cli;

import dev.procession.MapOptions;
import dev.procession.OutputLine;
import dev.procession.ProcessPoolExecutor;
import dev.procession.ProgressBar;
import dev.procession.TaskOptions;
import dev.procession.cli.function.ClassPath;
import dev.procession.cli.function.CommandLine;
import dev.procession.cli.function.FunctionFinder;
import dev.procession.cli.function.SourceCompiler;
import dev.procession.cli.function.Target;
import dev.procession.cli.input.CsvRows;
import dev.procession.cli.input.InputSource;
import dev.procession.cli.input.Inputs;
import dev.procession.cli.input.JsonLines;
import dev.procession.cli.input.Lines;
import dev.procession.cli.input.ListedInputs;
import dev.procession.cli.input.MatchingFiles;
import dev.procession.cli.result.Finished;
import dev.procession.cli.result.ResultWriter;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code procession run}: a function or a program over many inputs, in worker processes. */
@Command(
    name = "run",
    description = {
      "Calls a Java function or a program for each input, in worker processes on all cores. What crashes,"
          + " hangs or fills the memory costs one input; all others go on.",
      ""
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every input has a value",
      "1:some inputs failed; the results say which and why",
      "2:the command line cannot be followed; nothing was run",
      "3:stopped after --max-failures",
      "4:no workers can be had, or the results cannot be written",
      "130:stopped by Ctrl-C or SIGTERM"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  procession run --jar docs.jar --call com.acme.Docs::wordCount --files 'docs/**.txt' -o counts.jsonl",
      "  procession run --source Square.java 1 2 3",
      "  procession run --exec 'pdftotext {} -' --files '**.pdf' --timeout 30s --memory-limit 1g -o texts.jsonl"
    })
final class RunCommand implements Callable<Integer> {

  @Spec
  @SuppressWarnings("NullAway.Init") // by picocli
  private CommandSpec spec;

  @ArgGroup(heading = "What to call, one of:%n", validate = false)
  private What what = new What();

  @ArgGroup(
      heading =
          "%nInputs, any of these, one after another; without any, the lines of standard input:%n",
      validate = false)
  private From from = new From();

  @ArgGroup(heading = "%nHow:%n", validate = false)
  private How how = new How();

  @ArgGroup(heading = "%nResults:%n", validate = false)
  private Where where = new Where();

  @ArgGroup(heading = "%nTo watch it, and to keep what was seen:%n", validate = false)
  private Watching watching = new Watching();

  static final class What {
    @Option(
        names = "--call",
        paramLabel = "FUNCTION",
        description =
            "a static method, com.acme.Docs::wordCount, with its parameters' types behind it if it is"
                + " overloaded; or a class that implements Function, TaskFunction or Callable (which is"
                + " made for each input, by its constructor)")
    @Nullable String call;

    @Option(
        names = {"--class-path", "-cp"},
        paramLabel = "PATH",
        description = "folders and jars with your classes, separated as for java")
    List<String> classPath = new ArrayList<>();

    @Option(
        names = "--jar",
        paramLabel = "JAR",
        description = "a jar with your classes; again for another one")
    List<String> jars = new ArrayList<>();

    @Option(
        names = "--source",
        paramLabel = "FILE.java",
        description =
            "a source to compile first; its one public static method is called, unless --call names one")
    @Nullable Path source;

    @Option(
        names = "--exec",
        paramLabel = "COMMAND",
        description =
            "a program; {} stands for the input, {name} or {1} for a column or member, and without any the"
                + " input comes last. Its standard output is the value")
    @Nullable String exec;
  }

  static final class From {
    @Parameters(arity = "0..*", paramLabel = "INPUT", description = "inputs, as they are")
    List<String> arguments = new ArrayList<>();

    @Option(
        names = {"--input", "-i"},
        paramLabel = "FILE",
        description = "the lines of a file, or of standard input (-)")
    List<String> lines = new ArrayList<>();

    @Option(
        names = {"--null", "-0"},
        description = "the inputs of --input end with a zero byte, as find -print0 writes them")
    boolean zeros;

    @Option(
        names = "--files",
        paramLabel = "GLOB",
        description = "names of the files that match, such as 'docs/**.pdf'")
    List<String> files = new ArrayList<>();

    @Option(
        names = "--csv",
        paramLabel = "FILE",
        description = "the rows of a table, whose columns are the parameters: by name, or in order")
    List<String> csv = new ArrayList<>();

    @Option(
        names = "--json",
        paramLabel = "FILE",
        description = "a value of JSON in each line, whose members or elements are the parameters")
    List<String> json = new ArrayList<>();
  }

  static final class How {
    @Option(
        names = {"--workers", "-w"},
        paramLabel = "N",
        description = "worker processes (default: the processors, ${DEFAULT-VALUE})")
    int workers = Runtime.getRuntime().availableProcessors();

    @Option(
        names = "--max-heap",
        paramLabel = "SIZE",
        description = "Java heap of each worker, such as 512m")
    @Nullable String maxHeap;

    @Option(
        names = "--memory-limit",
        paramLabel = "SIZE",
        description =
            "real memory of each worker, native memory and child processes with it, such as 1g")
    @Nullable String memoryLimit;

    @Option(
        names = "--timeout",
        paramLabel = "TIME",
        converter = Durations.class,
        description = "for each input: 500ms, 30s, 2m; then it is stopped, whatever it is doing")
    @Nullable Duration timeout;

    @Option(
        names = "--retries",
        paramLabel = "N",
        description = "how often an input is tried again whose worker crashed (default: 0)")
    int retries;

    @Option(names = "--max-failures", paramLabel = "N", description = "stop after so many failures")
    @Nullable Long maxFailures;

    @Option(
        names = "--chunk",
        paramLabel = "N",
        description = "how many inputs travel to a worker together (default: found by measuring)")
    int chunk;

    @Option(
        names = "--unordered",
        description = "write results as they come, not in the order of the inputs")
    boolean unordered;

    @Option(
        names = "--jvm-arg",
        paramLabel = "ARG",
        description = "an option for the workers' JVMs, such as --jvm-arg=-Xss4m")
    List<String> jvmArgs = new ArrayList<>();
  }

  static final class Where {
    @Option(
        names = {"--output", "-o"},
        paramLabel = "FILE",
        description = "where results go, a line of JSON each (default: standard output)")
    @Nullable Path output;

    @Option(
        names = "--resume",
        description = "go on with the file of --output: what it has is not done again")
    boolean resume;

    @Option(names = "--retry-failed", description = "with --resume: but what failed is")
    boolean retryFailed;

    @Option(names = "--overwrite", description = "replace the file of --output")
    boolean overwrite;

    @Option(
        names = {"--quiet", "-q"},
        description = "no progress and no summary on standard error")
    boolean quiet;
  }

  @Override
  public Integer call() throws IOException {
    checkOptions();
    try (SourceCompiler compiled = what.source == null ? null : new SourceCompiler()) {
      List<Path> entries = ClassPath.split(what.classPath);
      what.jars.forEach(jar -> entries.add(Path.of(jar)));
      List<String> names = List.of();
      if (compiled != null && what.source != null) {
        List<Path> needed = new ArrayList<>(ClassPath.checked(entries));
        needed.addAll(OwnPath.entries());
        names = compiled.compile(what.source, needed);
        entries.add(0, compiled.folder());
      }
      try (ClassPath classPath = new ClassPath(entries, OwnPath.entries())) {
        FunctionFinder finder = new FunctionFinder(classPath);
        Target target = target(finder, names);
        List<Path> forWorkers = entries.isEmpty() ? List.of() : OwnPath.with(classPath);
        return run(target, sources(finder, target), forWorkers);
      }
    }
  }

  /** Picocli begins a group anew when an option of it comes again, and forgets the first one. */
  private void checkGivenOnce() {
    List<String> given = spec.commandLine().getParseResult().originalArgs();
    for (OptionSpec option : spec.options()) {
      long times =
          given.stream()
              .map(argument -> argument.replaceFirst("=.*", ""))
              .filter(List.of(option.names())::contains)
              .count();
      if (times > 1 && !option.isMultiValue()) {
        throw new WrongUsageException(option.longestName() + " was given " + times + " times");
      }
    }
  }

  private void checkOptions() {
    checkGivenOnce();
    int ways = (what.exec != null ? 1 : 0) + (what.call != null || what.source != null ? 1 : 0);
    if (ways != 1) {
      throw new WrongUsageException(
          ways == 0
              ? "what is to be called? one of --call, --source and --exec is needed"
              : "--exec cannot go with --call or --source");
    }
    if (what.exec != null && !(what.classPath.isEmpty() && what.jars.isEmpty())) {
      throw new WrongUsageException(
          "--class-path and --jar are for --call and --source; --exec runs a program");
    }
    if (where.resume && where.output == null) {
      throw new WrongUsageException("--resume needs --output: the file to go on with");
    }
    if (where.output != null && Files.exists(where.output) && !(where.resume || where.overwrite)) {
      throw new WrongUsageException(
          where.output + " exists; --resume goes on with it, --overwrite replaces it");
    }
    if (where.resume && where.overwrite) {
      throw new WrongUsageException("--resume and --overwrite cannot go together");
    }
    if (where.retryFailed && !where.resume) {
      throw new WrongUsageException("--retry-failed is for --resume");
    }
    watching.check();
    if (from.zeros && from.lines.isEmpty() && haveSources()) {
      throw new WrongUsageException("--null is for --input or standard input");
    }
    if (how.maxFailures != null && how.maxFailures < 1) {
      throw new WrongUsageException("--max-failures must be at least 1, was " + how.maxFailures);
    }
  }

  private Target target(FunctionFinder finder, List<String> compiled) {
    if (what.exec != null) {
      return CommandLine.program(what.exec);
    }
    return what.call != null ? finder.find(what.call) : finder.findAmong(compiled);
  }

  /* ---- Inputs ---- */

  private boolean haveSources() {
    return !(from.arguments.isEmpty()
        && from.lines.isEmpty()
        && from.files.isEmpty()
        && from.csv.isEmpty()
        && from.json.isEmpty());
  }

  private List<InputSource> sources(FunctionFinder finder, Target target) throws IOException {
    List<InputSource> sources = new ArrayList<>();
    if (!from.arguments.isEmpty()) {
      sources.add(ListedInputs.ofArguments(from.arguments));
    }
    from.lines.forEach(file -> sources.add(new Lines(file, from.zeros)));
    from.files.forEach(glob -> sources.add(MatchingFiles.of(glob)));
    for (String file : from.csv) {
      CsvRows rows = new CsvRows(file);
      List<String> columns = rows.columns();
      if (!columns.isEmpty()) {
        finder.checkColumns(target, columns);
      }
      sources.add(rows);
    }
    from.json.forEach(file -> sources.add(new JsonLines(file)));
    if (target.arity() == 0 && sources.isEmpty()) {
      sources.add(ListedInputs.nothing());
    } else if (target.arity() == 0) {
      throw new WrongUsageException(target.label() + " takes no input, so there must be none");
    } else if (sources.isEmpty()) {
      sources.add(new Lines("-", from.zeros));
    }
    return sources;
  }

  /* ---- Running ---- */

  @SuppressWarnings("try") // it is watched, and not asked
  private int run(Target target, List<InputSource> sources, List<Path> classPath)
      throws IOException {
    Path output = where.output;
    Finished finished =
        where.resume && output != null && Files.exists(output)
            ? Finished.readFrom(output, /* failedToo= */ !where.retryFailed)
            : new Finished();
    long total = Inputs.count(sources);
    PrintWriter errors = spec.commandLine().getErr();
    Console console = new Console(errors);
    ProcessPoolExecutor.Builder builder =
        checked(() -> builder(classPath)).outputListener(line -> console.say(told(line)));
    TaskOptions taskOptions = checked(() -> taskOptions(target));
    MapOptions mapOptions = checked(this::mapOptions);
    int code;
    Run run;
    try (ProcessPoolExecutor pool = checked(builder::build);
        ResultWriter writer = new ResultWriter(output == null ? standardOutput() : open(output));
        ProgressBar bar = bar(total, finished.count());
        Watching.Watched watched = watching.start(pool, console)) {
      if (!where.quiet) {
        console.showing(bar);
      }
      run =
          new Run(
              pool,
              target,
              taskOptions,
              mapOptions,
              finished,
              writer,
              bar,
              console,
              how.maxFailures == null ? Long.MAX_VALUE : how.maxFailures);
      code = run.run(new Inputs(sources));
    } finally {
      console.showingNone();
    }
    if (!where.quiet) {
      errors.println(
          "procession: " + run.summary() + (output == null ? "" : "; results in " + output));
    }
    return code;
  }

  private ProcessPoolExecutor.Builder builder(List<Path> classPath) {
    ProcessPoolExecutor.Builder builder =
        ProcessPoolExecutor.builder()
            .name("run")
            .workers(how.workers)
            .jvmArgs(how.jvmArgs.toArray(new String[0]));
    if (how.maxHeap != null) {
      builder.maxHeap(how.maxHeap);
    }
    if (how.memoryLimit != null) {
      builder.memoryLimit(how.memoryLimit);
    }
    if (!classPath.isEmpty()) {
      builder.classPath(classPath);
    }
    return builder;
  }

  private TaskOptions taskOptions(Target target) {
    TaskOptions.Builder options = TaskOptions.builder().name(target.label()).retries(how.retries);
    return (how.timeout == null ? options : options.timeout(how.timeout)).build();
  }

  private MapOptions mapOptions() {
    MapOptions.Builder options = MapOptions.builder().ordered(!how.unordered);
    return (how.chunk == 0 ? options : options.chunkSize(how.chunk)).build();
  }

  /** What is made of the options; what they are refused for is told as wrong usage. */
  private static <T> T checked(Supplier<T> made) {
    try {
      return made.get();
    } catch (IllegalArgumentException | UncheckedIOException e) {
      throw new WrongUsageException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Results on a terminal and a bar on the same one would be in each other's way. */
  private ProgressBar bar(long total, long done) {
    boolean shown = !where.quiet && (where.output != null || !Terminal.isOne(Terminal.OUTPUT));
    return ProgressBar.builder()
        .total(total == InputSource.UNKNOWN ? total : Math.max(0, total - done))
        .style(
            shown
                ? ProgressBar.Style.AUTO
                : where.quiet ? ProgressBar.Style.NONE : ProgressBar.Style.LINES)
        .start();
  }

  private static String told(OutputLine line) {
    return "[worker " + line.pid() + "] " + line.text();
  }

  private OutputStream open(Path output) throws IOException {
    try {
      return where.resume
          ? Files.newOutputStream(output, StandardOpenOption.CREATE, StandardOpenOption.APPEND)
          : Files.newOutputStream(output);
    } catch (IOException e) {
      throw new WrongUsageException("cannot write " + output + ": " + Reason.of(e), e);
    }
  }

  /** Standard output, which is not ours to close. */
  private static OutputStream standardOutput() {
    return new FilterOutputStream(System.out) {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
        if (System.out.checkError()) {
          throw new IOException("standard output is closed");
        }
      }

      @Override
      public void close() throws IOException {
        flush();
      }
    };
  }
}

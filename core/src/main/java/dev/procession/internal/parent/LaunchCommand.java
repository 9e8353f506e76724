package dev.procession.internal.parent;

import dev.procession.internal.codec.LoaderTable;
import dev.procession.internal.os.ByteSize;
import dev.procession.internal.os.MachineMemory;
import dev.procession.internal.os.WorkerSizing;
import dev.procession.internal.worker.WorkerMain;
import dev.procession.spi.WorkerLauncher;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ResolvedModule;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * The command line of a worker: the parent's class path and module path, the pool's options, and
 * nothing that could be too long or secret, for that goes into files.
 */
public final class LaunchCommand {
  /**
   * Options of the parent's JVM that decide what its code may reach; a worker runs the same code.
   */
  private static final List<String> INHERITED =
      List.of(
          "--add-opens=",
          "--add-exports=",
          "--add-reads=",
          "--add-modules=",
          "--patch-module=",
          "--enable-preview",
          "--enable-native-access=");

  /** A JVM refuses to start with two of these. */
  private static final Pattern COLLECTOR = Pattern.compile("-XX:\\+Use\\w+GC");

  /** Options of the user's by which a worker's heap is sized in another way than by maxHeap. */
  private static final Pattern HEAP_SIZE =
      Pattern.compile("-Xm[sx].*|-XX:(Max|Min|Initial)(RAM|Heap).*");

  /** A class of each of the jars that are in the archive. */
  private static final List<String> OUR_CLASSES =
      List.of(
          "org/apache/fory/Fory.class",
          "org/slf4j/Logger.class",
          "dev/procession/ProcessFuture.class");

  /** A path of more entries than this is not searched for them: it would take too long. */
  private static final int MOST_SEARCHED = 200;

  private static final String SERIALIZER = "org.apache.fory.Fory";
  private static final String LOGGING = "org.slf4j.Logger";

  /** The version of Java from which on a JVM warns of what the serializer, and Ignite, need. */
  public static final int QUIET_UNSAFE_SINCE = 23;

  /** The option with which it does not. */
  public static final String QUIET_UNSAFE = "--sun-misc-unsafe-memory-access=allow";

  /** Where malloc cannot do it the JVM leaves it, and would say so on standard output. */
  private static final List<String> TRIMMED_NATIVE_HEAP =
      List.of("-XX:TrimNativeHeapInterval=30000", "-Xlog:trimnative=off");

  private static final int TRIMS_NATIVE_HEAP_SINCE = 22;

  /** Options with which a JVM shares no archived classes, or others than ours. */
  private static final Pattern NOT_ARCHIVED =
      Pattern.compile(
          "-Xshare:.*|-XX:SharedArchiveFile=.*|-XX:ArchiveClassesAtExit=.*|-XX:AOT.*"
              + "|-XX:[-+]UseCompr.*|-XX:[-+]UseCompact.*|-XX:ObjectAlignment.*"
              + "|-XX:\\+UseZGC|-XX:\\+UseEpsilonGC|-javaagent:.*|-agent(lib|path):.*"
              + "|--(patch-module|limit-modules|upgrade-module-path)\\b.*");

  private final PoolConfig config;
  private final int javaVersion;
  private final WorkerSizing sizing;

  /** Looked for when the first worker is launched: {@code build()} is not to wait for it. */
  private @Nullable ClassArchive archive;

  private boolean archiveSought;

  LaunchCommand(PoolConfig config, int javaVersion) {
    this.config = config;
    this.javaVersion = javaVersion;
    this.sizing =
        WorkerSizing.of(
            MachineMemory.bytes(),
            Runtime.getRuntime().availableProcessors(),
            Runtime.getRuntime().maxMemory(),
            config.workers() + config.spareWorkers(),
            config.maxHeap() == null ? null : ByteSize.parse("maxHeap", config.maxHeap()),
            config.memoryLimit() == 0 ? null : config.memoryLimit());
  }

  /** How much of the machine each worker gets. */
  WorkerSizing sizing() {
    return sizing;
  }

  /**
   * Writes the argument file.
   *
   * @return whether the worker is given the archive
   */
  boolean writeArguments(Path file, Path errorFile, Path launchFile) throws IOException {
    ClassArchive given = archive();
    Path archived = given == null ? null : given.file();
    List<String> arguments = new ArrayList<>(jvmOptions(errorFile, archived));
    arguments.addAll(where(given));
    arguments.add(launchFile.toString());
    write(file, arguments);
    return archived != null;
  }

  /** Writes an argument file in the encoding in which the launcher reads it, the system's. */
  static void write(Path file, List<String> arguments) throws IOException {
    StringBuilder text = new StringBuilder();
    for (String argument : arguments) {
      text.append(quoted(argument)).append('\n');
    }
    Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    Files.write(file, text.toString().getBytes(charset)); // unlike a writer, it does not throw
  }

  /* ---- Class archive ---- */

  private synchronized @Nullable ClassArchive archive() {
    if (!archiveSought) {
      archive = findArchive();
      archiveSought = true;
    }
    return archive;
  }

  /**
   * The archive that a worker can use. None where the worker is not started in the plainest way: as
   * a child of this JVM that sees the same files, with classes from jars.
   */
  private @Nullable ClassArchive findArchive() {
    Path own = own();
    Path serializer = locationOf(SERIALIZER);
    Path logging = locationOf(LOGGING); // the process that makes the archive is a parent as well
    if (config.inProcess()
        || config.launcher() != WorkerLauncher.DIRECT
        || !System.getProperty("jdk.module.path", "").isEmpty()
        || own == null
        || serializer == null
        || logging == null
        || !isJar(own)
        || !isJar(serializer)
        || !isJar(logging)
        || mayHaveLargeHeap()
        || Stream.concat(inherited(), config.jvmArgs().stream())
            .anyMatch(NOT_ARCHIVED.asMatchPredicate())) {
      return null;
    }
    List<Path> jars = Stream.of(own, serializer, logging).distinct().toList();
    List<String> entries = classPathEntries();
    // The JVM takes an archive only of how the class path begins, so they are moved there; but not
    // where one jar holds everything, or where something on the path replaces its classes.
    boolean inFront = jars.size() == 1 && entries.indexOf(own.toString()) == 0;
    boolean mayMove =
        jars.size() > 1
            && entries.stream().noneMatch(LaunchCommand::replacesSerializer)
            && (config.classPath() == null || mayStandBehind(jars, entries));
    return inFront || mayMove ? ClassArchive.of(config.javaHome(), jars) : null;
  }

  /**
   * Whether entries of the user's own have nothing of what those jars have, perhaps in another
   * version, so that it does not matter which come first.
   */
  private static boolean mayStandBehind(List<Path> jars, List<String> entries) {
    return entries.size() <= MOST_SEARCHED
        && entries.stream()
            .filter(entry -> !jars.contains(Path.of(entry)))
            .noneMatch(LaunchCommand::holdsOurClasses);
  }

  private static boolean holdsOurClasses(String entry) {
    File file = new File(entry);
    if (!file.isFile()) {
      return OUR_CLASSES.stream().anyMatch(name -> new File(file, name).exists());
    }
    try (ZipFile jar = new ZipFile(file)) {
      return OUR_CLASSES.stream().anyMatch(name -> jar.getEntry(name) != null);
    } catch (IOException e) {
      return false; // no jar: no class comes from it
    }
  }

  /** Whether references may be long, for then the JVM refuses an archive of short ones. */
  private boolean mayHaveLargeHeap() {
    List<String> given = config.jvmArgs().stream().filter(HEAP_SIZE.asMatchPredicate()).toList();
    long most =
        given.isEmpty() || config.maxHeap() != null
            ? sizing.heapBytes()
            : MachineMemory.bytes(); // there are many ways to say it
    return most > WorkerSizing.MOST_HEAP
        || given.stream()
            .anyMatch(option -> option.matches("-Xmx((3[2-9]|[4-9]\\d|\\d{3,})[gG]|\\d+[tT])"));
  }

  private static boolean isJar(Path path) {
    return path.toString().endsWith(".jar") && Files.isRegularFile(path);
  }

  /** Whether it is a directory with classes that stand in for the serializer's own. */
  private static boolean replacesSerializer(String entry) {
    return new File(entry, "org/apache/fory").isDirectory();
  }

  /** A worker is ready: now is the time to spare the following ones the trouble. */
  void makeArchive() {
    ClassArchive wanted = archive();
    if (wanted != null) {
      wanted.makeInBackground();
    }
  }

  /** A worker that was given the archive died before it said anything. */
  void distrustArchive() {
    ClassArchive suspect = archive();
    if (suspect != null) {
      suspect.distrust();
    }
  }

  /* ---- Arguments ---- */

  private List<String> jvmOptions(Path errorFile, @Nullable Path archived) {
    List<String> options = new ArrayList<>();
    if (config.jvmArgs().stream().noneMatch(COLLECTOR.asMatchPredicate())) {
      options.add("-XX:+UseSerialGC"); // the least memory and threads for a heap of one task's size
    }
    options.add("-XX:+UseCountedLoopSafepoints"); // or a tight loop keeps the worker from ending
    options.add("-XX:-UsePerfData"); // no file in the temporary directory
    options.add(
        "-XX:LoopStripMiningIter=1000"); // what the JVM itself takes for concurrent collectors
    options.add("-XX:ErrorFile=" + errorFile);
    if (archived != null) {
      options.add("-XX:SharedArchiveFile=" + archived);
    }
    options.add("-XX:ActiveProcessorCount=" + sizing.processors());
    if (config.maxHeap() != null) {
      options.add("-Xmx" + config.maxHeap());
    } else if (config.jvmArgs().stream().noneMatch(HEAP_SIZE.asMatchPredicate())) {
      options.add("-Xmx" + sizing.heapBytes());
    }
    if (javaVersion >= QUIET_UNSAFE_SINCE) {
      options.add(QUIET_UNSAFE);
    }
    if (javaVersion >= TRIMS_NATIVE_HEAP_SINCE
        && System.getProperty("os.name", "").equals("Linux")) {
      options.addAll(TRIMMED_NATIVE_HEAP); // a compilation at the start leaves 6 MB behind
    }
    Level logs = config.forwardLogs();
    if (logs != null) {
      options.add("-Dslf4j.provider=" + WorkerMain.LOGGERS);
      options.add("-Dslf4j.internal.verbosity=WARN"); // or it says so on standard error
      options.add("-D" + WorkerMain.LOG_LEVEL + "=" + logs);
    }
    inherited().forEach(options::add);
    options.addAll(config.jvmArgs()); // last: they win
    return options;
  }

  private static Stream<String> inherited() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> INHERITED.stream().anyMatch(option::startsWith));
  }

  /** Class path, module path and main class. */
  private List<String> where(@Nullable ClassArchive archived) {
    List<String> arguments = new ArrayList<>();
    String main = WorkerMain.class.getName();
    String modulePath = System.getProperty("jdk.module.path", "");
    if (!modulePath.isEmpty()) {
      arguments.add("--module-path");
      arguments.add(absolute(modulePath));
      Set<String> modules = modulesOfParent();
      if (!modules.isEmpty()) {
        arguments.add("--add-modules");
        arguments.add(String.join(",", modules));
      }
    }
    String classPath = classPath(archived);
    if (!classPath.isEmpty()) {
      arguments.add("-cp");
      arguments.add(classPath);
    }
    Module own = WorkerMain.class.getModule();
    if (own.isNamed()) {
      arguments.add("-m");
      arguments.add(own.getName() + "/" + main);
    } else {
      arguments.add(main);
    }
    return arguments;
  }

  /** The path with each entry absolute, because a worker may have another working directory. */
  private static String absolute(String path) {
    return String.join(File.pathSeparator, entries(path));
  }

  /** The entries of a path, each absolute. */
  private static List<String> entries(String path) {
    return path.isEmpty()
        ? List.of()
        : Arrays.stream(path.split(Pattern.quote(File.pathSeparator), -1))
            .map(entry -> new File(entry).getAbsolutePath())
            .toList();
  }

  /** A class path of those files. */
  public static String path(List<Path> files) {
    return files.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }

  /** Modules of the parent that come from its module path: a worker's root modules. */
  private static Set<String> modulesOfParent() {
    return ModuleLayer.boot().configuration().modules().stream()
        .map(ResolvedModule::reference)
        .filter(reference -> !"jrt".equals(scheme(reference.location().orElse(null))))
        .map(reference -> reference.descriptor())
        .map(ModuleDescriptor::name)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static @Nullable String scheme(@Nullable URI location) {
    return location == null ? "jrt" : location.getScheme();
  }

  private String classPath(@Nullable ClassArchive archived) {
    List<String> entries = classPathEntries();
    return String.join(
        File.pathSeparator, archived == null ? entries : archivedFirst(archived, entries));
  }

  private List<String> classPathEntries() {
    List<Path> given = config.classPath();
    Path own = own();
    List<String> entries = new ArrayList<>();
    if (given == null) {
      if (own != null && !LoaderTable.isOwn(WorkerMain.class.getClassLoader())) {
        entries.addAll(entries(neededJars(own))); // the class path does not have them
      }
      entries.addAll(entries(System.getProperty("java.class.path", "")));
      return entries;
    }
    entries.addAll(entries(path(given)));
    if (own != null) { // a class path of the user's own need not name Procession and what it needs
      boolean alone = System.getProperty("java.class.path", "").isEmpty();
      entries.addAll(entries(alone ? own.toString() : neededJars(own)));
    }
    return entries;
  }

  private static Set<String> archivedFirst(ClassArchive archive, List<String> entries) {
    Set<String> ordered = new LinkedHashSet<>();
    archive.jars().forEach(jar -> ordered.add(jar.toString()));
    ordered.addAll(entries);
    return ordered;
  }

  /** Procession itself and its libraries, wherever they are on the parent's class path. */
  private static String neededJars(Path own) {
    Set<String> jars = new LinkedHashSet<>();
    jars.add(own.toString());
    for (String name :
        List.of(
            SERIALIZER,
            LOGGING,
            "org.codehaus.janino.SimpleCompiler",
            "org.codehaus.commons.compiler.ICookable")) {
      Path jar = locationOf(name);
      if (jar != null) {
        jars.add(jar.toString());
      }
    }
    return String.join(File.pathSeparator, jars);
  }

  private static @Nullable Path own() {
    return locationOf(WorkerMain.class.getName());
  }

  private static @Nullable Path locationOf(String className) {
    return ExtractedJars.of(className, WorkerMain.class.getClassLoader());
  }

  /** Takes options out that are meant for this JVM: a debugger's port for example. */
  public static void leaveOutOptionsOfThisJvm(ProcessBuilder builder) {
    builder.environment().remove("JDK_JAVA_OPTIONS");
    builder.environment().remove("JAVA_TOOL_OPTIONS"); // the JVM would also report them on stderr
  }

  /** The java executable. */
  public static Path java(Path javaHome) {
    boolean windows = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("win");
    return javaHome.resolve("bin").resolve(windows ? "java.exe" : "java");
  }

  /** As the launcher reads it: in quotes, which a line end would close, with escapes. */
  private static String quoted(String argument) {
    String escaped =
        argument
            .replace("\\", "\\\\")
            .replace("\"", "\\\"")
            .replace("\n", "\\n")
            .replace("\r", "\\r");
    return '"' + escaped + '"';
  }
}

package dev.procession.benchmarks.peers;

import dev.procession.benchmarks.peers.Peer.Kind;
import dev.procession.benchmarks.peers.engine.RawEngine;
import dev.procession.benchmarks.peers.runner.Runner;
import dev.procession.cluster.internal.process.EngineCommand;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Finds what is installed here, and builds the program for the floor. */
final class Peers {
  /** Of this process's class path, what a program that uses Procession has: no harness. */
  private static final Pattern NEEDED =
      Pattern.compile(
          "(original-benchmarks|procession|fory|slf4j|jspecify|pp4j|commons-pool2|gson|uplot).*");

  /** Last, for whoever does not need it: what shows a pool, and other machines. */
  private static final Pattern LAST =
      Pattern.compile("(gson|uplot|procession-dashboard|procession-cluster).*");

  private static final Pattern VERSION = Pattern.compile("version \"([^\"]+)\"");
  private static final long PATIENCE_SECONDS = 60;

  private final Path sources;
  private final Path work;
  private final List<Peer> found = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();

  /**
   * Looks for them.
   *
   * @param sources the folder with the programs that are not Java
   * @param work a folder to build in and for caches
   * @param javaHomes the JDKs to measure on
   * @param cluster whether it is about those for several machines
   */
  Peers(Path sources, Path work, List<Path> javaHomes, boolean cluster)
      throws IOException, InterruptedException {
    this.sources = sources;
    this.work = work;
    for (Path home : javaHomes) {
      addJava(home, cluster);
    }
    if (cluster) {
      addDask();
    } else {
      addOthers();
    }
  }

  private void addOthers() throws IOException, InterruptedException {
    addPython("spawn", "CPython, spawn", "import concurrent.futures");
    addPython("forkserver", "CPython, forkserver", "import concurrent.futures");
    addPython("loky", "loky", "from joblib.externals import loky");
    addPython("pebble", "pebble", "import pebble");
    addFloor();
  }

  List<Peer> found() {
    return found;
  }

  /** A sentence for each peer that is not installed. */
  List<String> missing() {
    return missing;
  }

  private void addJava(Path home, boolean cluster) throws IOException, InterruptedException {
    String java = home.resolve("bin").resolve("java").toString();
    Matcher version = VERSION.matcher(output(java, "-version"));
    if (!version.find()) {
      missing.add("no JDK in " + home);
      return;
    }
    String feature = version.group(1).replaceAll("[.+-].*", "");
    List<String> command =
        List.of(
            java,
            "-Xmx3g",
            "-Dprocession.cacheDirectory=" + work.resolve("cache"),
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
            "-cp",
            classPath(),
            Runner.class.getName());
    add(Kind.PROCESSION, "procession", "Procession", feature, version.group(1), command);
    if (!cluster) {
      add(Kind.THREADS, "threads", "JDK thread pool", feature, version.group(1), command);
      add(Kind.PP4J, "pp4j", "PP4J 2.2", feature, version.group(1), command);
      return;
    }
    List<String> raw = new ArrayList<>(List.of(java, "-Xmx3g"));
    raw.addAll(EngineCommand.options());
    raw.addAll(
        List.of("-cp", EngineCommand.classPath(ownClasses(), work), RawEngine.class.getName()));
    add(Kind.ENGINE, "ignite", "Ignite 2.18", feature, version.group(1), raw);
  }

  private static Path ownClasses() throws IOException {
    try {
      return Path.of(Peers.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  private void add(
      Kind kind, String engine, String name, String feature, String version, List<String> java) {
    List<String> command = new ArrayList<>(java);
    command.add(engine);
    String title = name + ", JDK " + feature;
    found.add(new Peer(engine + "-" + feature, kind, title, version, command));
  }

  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> isNamed(NEEDED, entry))
        .sorted(Comparator.comparing(entry -> isNamed(LAST, entry)))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static boolean isNamed(Pattern pattern, String entry) {
    return pattern.matcher(new File(entry).getName()).matches();
  }

  /**
   * The system's Python, where Debian's packages are; another one may stand before it on the path.
   */
  private void addPython(String id, String title, String needs)
      throws IOException, InterruptedException {
    String debian =
        switch (id) {
          case "loky" -> "python3-joblib";
          case "pebble" -> "python3-pebble";
          default -> "python3";
        };
    addPython(Kind.PYTHON, id, title, needs + "; import sys; version = sys.version", debian);
  }

  private void addDask() throws IOException, InterruptedException {
    addPython(
        Kind.DASK,
        "dask",
        "dask.distributed",
        "import distributed; version = distributed.__version__",
        "python3-distributed");
  }

  private void addPython(Kind kind, String id, String title, String imports, String debian)
      throws IOException, InterruptedException {
    Path system = Path.of("/usr/bin/python3");
    String python = Files.isExecutable(system) ? system.toString() : "python3";
    String version = output(python, "-c", imports + "; print('Version', version)");
    if (!version.startsWith("Version ")) {
      missing.add(title + ": not installed (Debian: apt-get install " + debian + ")");
      return;
    }
    String number = version.split(" ")[1];
    String file = kind == Kind.DASK ? "cluster_peer.py" : "peer.py";
    String program = sources.resolve("python").resolve(file).toString();
    found.add(new Peer(id, kind, title, number, List.of(python, program, id)));
  }

  private void addFloor() throws IOException, InterruptedException {
    Path program = work.resolve("floor");
    String said =
        output(
            "gcc",
            "-O2",
            "-o",
            program.toString(),
            sources.resolve("c").resolve("floor.c").toString());
    if (!Files.isExecutable(program)) {
      missing.add("the floor in C: not built (Debian: apt-get install gcc libc6-dev). " + said);
      return;
    }
    String version = output("gcc", "-dumpfullversion").strip();
    for (String way : List.of("spin", "futex", "pipe", "memcpy")) {
      String title = way.equals("memcpy") ? "C, memcpy there and back" : "C, " + way;
      found.add(
          new Peer(
              "c-" + way, Kind.FLOOR, title, "gcc " + version, List.of(program.toString(), way)));
    }
  }

  /** What a command says; empty if there is none. */
  private static String output(String... command) throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      return "";
    }
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return said;
  }
}

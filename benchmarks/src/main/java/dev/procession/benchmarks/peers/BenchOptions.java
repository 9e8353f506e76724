package dev.procession.benchmarks.peers;

import dev.procession.benchmarks.Arguments;
import dev.procession.benchmarks.Arguments.WrongUsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * How a comparison is to be run.
 *
 * @param quick whether it has three minutes
 * @param cluster whether it is about clusters
 * @param check whether it is compared with the committed results instead of written
 * @param rounds how often each measurement is made
 * @param works what is measured
 * @param isPart whether that was chosen one by one, so that the committed results stay as they are
 * @param javaHomes on which JDKs
 * @param root the project's folder
 */
record BenchOptions(
    boolean quick,
    boolean cluster,
    boolean check,
    int rounds,
    Set<Work> works,
    boolean isPart,
    List<Path> javaHomes,
    Path root) {
  static final String USAGE =
      """
      Usage: ./procession bench [--cluster] [--quick] [--check] [--only WORK]... [--rounds N]
                                [--jdk HOME]...
             ./procession bench --jmh [ARGS]

        --cluster    nodes on this machine, beside what their engine does by itself and
                     dask.distributed; into docs/benchmarks/cluster
        --quick      the works that three minutes are enough for, into docs/benchmarks/quick
        --check      measure, and compare the ratios with docs/benchmarks/results.json: exit code 1
                     if one has become worse than the noise explains; nothing is written. With
                     --quick: those works that are not smaller then
        --only WORK  only this work (again for another one), into benchmarks/target/bench/results: %s
        --rounds N   measure everything N times, 1 to 20, and take the medians (3; 1 with --quick)
        --jdk HOME   measure on this JDK (again for another one; those found, 17 and 25)
        --jmh ARGS   run the JMH benchmarks instead; ARGS are JMH's own, -h shows them
      """
          .formatted(String.join(", ", Work.ids()));

  private static final int MOST_ROUNDS = 20;

  static BenchOptions parse(String... words) throws WrongUsageException {
    Arguments arguments = new Arguments(words);
    boolean quick = false;
    boolean cluster = false;
    boolean check = false;
    int rounds = 0;
    Set<Work> only = EnumSet.noneOf(Work.class);
    List<Path> homes = new ArrayList<>();
    Path root = Path.of("");
    while (arguments.hasNext()) {
      String option = arguments.next();
      switch (option) {
        case "--quick" -> quick = true;
        case "--cluster" -> cluster = true;
        case "--check" -> check = true;
        case "--rounds" -> rounds = (int) arguments.number(option, 1, MOST_ROUNDS);
        case "--only" -> only.add(work(arguments.next()));
        case "--jdk" -> homes.add(javaHome(arguments.next()));
        case "--root" -> root = Path.of(arguments.next()); // the script's own
        default -> throw new WrongUsageException("unknown option '" + option + "'");
      }
    }
    if (homes.isEmpty()) {
      homes.add(Path.of(System.getProperty("java.home")));
    }
    Set<Work> works = only.isEmpty() ? works(cluster, quick) : only;
    for (Work work : works) {
      if (work.isOnCluster() != cluster) {
        throw new WrongUsageException(
            "'" + work.id + "' is " + (cluster ? "not one of --cluster" : "one of --cluster"));
      }
    }
    if (quick && check) {
      for (Work smaller : only) {
        if (smaller.isSmallerIfQuick()) {
          throw new WrongUsageException(
              "a quick '"
                  + smaller.id
                  + "' is smaller than the committed one: check it without --quick");
        }
      }
      works.removeIf(Work::isSmallerIfQuick);
    }
    return new BenchOptions(
        quick,
        cluster,
        check,
        rounds > 0 ? rounds : quick ? 1 : 3,
        works,
        !only.isEmpty(),
        homes,
        root.toAbsolutePath());
  }

  private static Set<Work> works(boolean cluster, boolean quick) {
    Set<Work> works = EnumSet.allOf(Work.class);
    works.removeIf(
        work -> cluster ? !work.isOnCluster() : work.isOnCluster() || quick && !work.isQuick());
    return works;
  }

  private static Path javaHome(String text) throws WrongUsageException {
    Path home = Path.of(text);
    if (!Files.isExecutable(home.resolve("bin").resolve("java"))) {
      throw new WrongUsageException("'" + text + "' is no JDK: it has no bin/java");
    }
    return home;
  }

  private static Work work(String id) throws WrongUsageException {
    return Work.of(id)
        .orElseThrow(
            () ->
                new WrongUsageException(
                    "no work is called '" + id + "'; there are " + String.join(", ", Work.ids())));
  }

  /** Where the table, the figures and the charts go. */
  Path output() {
    Path folder = committed();
    if (isPart) {
      return scratch().resolve("results");
    }
    return quick ? folder.resolve("quick") : folder;
  }

  Path committed() {
    Path folder = root.resolve("docs").resolve("benchmarks");
    return cluster ? folder.resolve("cluster") : folder;
  }

  Path sources() {
    return root.resolve("benchmarks").resolve("src").resolve("main");
  }

  Path scratch() {
    return root.resolve("benchmarks").resolve("target").resolve("bench");
  }
}

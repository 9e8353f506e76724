package dev.procession.benchmarks.peers;

import dev.procession.benchmarks.Arguments.WrongUsageException;
import dev.procession.benchmarks.peers.Results.Figure;
import dev.procession.benchmarks.peers.Results.Named;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures Procession beside every other pool that is installed, in the same run on the same
 * machine, and writes the table, the figures and the charts.
 *
 * <p>Each measurement is a process of its own. In a round every peer has its turn at a work, one
 * right after the other, so that a machine that becomes slower does so for all.
 */
public final class Bench {
  private final BenchOptions options;
  private final PrintStream out;
  private final Map<String, List<Map<String, Double>>> measured = new HashMap<>();
  private final List<String> failures = new ArrayList<>();

  private Bench(BenchOptions options, PrintStream out) {
    this.options = options;
    this.out = out;
  }

  /** Runs it; exit code 0, 1 where a measurement or a check failed, 2 for a wrong command line. */
  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, /* autoFlush= */ true, StandardCharsets.UTF_8);
    if (Arrays.asList(args).contains("--help") || Arrays.asList(args).contains("-h")) {
      out.print(BenchOptions.USAGE);
      return;
    }
    BenchOptions options;
    try {
      options = BenchOptions.parse(args);
    } catch (WrongUsageException e) {
      out.println("bench: " + e.getMessage());
      out.print(BenchOptions.USAGE);
      System.exit(2);
      return;
    }
    System.exit(new Bench(options, out).run() ? 0 : 1);
  }

  private boolean run() throws IOException, InterruptedException {
    Path committed = options.committed().resolve("results.json");
    if (options.check() && !Files.isRegularFile(committed)) {
      out.println("bench: there is nothing to compare with: no " + committed);
      return false;
    }
    Files.createDirectories(options.scratch());
    Peers peers =
        new Peers(options.sources(), options.scratch(), options.javaHomes(), options.cluster());
    peers.found().forEach(peer -> out.printf("  %-24s %s%n", peer.title(), peer.version()));
    peers.missing().forEach(sentence -> out.println("  " + sentence));
    out.println();
    measure(peers.found());
    Results results = results(peers.found());
    failures.forEach(failure -> out.println("failed: " + failure));
    if (options.check()) {
      List<String> worse = Check.compare(Results.read(committed), results);
      worse.forEach(out::println);
      out.println(
          worse.isEmpty() ? "check: no ratio is worse than the noise explains" : "check: FAILED");
      return worse.isEmpty() && failures.isEmpty();
    }
    Report report = new Report(results, peers.missing(), failures);
    Files.createDirectories(options.output());
    results.write(options.output().resolve("results.json"));
    Files.writeString(options.output().resolve("results.md"), report.markdown());
    for (Work work : options.works()) {
      if (Chart.isOf(results, work)) {
        Files.writeString(
            options.output().resolve(work.id + ".svg"), new Chart(results, work).svg());
      }
    }
    out.println(report.targets());
    out.println("written to " + options.root().relativize(options.output()));
    return failures.isEmpty();
  }

  /* ---- Measuring ---- */

  private void measure(List<Peer> peers) throws IOException, InterruptedException {
    int all = 0;
    for (Work work : options.works()) {
      all += (int) peers.stream().filter(peer -> suits(work, peer)).count();
    }
    all *= options.rounds();
    int done = 0;
    long began = System.nanoTime();
    for (int round = 1; round <= options.rounds(); round++) {
      for (Work work : options.works()) {
        for (Peer peer : peers) {
          if (suits(work, peer)) {
            String figure = measureOne(work, peer);
            done++;
            long left = (System.nanoTime() - began) / done * (all - done);
            out.printf(
                "[%d/%d, %s left] %-12s %-24s %s%n",
                done, all, text(Duration.ofNanos(left)), work.id, peer.title(), figure);
          }
        }
      }
    }
    out.println();
  }

  /** A floor is one of several ways, and each floor is under one kind of work. */
  private static boolean suits(Work work, Peer peer) {
    boolean copies = peer.id().equals("c-memcpy");
    return work.suits(peer)
        && (peer.kind() != Peer.Kind.FLOOR || copies == (work != Work.ROUND_TRIP));
  }

  private String measureOne(Work work, Peer peer) throws IOException, InterruptedException {
    try {
      Map<String, Double> figures = Trial.run(peer, work, options.quick());
      measured.computeIfAbsent(key(work, peer), key -> new ArrayList<>()).add(figures);
      return Numbers.text(figures.get("median")) + " " + work.unit;
    } catch (Trial.FailedException e) {
      failures.add(work.id + " of " + peer.title() + ": " + e.getMessage());
      return "failed";
    }
  }

  private static String text(Duration left) {
    return left.toMinutes() > 0
        ? left.toMinutes() + " min " + left.toSecondsPart() + " s"
        : left.toSeconds() + " s";
  }

  private static String key(Work work, Peer peer) {
    return work.id + " " + peer.id();
  }

  /* ---- What was measured ---- */

  private Results results(List<Peer> peers) throws IOException {
    Map<String, Named> named = new LinkedHashMap<>();
    List<Figure> figures = new ArrayList<>();
    for (Peer peer : peers) {
      named.put(peer.id(), new Named(peer.title(), peer.version()));
    }
    for (Work work : options.works()) {
      for (Peer peer : peers) {
        List<Map<String, Double>> rounds = measured.get(key(work, peer));
        if (rounds != null) {
          figures.add(figure(work, peer, rounds));
        }
      }
    }
    return new Results(LocalDate.now().toString(), machine(), options.quick(), named, figures);
  }

  private static Figure figure(Work work, Peer peer, List<Map<String, Double>> rounds) {
    List<Double> medians = rounds.stream().map(round -> round.get("median")).sorted().toList();
    int middle = medians.size() / 2;
    double median =
        medians.size() % 2 == 1
            ? medians.get(middle)
            : (medians.get(middle - 1) + medians.get(middle)) / 2;
    Map<String, Double> others = new LinkedHashMap<>(rounds.get(rounds.size() - 1));
    others.remove("median");
    return new Figure(work.id, peer.id(), median, medians, others);
  }

  private static String machine() throws IOException {
    Path cpus = Path.of("/proc/cpuinfo");
    String model = "unknown processor";
    if (Files.isReadable(cpus)) {
      model =
          Files.readAllLines(cpus).stream()
              .filter(line -> line.startsWith("model name"))
              .map(line -> line.substring(line.indexOf(':') + 1).strip())
              .findFirst()
              .orElse(model);
    }
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return String.format(
        "%d × %s, %d GiB, %s %s",
        system.getAvailableProcessors(),
        model,
        Math.round(system.getTotalMemorySize() / (double) (1 << 30)),
        system.getName(),
        system.getVersion());
  }
}

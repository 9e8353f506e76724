package dev.procession.benchmarks.chaos;

import dev.procession.ExitReason;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What the run has counted so far; any thread may add. */
final class Figures {
  final LongAdder pools = new LongAdder();
  final LongAdder tasks = new LongAdder();
  final LongAdder maps = new LongAdder();
  final LongAdder elements = new LongAdder();
  final LongAdder second = new LongAdder();
  final LongAdder refused = new LongAdder();
  final LongAdder gentleCancels = new LongAdder();
  final LongAdder hardCancels = new LongAdder();
  final LongAdder workersReady = new LongAdder();
  final LongAdder restarts = new LongAdder();
  final LongAdder kills = new LongAdder();
  final LongAdder stops = new LongAdder();
  final LongAdder forgotten = new LongAdder();
  final LongAdder renices = new LongAdder();
  final LongAdder burns = new LongAdder();
  final LongAdder forks = new LongAdder();
  final LongAdder lines = new LongAdder();
  private final Map<Outcome.Kind, LongAdder> outcomes = new EnumMap<>(Outcome.Kind.class);
  private final Map<Outcome.Kind, LongAdder> elementOutcomes = new EnumMap<>(Outcome.Kind.class);
  private final Map<ExitReason, LongAdder> ends = new EnumMap<>(ExitReason.class);
  private final Map<ExitReason, LongAdder> crashes = new EnumMap<>(ExitReason.class);
  private final long begunAt = System.nanoTime();

  /** Heap in use after a collection, at the first look and at the last; of the main thread. */
  private long firstHeap = -1;

  private long lastHeap = -1;

  Figures() {
    for (Outcome.Kind kind : Outcome.Kind.values()) {
      outcomes.put(kind, new LongAdder());
      elementOutcomes.put(kind, new LongAdder());
    }
    for (ExitReason reason : ExitReason.values()) {
      ends.put(reason, new LongAdder());
      crashes.put(reason, new LongAdder());
    }
  }

  void ended(Outcome outcome, Deed deed, boolean isElement) {
    if (deed == Deed.FORK && outcome.kind() == Outcome.Kind.VALUE) {
      forks.increment();
    }
    (isElement ? elementOutcomes : outcomes).get(outcome.kind()).increment();
    ExitReason reason = outcome.reason();
    if (reason != null) {
      crashes.get(reason).increment();
    }
  }

  void workerEnded(ExitReason reason) {
    ends.get(reason).increment();
  }

  void heap(long bytes) {
    if (firstHeap < 0) {
      firstHeap = bytes;
    }
    lastHeap = bytes;
  }

  long heapGrowth() {
    return lastHeap - firstHeap;
  }

  long seconds() {
    return (System.nanoTime() - begunAt) / 1_000_000_000;
  }

  String progress(long violations) {
    long seconds = Math.max(1, seconds());
    long done = tasks.sum() + elements.sum();
    return String.format(
        Locale.ROOT,
        "chaos %d:%02d  pools %d  tasks %d  elements %d  (%d/s)  kills %d  stops %d  restarts %d "
            + " violations %d",
        seconds / 60,
        seconds % 60,
        pools.sum(),
        tasks.sum(),
        elements.sum(),
        done / seconds,
        kills.sum(),
        stops.sum(),
        restarts.sum(),
        violations);
  }

  void print(PrintStream out, long seed, long violations) {
    out.println();
    row(out, "duration", seconds() + " s");
    row(out, "JDK", Runtime.version() + ", " + System.getProperty("java.vm.name"));
    row(out, "seed", Long.toString(seed));
    row(out, "pools", Long.toString(pools.sum()));
    row(out, "tasks submitted", tasks.sum() + ", refused " + refused.sum());
    row(out, "  ended with", text(outcomes, kind -> kind.label));
    row(out, "maps", maps.sum() + " with " + elements.sum() + " elements taken");
    row(out, "  ended with", text(elementOutcomes, kind -> kind.label));
    row(out, "crashes by reason", text(crashes, Enum::name));
    row(out, "second attempts", Long.toString(second.sum()));
    row(out, "cancel(false), (true)", gentleCancels.sum() + ", " + hardCancels.sum());
    row(out, "workers ready", workersReady.sum() + ", restarts " + restarts.sum());
    row(out, "workers ended by", text(ends, Enum::name));
    row(out, "killed", kills.sum() + " by SIGKILL");
    row(out, "stopped", stops.sum() + " by SIGSTOP, " + forgotten.sum() + " never continued");
    row(out, "starved", renices.sum() + " reniced, " + burns.sum() + " CPU burners");
    row(out, "processes of tasks", forks.sum() + " started to outlive them");
    row(out, "lines printed", Long.toString(lines.sum()));
    row(out, "heap after GC", mib(firstHeap) + " first, " + mib(lastHeap) + " last");
    row(out, "peak RSS of parent", status("VmHWM"));
    row(out, "violations", Long.toString(violations));
  }

  private static void row(PrintStream out, String name, String value) {
    out.printf(Locale.ROOT, "%-22s %s%n", name, value);
  }

  private static <K> String text(Map<K, LongAdder> counts, Function<K, String> name) {
    String text =
        counts.entrySet().stream()
            .filter(entry -> entry.getValue().sum() > 0)
            .map(entry -> entry.getValue().sum() + " " + name.apply(entry.getKey()))
            .collect(Collectors.joining(", "));
    return text.isEmpty() ? "none" : text;
  }

  private static String mib(long bytes) {
    return bytes < 0 ? "-" : (bytes >> 20) + " MiB";
  }

  private static String status(String field) {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith(field))
          .map(line -> line.replaceAll("\\D+", ""))
          .findFirst()
          .map(kib -> Long.parseLong(kib) / 1024 + " MiB")
          .orElse("-");
    } catch (IOException e) {
      return "-";
    }
  }
}

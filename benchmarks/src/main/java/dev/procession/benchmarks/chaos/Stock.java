package dev.procession.benchmarks.chaos;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What this JVM holds that a pool may have made: how many of each thing, by a name for people.
 * Reads /proc, so Linux only.
 */
final class Stock {
  private static final Path PROC = Path.of("/proc");
  private static final Path SELF = PROC.resolve("self");

  private final TreeMap<String, Integer> counts = new TreeMap<>();

  private Stock() {}

  /**
   * Takes stock.
   *
   * @param mark the argument of the processes that tasks started
   */
  static Stock take(String mark) throws IOException {
    Stock stock = new Stock();
    ProcessHandle.current()
        .descendants()
        .filter(process -> Processes.isAlive(process.pid()))
        .forEach(process -> stock.add("process " + process.pid() + " " + command(process.pid())));
    stock.addMarked(mark);
    stock.addThreads();
    stock.addFiles();
    stock.addDescriptors();
    if (stock.addMappings()) {
      System.gc(); // a mapping goes with its buffer
    }
    return stock;
  }

  /** What is here and was not there, with how much of it there is more. */
  Set<String> beyond(Stock before) {
    Set<String> more = new TreeSet<>();
    counts.forEach(
        (name, count) -> {
          int extra = count - before.counts.getOrDefault(name, 0);
          if (extra > 0) {
            more.add(extra == 1 ? name : extra + " x " + name);
          }
        });
    return more;
  }

  private void add(String name) {
    counts.merge(name, 1, Integer::sum);
  }

  private static String command(long pid) {
    try {
      return Files.readString(PROC.resolve(pid + "/cmdline")).replace('\0', ' ').trim();
    } catch (IOException e) {
      return "";
    }
  }

  /** Also those that are nobody's children any more. */
  private void addMarked(String mark) throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        long pid = Long.parseLong(process.getFileName().toString());
        if (command(pid).endsWith("sleep " + mark) && Processes.isAlive(pid)) {
          add("process of a task " + pid + " " + command(pid));
        }
      }
    }
  }

  private void addThreads() {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("procession-")) {
        add("thread " + thread.getName());
      }
    }
  }

  private void addFiles() throws IOException {
    Set<Path> bases = new LinkedHashSet<>();
    bases.add(Path.of("/dev/shm"));
    bases.add(Path.of(System.getProperty("java.io.tmpdir")));
    for (Path base : bases) {
      try (DirectoryStream<Path> made =
          Files.newDirectoryStream(base, "procession-" + ProcessHandle.current().pid() + "-*")) {
        made.forEach(file -> add("file " + file));
      }
    }
  }

  private void addDescriptors() throws IOException {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(SELF.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        String target = target(descriptor);
        if (target.startsWith("socket:")) {
          add("socket");
        } else if (target.startsWith("pipe:")) {
          add("pipe");
        } else if (target.startsWith("anon_inode:")) {
          add(target);
        } else if (target.contains("/procession-")) {
          add("descriptor of " + target);
        }
      }
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return ""; // closed meanwhile
    }
  }

  private boolean addMappings() throws IOException {
    try (Stream<String> maps = Files.lines(SELF.resolve("maps"))) {
      List<String> ours = maps.filter(line -> line.contains("/procession-")).toList();
      ours.forEach(line -> add("mapping of " + line.substring(line.indexOf('/'))));
      return !ours.isEmpty();
    }
  }
}

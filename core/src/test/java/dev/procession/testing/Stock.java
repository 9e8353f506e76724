package dev.procession.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What this JVM holds that a pool may have made: how many of each thing, by a name for people.
 *
 * <p>Files are told from those of other JVMs by the process id in the directory's name.
 */
final class Stock {
  private static final Path SELF = Path.of("/proc/self");

  private final TreeMap<String, Integer> counts = new TreeMap<>();

  private Stock() {}

  static Stock take() {
    Stock stock = new Stock();
    Workers.live().forEach(worker -> stock.add("worker process " + worker.pid()));
    stock.addThreads();
    SharedFiles.of(ProcessHandle.current().pid()).forEach(file -> stock.add("file " + file));
    if (Files.isDirectory(SELF)) {
      stock.addDescriptors();
      if (stock.addMappings()) {
        System.gc(); // a mapping goes with its buffer
      }
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

  private void addThreads() {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("procession-")) {
        add("thread " + thread.getName());
      }
    }
  }

  private void addDescriptors() {
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
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return ""; // closed meanwhile
    }
  }

  private boolean addMappings() {
    try (Stream<String> maps = Files.lines(SELF.resolve("maps"))) {
      List<String> ours = maps.filter(line -> line.contains("/procession-")).toList();
      ours.forEach(line -> add("mapping of " + line.substring(line.indexOf('/'))));
      return !ours.isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

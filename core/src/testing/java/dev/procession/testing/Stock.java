package dev.procession.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * What this JVM holds that a pool may have made: how many of each thing, by a name for people.
 *
 * <p>Files are told from those of other JVMs by the process id in the directory's name.
 */
public final class Stock {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Path SELF = Path.of("/proc/self");

  /** What tells one worker from another. */
  private static final Pattern WORKER = Pattern.compile("process \\d+|output-of-\\d+|/w\\d+");

  /** Files for large arguments and results, which a worker and its parent use again. */
  private static final Pattern SEGMENT = Pattern.compile("/w\\d+[cr]\\d+");

  /** Threads that come when there is work for them and go half a second after it. */
  private static final Pattern ON_DEMAND = Pattern.compile("-(background|callback)-?\\d*$");

  static {
    // Of its first socket the JDK itself keeps a descriptor for good.
    try (SocketChannel first = SocketChannel.open()) {
      first.configureBlocking(false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final boolean exact;
  private final TreeMap<String, Integer> counts = new TreeMap<>();

  private Stock(boolean exact) {
    this.exact = exact;
  }

  /** Of all there is. */
  public static Stock take() {
    return take(/* exact= */ true);
  }

  /**
   * For a pool that lives on: a worker may have been replaced, and what the pool makes on demand
   * and keeps for a while is not counted.
   */
  public static Stock ofLivingPool() {
    return take(/* exact= */ false);
  }

  private static Stock take(boolean exact) {
    Stock stock = new Stock(exact);
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
  private Set<String> beyond(Stock before) {
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

  /** Gives what is more than this half a minute to go, and fails by the names of what is left. */
  public void awaitNothingMore(String what) {
    try {
      Awaitility.await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(20))
          .atMost(PATIENCE)
          .until(() -> take(exact).beyond(this).isEmpty());
    } catch (ConditionTimeoutException e) {
      Set<String> left = take(exact).beyond(this);
      if (!left.isEmpty()) {
        ThreadDumps.print(what + ": " + left);
        LeftPools.end();
        Workers.live().forEach(ProcessHandle::destroyForcibly);
        throw new AssertionError(
            what + ", still there after " + PATIENCE.toSeconds() + " s: " + left);
      }
    }
  }

  private void add(String name) {
    if (!exact && SEGMENT.matcher(name).find()) {
      return;
    }
    String counted = exact ? name : WORKER.matcher(name).replaceAll("*");
    counts.merge(counted, 1, Integer::sum);
  }

  private void addThreads() {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      String name = thread.getName();
      if (name.startsWith("procession-") && (exact || !ON_DEMAND.matcher(name).find())) {
        add("thread " + name);
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

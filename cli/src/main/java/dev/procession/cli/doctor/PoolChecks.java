package dev.procession.cli.doctor;

import dev.procession.ProcessPoolExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A pool that is really started, and what earlier ones have left. */
final class PoolChecks {
  private static final int ROUND_TRIPS = 20_000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern DIRECTORY = Pattern.compile("procession-(\\d+)-.*");
  private static final long SLOW_NANOS = 50_000;

  private PoolChecks() {}

  static Stream<Finding> all() {
    return Stream.of(cache(), leftovers(), pool());
  }

  /** Where the archives of workers' classes are. */
  private static Finding cache() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path folder =
        xdg != null && Path.of(xdg).isAbsolute()
            ? Path.of(xdg, "procession")
            : Path.of(
                System.getProperty("user.home", "."),
                System.getProperty("os.name", "").startsWith("Mac") ? "Library/Caches" : ".cache",
                "procession");
    if (!Files.isDirectory(folder)) {
      return Finding.good(
          "class archives", "none yet in " + folder, "the first pool makes one, in the background");
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> archives = files.filter(file -> file.toString().endsWith(".jsa")).toList();
      long bytes = 0;
      for (Path archive : archives) {
        bytes += Files.size(archive);
      }
      String seen = archives.size() + " in " + folder + ", " + MachineChecks.size(bytes);
      return Files.isWritable(folder)
          ? Finding.good("class archives", seen)
          : Finding.lacking(
              "class archives",
              seen + ", not writable",
              "without one a worker takes three times as long to start");
    } catch (IOException e) {
      return Finding.lacking(
          "class archives",
          folder + " cannot be read: " + e.getMessage(),
          "without one a worker takes three times as long to start");
    }
  }

  /** Directories of pools whose process is gone; the next pool deletes them. */
  private static Finding leftovers() {
    List<String> left =
        Stream.of("/dev/shm", System.getProperty("java.io.tmpdir", "/tmp"))
            .distinct()
            .flatMap(PoolChecks::abandoned)
            .toList();
    return left.isEmpty()
        ? Finding.good("left over", "nothing of pools that are gone")
        : Finding.lacking(
            "left over",
            String.join(", ", left),
            "of a process that was killed; the next pool deletes it");
  }

  private static Stream<String> abandoned(String base) {
    try (Stream<Path> files = Files.list(Path.of(base))) {
      return files.filter(PoolChecks::isAbandoned).map(Path::toString).toList().stream();
    } catch (IOException e) {
      return Stream.empty();
    }
  }

  private static boolean isAbandoned(Path file) {
    Matcher name = DIRECTORY.matcher(String.valueOf(file.getFileName()));
    if (!name.matches()) {
      return false;
    }
    Optional<ProcessHandle> owner = ProcessHandle.of(Long.parseLong(name.group(1)));
    return owner.isEmpty() || !owner.get().isAlive();
  }

  /** The proof of all the rest. */
  private static Finding pool() {
    long begun = System.nanoTime();
    try (ProcessPoolExecutor pool =
        ProcessPoolExecutor.builder().name("doctor").workers(1).build()) {
      long pid = pool.submit(() -> ProcessHandle.current().pid()).result(PATIENCE);
      double start = (System.nanoTime() - begun) / 1e6;
      long[] nanos = new long[ROUND_TRIPS];
      for (int i = 0; i < ROUND_TRIPS; i++) {
        int number = i;
        long before = System.nanoTime();
        int unused = pool.submit(() -> number).result();
        nanos[i] = System.nanoTime() - before;
      }
      Arrays.sort(nanos, ROUND_TRIPS / 2, ROUND_TRIPS);
      long median = nanos[ROUND_TRIPS * 3 / 4]; // of the second half, once it is warm
      String seen =
          String.format(
              Locale.ROOT,
              "worker %d ran a task %.0f ms after the pool was asked for, then one in %.1f µs",
              pid,
              start,
              median / 1e3);
      return median < SLOW_NANOS
          ? Finding.good("a pool", seen)
          : Finding.lacking(
              "a pool",
              seen,
              "a round trip that takes so long is one that waits for a processor: is the machine"
                  + " busy?");
    } catch (TimeoutException e) {
      return Finding.bad("a pool", "no worker within " + PATIENCE.toSeconds() + " s", "see above");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Finding.bad("a pool", "interrupted", "try again");
    } catch (RuntimeException e) {
      return Finding.bad(
          "a pool", String.valueOf(e.getMessage()), "this is why pools do not work here");
    }
  }
}

package dev.procession.cli.doctor;

import com.sun.management.OperatingSystemMXBean;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the machine and its system have for a pool. */
final class MachineChecks {
  private static final long MIB = 1L << 20;

  /** A container's usual size of {@code /dev/shm}: two or three large payloads fill it. */
  private static final long SMALL_SHARED_MEMORY = 64 * MIB;

  /** A worker takes some ten descriptors in the parent, and a pool of 64 is not unusual. */
  private static final long FEW_FILES = 1024;

  private static final long LITTLE_DISK = 256 * MIB;
  private static final long LITTLE_MEMORY = 1024 * MIB;
  private static final String UNLIMITED = "unlimited";

  private final SystemFiles system;
  private final boolean linux;

  MachineChecks(SystemFiles system, boolean linux) {
    this.system = system;
    this.linux = linux;
  }

  Stream<Finding> all() {
    Stream<Finding> everywhere = Stream.of(processors(), memory(), temporaryFolder());
    return linux
        ? Stream.concat(
            everywhere,
            Stream.of(sharedMemory(), openFiles(), processes(), cgroups(), oomScore(), sandbox()))
        : Stream.concat(everywhere, Stream.of(otherSystem()));
  }

  private static Finding otherSystem() {
    return Finding.lacking(
        "system",
        System.getProperty("os.name", "?"),
        "Procession is proved on Linux. Elsewhere memory limits, resident memory and the kill of"
            + " whole process trees may be missing.");
  }

  private static Finding processors() {
    int count = Runtime.getRuntime().availableProcessors();
    return count > 1
        ? Finding.good("processors", count + ", so a pool has " + count + " workers by default")
        : Finding.lacking(
            "processors",
            "1",
            "a worker and the parent share it: nothing runs faster in a pool here, and a caller"
                + " does not spin for results");
  }

  private static Finding memory() {
    OperatingSystemMXBean bean =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long total = bean.getTotalMemorySize();
    return total >= LITTLE_MEMORY
        ? Finding.good("memory", size(total))
        : Finding.lacking(
            "memory",
            size(total),
            "an idle worker takes 50 MB; give few workers, and a small maxHeap");
  }

  private Finding temporaryFolder() {
    Path folder = Path.of(System.getProperty("java.io.tmpdir", "."));
    return space(folder)
        .map(
            free ->
                free >= LITTLE_DISK
                    ? Finding.good("temporary folder", folder + ", " + size(free) + " free")
                    : Finding.lacking(
                        "temporary folder",
                        folder + ", only " + size(free) + " free",
                        "large payloads go there where /dev/shm has no room"))
        .orElseGet(
            () ->
                Finding.bad(
                    "temporary folder",
                    folder + " cannot be written",
                    "set -Djava.io.tmpdir or TMPDIR to a folder that can"));
  }

  Finding sharedMemory() {
    Path folder = system.path("/dev/shm");
    Optional<Long> free = space(folder);
    if (free.isEmpty()) {
      return Finding.lacking(
          "shared memory",
          "/dev/shm is missing or cannot be written",
          "the rings lie in the temporary folder instead, which is as fast if that is in memory; in"
              + " a container mount a tmpfs there");
    }
    return free.get() > SMALL_SHARED_MEMORY
        ? Finding.good("shared memory", "/dev/shm, " + size(free.get()) + " free")
        : Finding.lacking(
            "shared memory",
            "/dev/shm, only " + size(free.get()) + " free",
            "large payloads go to the temporary folder when it is full; Docker: --shm-size=1g,"
                + " Kubernetes: an emptyDir with medium Memory");
  }

  /** Bytes that are free, if a file can be made there. */
  private static Optional<Long> space(Path folder) {
    try {
      Path probe = Files.createTempFile(folder, "procession-doctor-", "");
      Files.delete(probe);
      FileStore store = Files.getFileStore(folder);
      return Optional.of(store.getUsableSpace());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  Finding openFiles() {
    String limit = limit("Max open files");
    boolean few = !limit.equals(UNLIMITED) && Long.parseLong(limit) < FEW_FILES;
    return few
        ? Finding.lacking(
            "open files",
            limit + " at most",
            "a worker takes some ten in the parent; raise it (ulimit -n, LimitNOFILE=) for large"
                + " pools")
        : Finding.good("open files", limit + " at most");
  }

  Finding processes() {
    String limit = limit("Max processes");
    boolean few = !limit.equals(UNLIMITED) && Long.parseLong(limit) < FEW_FILES;
    String pids = system.text("/sys/fs/cgroup/pids.max").orElse("max");
    boolean fewHere = !pids.equals("max") && Long.parseLong(pids) < FEW_FILES;
    String seen = limit + " at most" + (pids.equals("max") ? "" : ", " + pids + " in this cgroup");
    return few || fewHere
        ? Finding.lacking(
            "processes",
            seen,
            "threads count as well, and a worker has some fifteen; raise it (ulimit -u, TasksMax=,"
                + " --pids-limit) for large pools")
        : Finding.good("processes", seen);
  }

  private String limit(String name) {
    return system.lines("/proc/self/limits").stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()).strip().replaceFirst("\\s.*", ""))
        .findFirst()
        .orElse(UNLIMITED);
  }

  Finding cgroups() {
    Optional<Path> own =
        system.lines("/proc/self/cgroup").stream()
            .filter(line -> line.startsWith("0::"))
            .map(line -> system.path("/sys/fs/cgroup" + line.substring(3)))
            .findFirst();
    if (own.isEmpty() || !Files.isDirectory(system.path("/sys/fs/cgroup"))) {
      return Finding.lacking("cgroups", "no cgroup of version 2", watched());
    }
    boolean mine =
        Stream.of(own.get(), own.get().resolve(".."))
            .anyMatch(
                folder -> Files.isWritable(folder.resolve("cgroup.procs")) && divides(folder));
    return mine
        ? Finding.good("cgroups", "version 2, and this user may divide " + own.get())
        : Finding.lacking(
            "cgroups", "version 2, but this user may not divide " + own.get(), watched());
  }

  private static boolean divides(Path folder) {
    try {
      return Files.readString(folder.resolve("cgroup.subtree_control")).contains("memory");
    } catch (IOException e) {
      return false;
    }
  }

  private static String watched() {
    return "memoryLimit is watched twenty times a second instead of being kept by the kernel; a"
        + " service gets a cgroup of its own by Delegate=yes, a shell by systemd-run --user --scope"
        + " -p Delegate=yes";
  }

  Finding oomScore() {
    return Files.isWritable(system.path("/proc/self/oom_score_adj"))
        ? Finding.good(
            "memory shortage", "workers offer themselves to the kernel before the parent")
        : Finding.lacking(
            "memory shortage",
            "/proc/self/oom_score_adj cannot be written",
            "when the machine runs out of memory the kernel may choose the parent; give a"
                + " memoryLimit");
  }

  private static Finding sandbox() {
    String found =
        Stream.of("bwrap", "unshare", "setpriv", "systemd-run", "prlimit")
            .filter(MachineChecks::isOnPath)
            .collect(Collectors.joining(", "));
    return found.isEmpty()
        ? Finding.lacking(
            "sandbox tools",
            "none of bwrap, unshare, setpriv, systemd-run",
            "a WorkerLauncher that fences workers in needs one of them (apt-get install bubblewrap)")
        : Finding.good("sandbox tools", found);
  }

  private static boolean isOnPath(String program) {
    return List.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)).stream()
        .anyMatch(folder -> new File(folder, program).canExecute());
  }

  static String size(long bytes) {
    return bytes >= 1024 * MIB
        ? String.format(Locale.ROOT, "%.1f GiB", bytes / (1024.0 * MIB))
        : bytes / MIB + " MiB";
  }
}

package dev.procession.internal.os;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A cgroup of version 2 that bounds the memory of the processes in it, what they start included.
 * When they need more, the kernel kills all of them and nothing else.
 *
 * <p>There is one only where the system has left a part of its cgroups to this user: in a service
 * with {@code Delegate=}, in a user's session, or in a container that may write to them. Any thread
 * may use it.
 */
public final class MemoryCgroup implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final long PAUSE_NANOS = 2_000_000;
  private static final int EVENTS = 1 << 10;

  private final Path directory;
  private final Duration patience;

  private MemoryCgroup(Path directory, Duration patience) {
    this.directory = directory;
    this.patience = patience;
  }

  /**
   * Makes one below this process's own, or else beside it: a cgroup with processes in it may not
   * divide its memory among others. Beside it, a limit of the own cgroup does not hold any more,
   * those further up do.
   *
   * @param name of the directory, not yet in use
   * @return empty where it cannot be done
   */
  public static Optional<MemoryCgroup> create(String name, long limitBytes) {
    return create(Path.of("/"), name, limitBytes, PATIENCE);
  }

  /**
   * @param root of the file system
   * @param patience for processes that end, in {@link #close}
   */
  static Optional<MemoryCgroup> create(Path root, String name, long limitBytes, Duration patience) {
    return new Cgroups(root)
        .unified().stream()
            .flatMap(place -> place.upwards().stream().limit(2))
            .filter(MemoryCgroup::dividesMemory)
            .findFirst()
            .flatMap(parent -> make(parent.resolve(name), limitBytes, patience));
  }

  private static boolean dividesMemory(Path parent) {
    KernelText controllers = new KernelText(EVENTS);
    return Files.isWritable(parent)
        && controllers.read(file(parent, "cgroup.subtree_control"))
        && controllers.hasWord("memory");
  }

  private static Optional<MemoryCgroup> make(Path directory, long limitBytes, Duration patience) {
    try {
      Files.createDirectory(directory);
    } catch (IOException e) {
      return Optional.empty();
    }
    MemoryCgroup made = new MemoryCgroup(directory, patience);
    if (!made.write("memory.max", limitBytes)) {
      made.close();
      return Optional.empty();
    }
    made.write("memory.swap.max", 0); // absent where the kernel has no swap
    made.write("memory.oom.group", 1); // absent before Linux 4.19: then it kills one of them
    return Optional.of(made);
  }

  /**
   * Moves a process into it; what it starts from then on is in it too. Memory that it already has
   * is not counted.
   *
   * @return false if it is gone or may not be moved
   */
  public boolean add(long pid) {
    return write("cgroup.procs", pid);
  }

  /** How many of its processes the kernel has killed because they needed more; -1 if unknown. */
  public long oomKills() {
    KernelText events = new KernelText(EVENTS);
    return events.read(file(directory, "memory.events")) ? events.number("oom_kill") : -1;
  }

  /** Memory of its processes, files they have in the page cache included; -1 if unknown. */
  public long currentBytes() {
    return Cgroups.number(directory, "memory.current");
  }

  /** The most {@link #currentBytes} has been; -1 if unknown, as before Linux 5.19. */
  public long peakBytes() {
    return Cgroups.number(directory, "memory.peak");
  }

  /**
   * Kills all its processes at once, however fast they start others.
   *
   * @return false if the kernel cannot, as before Linux 5.14
   */
  public boolean kill() {
    return Files.exists(directory.resolve("cgroup.kill")) && write("cgroup.kill", 1);
  }

  /** Removes it. Waits briefly for its last process to end; if one does not, it stays behind. */
  @Override
  public void close() {
    long until = System.nanoTime() + patience.toNanos();
    while (true) {
      try {
        Files.deleteIfExists(directory); // the kernel's own files in it do not count
        return;
      } catch (IOException e) {
        if (System.nanoTime() - until > 0) {
          return;
        }
        LockSupport.parkNanos(this, PAUSE_NANOS); // busy: a killed process needs a moment to die
      }
    }
  }

  private boolean write(String name, long value) {
    try {
      Files.writeString(directory.resolve(name), Long.toString(value));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static File file(Path directory, String name) {
    return new File(directory.toString(), name);
  }
}

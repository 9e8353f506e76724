package dev.procession.internal.wire;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The directories, readable by the owner only, in which a pool and its workers meet: one in memory
 * where the system has {@code /dev/shm}, and one under the temporary directory to fall back to.
 *
 * <p>Files stay in them only until both sides have opened them, but for shared values, class files
 * and large parts of calls, which stay until they are in use no more: any worker may open them. The
 * parent holds a lock on a file in each, so that a later pool can tell what a killed parent and its
 * killed workers left, and delete it. Safe for use by several threads.
 */
public final class SharedDirectory implements Closeable {
  private static final String PREFIX = "procession-";
  private static final String LOCK = "lock";
  private static final Path SHM = Path.of("/dev/shm");

  /** Longer than it takes to make a directory and lock it, even on a machine that is suspended. */
  private static final Duration UNLOCKED_FOR = Duration.ofDays(1);

  private static final long LOOK_NANOS = 5_000_000;

  /**
   * Directories of this JVM, by real path: to open and close the lock file of one would give up its
   * lock.
   */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  /**
   * Lock files of this JVM's pools that another class loader's copy of this class made; kept open
   * for the same reason.
   */
  private static final Map<Path, FileChannel> HELD = new ConcurrentHashMap<>();

  private final List<Path> paths;
  private final List<FileChannel> locks;

  private SharedDirectory(List<Path> paths, List<FileChannel> locks) {
    this.paths = List.copyOf(paths);
    this.locks = locks;
  }

  /** Where a pool meets its workers unless told otherwise, best first. */
  public static List<Path> defaultBases() {
    List<Path> bases = new ArrayList<>();
    if (Files.isDirectory(SHM)) {
      bases.add(SHM);
    }
    bases.add(temporaryBase());
    return bases;
  }

  /** The last of them, which every system has. */
  public static Path temporaryBase() {
    return Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
  }

  /**
   * Makes a directory in each base that allows it, after deleting what dead pools left there.
   *
   * @throws IOException if no base allows it; names each base and why
   */
  public static SharedDirectory create(List<Path> bases) throws IOException {
    List<Path> paths = new ArrayList<>();
    List<FileChannel> locks = new ArrayList<>();
    List<IOException> refusals = new ArrayList<>();
    String prefix = PREFIX + ProcessHandle.current().pid() + "-"; // the id is for people
    for (Path given : bases) {
      try {
        Path base = given.toRealPath();
        deleteAbandoned(base);
        Path path = Files.createTempDirectory(base, prefix, ownerOnly(base));
        locks.add(lock(path));
        paths.add(path);
      } catch (IOException e) {
        refusals.add(e);
      }
    }
    if (paths.isEmpty()) {
      IOException refused =
          new IOException(
              "no directory for the pool's shared files can be made; tried "
                  + bases
                  + ", refused with "
                  + refusals
                  + ". Make one of them writable, or set -Djava.io.tmpdir to one that is.");
      refusals.forEach(refused::addSuppressed);
      throw refused;
    }
    return new SharedDirectory(paths, locks);
  }

  /** Bytes that files in memory may still take here; 0 if there is no such place. */
  long freeMemory() {
    return first().startsWith(SHM) ? freeSpace() : 0;
  }

  /** Bytes that are free where files are made first. */
  long freeSpace() {
    return first().toFile().getUsableSpace();
  }

  /** The directories that the parent made, as a worker uses them. */
  public static SharedDirectory attach(List<Path> paths) {
    return new SharedDirectory(paths, List.of());
  }

  private static FileAttribute<?>[] ownerOnly(Path base) {
    boolean posix = base.getFileSystem().supportedFileAttributeViews().contains("posix");
    return posix
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
        }
        : new FileAttribute<?>[0];
  }

  private static FileChannel lock(Path path) throws IOException {
    OWN.add(path);
    Path unready = path.resolve(LOCK + ".new");
    FileChannel channel = null;
    try {
      channel = FileChannel.open(unready, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      if (channel.tryLock() == null) {
        throw new IOException("the lock of a new directory is taken: " + path);
      }
      // Nobody may find the file before it is locked.
      Files.move(unready, path.resolve(LOCK), StandardCopyOption.ATOMIC_MOVE);
      return channel;
    } catch (IOException e) {
      if (channel != null) {
        channel.close();
      }
      delete(path);
      OWN.remove(path);
      throw e;
    }
  }

  /** Deletes directories of pools whose parent is gone, as far as the system allows. */
  private static synchronized void deleteAbandoned(Path base) {
    closeHeld();
    try (DirectoryStream<Path> candidates = Files.newDirectoryStream(base, PREFIX + "*")) {
      for (Path candidate : candidates) {
        if (!OWN.contains(candidate) && isAbandoned(candidate)) {
          delete(candidate);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // A directory that cannot be listed may still be good to make another in.
    }
  }

  private static boolean isAbandoned(Path directory) {
    Path file = directory.resolve(LOCK);
    try {
      if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        return false;
      }
      if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        // It is being made at this moment, another user's, or was left while it was made or
        // deleted.
        Instant changed = Files.getLastModifiedTime(directory).toInstant();
        return changed.isBefore(Instant.now().minus(UNLOCKED_FOR));
      }
      return !HELD.containsKey(directory) && Files.isWritable(file) && canLock(directory, file);
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean canLock(Path directory, Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    try {
      boolean free = channel.tryLock() != null;
      channel.close();
      return free;
    } catch (OverlappingFileLockException e) {
      if (HELD.putIfAbsent(directory, channel) != null) {
        throw new AssertionError("held twice: " + directory, e);
      }
      return false;
    }
  }

  /** Lets go of lock files of this JVM that were deleted meanwhile. */
  private static void closeHeld() {
    for (Path directory : Set.copyOf(HELD.keySet())) {
      FileChannel held = Files.exists(directory.resolve(LOCK)) ? null : HELD.remove(directory);
      if (held != null) {
        closeQuietly(held);
      }
    }
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // Its file is gone or of no use to anybody.
    }
  }

  /** The directories, best first; at least one. */
  public List<Path> paths() {
    return paths;
  }

  /** The best of the directories. */
  public Path first() {
    return paths.get(0);
  }

  /** Makes something in a file. */
  @FunctionalInterface
  public interface FileMaker<T> {
    /** Makes it. */
    T make(Path file) throws IOException;
  }

  /**
   * Makes something in a new file of the first directory that has room for it.
   *
   * @throws IOException if none has; the reason of each is suppressed in it
   */
  public <T> T make(String name, FileMaker<T> maker) throws IOException {
    IOException failure = null;
    for (Path path : paths) {
      Path file = path.resolve(name);
      boolean made = false;
      try {
        T result = maker.make(file);
        made = true;
        return result;
      } catch (IOException e) {
        if (failure == null) {
          failure =
              new IOException(
                  "shared file '"
                      + name
                      + "' could not be made in any of "
                      + paths
                      + ": "
                      + e.getMessage(),
                  e);
        } else {
          failure.addSuppressed(e);
        }
      } finally {
        if (!made) {
          Files.deleteIfExists(file);
        }
      }
    }
    throw failure == null ? new IOException("no directory") : failure;
  }

  /** The file of that name, wherever the other side made it, or null if it is in none. */
  public @Nullable Path find(String name) {
    for (Path path : paths) {
      Path file = path.resolve(name);
      if (file.toFile().isFile()) { // of java.io: a worker that starts has loaded no other yet
        return file;
      }
    }
    return null;
  }

  /** Deletes the files whose names match. */
  public void deleteAll(Pattern names) {
    deleteAll(names, file -> true);
  }

  /** Deletes the files whose names match and that may be deleted. */
  public void deleteAll(Pattern names, Predicate<Path> mayBe) {
    for (Path path : paths) {
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(
              path,
              file -> names.matcher(file.getFileName().toString()).matches() && mayBe.test(file))) {
        for (Path file : files) {
          var unused = deleteTree(file);
        }
      } catch (IOException e) {
        // The directory is gone, and so are the files; or the pool's end deletes them.
      }
    }
  }

  /** Deletes the directories with what is in them, as far as the system allows. */
  public void delete() {
    paths.forEach(SharedDirectory::delete);
  }

  /**
   * In a worker: deletes the directories if the parent, who holds their locks, is gone or is so
   * within that time; otherwise they are the parent's and of its other workers.
   *
   * @return whether the parent is gone
   */
  public boolean deleteIfAbandoned(Duration patience) {
    long until = System.nanoTime() + patience.toNanos();
    while (!paths.stream().allMatch(SharedDirectory::isNobodys)) {
      if (System.nanoTime() - until > 0) {
        return false;
      }
      LockSupport.parkNanos(this, LOOK_NANOS); // another worker may be looking at this moment
    }
    delete();
    return true;
  }

  private static boolean isNobodys(Path directory) {
    Path file = directory.resolve(LOCK);
    try {
      return !Files.exists(file, LinkOption.NOFOLLOW_LINKS) || canLock(directory, file);
    } catch (NoSuchFileException e) {
      return true; // another worker was faster
    } catch (IOException e) {
      return false;
    }
  }

  private static void delete(Path directory) {
    try {
      // The lock last: while anything else is left, a later pool must find that it is abandoned.
      if (deleteFiles(directory, "")) {
        Files.deleteIfExists(directory.resolve(LOCK));
        Files.deleteIfExists(directory);
      }
    } catch (IOException e) {
      // Deleted by somebody else meanwhile, or not deletable: a later pool's sweep tries again.
    }
  }

  /** Deletes a directory's files except the lock; returns whether none is left. */
  private static boolean deleteFiles(Path directory, String prefix) {
    boolean all = true;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, prefix + "*")) {
      for (Path file : files) {
        if (!file.getFileName().toString().equals(LOCK)) {
          all &= deleteTree(file) || !Files.exists(file, LinkOption.NOFOLLOW_LINKS);
        }
      }
      return all;
    } catch (IOException | DirectoryIteratorException e) {
      return false;
    }
  }

  private static boolean deleteTree(Path path) {
    if (path.toFile().delete()) {
      return true;
    }
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
        && deleteFiles(path, "")
        && path.toFile().delete();
  }

  /** Gives up the locks and deletes the directories. */
  @Override
  public void close() {
    locks.forEach(SharedDirectory::closeQuietly);
    delete();
    OWN.removeAll(paths);
  }
}

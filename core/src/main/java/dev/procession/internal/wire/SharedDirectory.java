package dev.procession.internal.wire;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The directories, readable by the owner only, in which a pool and its workers meet: one in memory
 * where the system has {@code /dev/shm}, and one under the temporary directory to fall back to.
 *
 * <p>Files stay in them only until both sides have opened them. The parent holds a lock on a file
 * in each, so that a later pool can tell what a killed parent and its killed workers left, and
 * delete it. Safe for use by several threads.
 */
public final class SharedDirectory implements Closeable {
  private static final String PREFIX = "procession-";
  private static final String LOCK = "lock";
  private static final Path SHM = Path.of("/dev/shm");

  /** Directories of this JVM: to open and close the lock file of one would give up its lock. */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

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
    bases.add(Path.of(System.getProperty("java.io.tmpdir", "/tmp")));
    return bases;
  }

  /**
   * Makes a directory in each base that allows it, after deleting what dead pools left there.
   *
   * @throws IOException if no base allows it; names each base and why
   */
  public static SharedDirectory create(List<Path> bases) throws IOException {
    List<Path> paths = new ArrayList<>();
    List<FileChannel> locks = new ArrayList<>();
    IOException refused = null;
    String prefix = PREFIX + ProcessHandle.current().pid() + "-"; // the id is for people
    for (Path base : bases) {
      try {
        deleteAbandoned(base);
        Path path = Files.createTempDirectory(base, prefix, ownerOnly(base));
        paths.add(path);
        locks.add(lock(path));
      } catch (IOException e) {
        if (refused == null) {
          refused =
              new IOException(
                  "no directory for the pool's shared files can be made; tried "
                      + bases
                      + ". Make one of them writable, or set -Djava.io.tmpdir to one that is.");
        }
        refused.addSuppressed(e);
      }
    }
    if (paths.isEmpty()) {
      throw refused == null ? new IOException("no place given for the shared files") : refused;
    }
    return new SharedDirectory(paths, locks);
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
    FileChannel channel =
        FileChannel.open(unready, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    if (channel.tryLock() == null) {
      channel.close();
      throw new IOException("the lock of a new directory is taken: " + path);
    }
    // Nobody may find the file before it is locked.
    Files.move(unready, path.resolve(LOCK), StandardCopyOption.ATOMIC_MOVE);
    return channel;
  }

  /** Deletes directories of pools whose parent is gone: those whose lock can be had. */
  private static void deleteAbandoned(Path base) throws IOException {
    try (DirectoryStream<Path> candidates = Files.newDirectoryStream(base, PREFIX + "*")) {
      for (Path candidate : candidates) {
        if (isAbandoned(candidate)) {
          delete(candidate);
        }
      }
    }
  }

  private static boolean isAbandoned(Path directory) {
    Path file = directory.resolve(LOCK);
    if (OWN.contains(directory) || !Files.isRegularFile(file) || !Files.isWritable(file)) {
      return false; // this JVM's, another user's, or one that is being made at this moment
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock != null;
    } catch (IOException | OverlappingFileLockException e) {
      return false;
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
      try {
        return maker.make(file);
      } catch (IOException e) {
        Files.deleteIfExists(file);
        if (failure == null) {
          failure = new IOException("no room for shared file '" + name + "' in any of " + paths, e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    throw failure == null ? new IOException("no directory") : failure;
  }

  /** The file of that name, wherever the other side made it, or null if it is in none. */
  public @Nullable Path find(String name) {
    for (Path path : paths) {
      Path file = path.resolve(name);
      if (Files.isRegularFile(file)) {
        return file;
      }
    }
    return null;
  }

  /** Deletes the files whose names match. */
  public void deleteAll(Pattern names) {
    for (Path path : paths) {
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(
              path, file -> names.matcher(file.getFileName().toString()).matches())) {
        for (Path file : files) {
          Files.deleteIfExists(file);
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

  private static void delete(Path directory) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // Deleted by somebody else meanwhile, or not deletable: the next pool's sweep tries again.
    }
    try {
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      // As above.
    }
  }

  /** Deletes the directories and gives up the locks. */
  @Override
  public void close() {
    delete();
    for (FileChannel lock : locks) {
      try {
        lock.close();
      } catch (IOException e) {
        // Nothing hangs on it: the file is gone.
      }
    }
    OWN.removeAll(paths);
  }
}

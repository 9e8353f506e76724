package dev.procession.internal.parent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of the user's in which files are kept that could be made again. Workers run what
 * lies in it, so nobody else may write there. Any thread may call it.
 */
public final class CacheDirectory {
  /** System property that names another directory; empty for none. */
  static final String PROPERTY = "procession.cacheDirectory";

  private static final Logger LOG = LoggerFactory.getLogger(CacheDirectory.class);

  /** The one that was found to be ours alone. */
  private static volatile @Nullable Path checked;

  private CacheDirectory() {}

  /**
   * The directory, made if need be, or null if there can be none: no home or one that may not be
   * written to, as in many containers, or others may write there too.
   */
  public static @Nullable Path get() {
    Path directory = byConvention();
    if (directory == null || directory.equals(checked)) {
      return directory;
    }
    try {
      create(directory);
      if (!isOurs(directory)) {
        LOG.debug("nothing is cached: others may write to {}", directory);
        return null;
      }
    } catch (IOException e) {
      LOG.debug("nothing is cached: {} cannot be made or written to", directory, e);
      return null;
    }
    checked = directory;
    return directory;
  }

  /** Where the user's applications keep what they can make again, by the system's conventions. */
  private static @Nullable Path byConvention() {
    String given = System.getProperty(PROPERTY);
    if (given != null) {
      return given.isBlank() ? null : Path.of(given).toAbsolutePath();
    }
    String system = System.getProperty("os.name", "");
    String home = System.getProperty("user.home", "");
    String xdg = System.getenv("XDG_CACHE_HOME");
    String local = System.getenv("LOCALAPPDATA");
    Path caches;
    if (system.startsWith("Windows") && local != null) {
      caches = Path.of(local);
    } else if (xdg != null && Path.of(xdg).isAbsolute()) {
      caches = Path.of(xdg);
    } else if (home.isBlank() || !Files.isDirectory(Path.of(home))) {
      return null;
    } else {
      caches = Path.of(home, system.startsWith("Mac") ? "Library/Caches" : ".cache");
    }
    return caches.resolve("procession");
  }

  private static void create(Path directory) throws IOException {
    if (isPosix(directory)) {
      var ownerOnly = PosixFilePermissions.fromString("rwx------");
      Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(ownerOnly));
    } else {
      Files.createDirectories(directory);
    }
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  /** Whether nobody else can put a file of theirs there, which workers would run. */
  private static boolean isOurs(Path directory) throws IOException {
    if (!isPosix(directory)) {
      return true;
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(directory);
    Path probe = Files.createTempFile(directory, "cache-", ".probe");
    try {
      return !permissions.contains(PosixFilePermission.OTHERS_WRITE)
          && !permissions.contains(PosixFilePermission.GROUP_WRITE)
          && Files.getOwner(directory).equals(Files.getOwner(probe));
    } finally {
      Files.deleteIfExists(probe);
    }
  }
}

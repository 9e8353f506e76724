package dev.procession.internal.view;

import dev.procession.observe.PoolIdentity;
import java.io.IOException;
import java.io.StringReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/**
 * The file in a pool's shared directory, which only its owner can enter, by which observers find
 * the pool.
 *
 * @param identity which pool it is
 * @param secret what an observer has to know; who can read the file may look
 */
public record Beacon(PoolIdentity identity, byte[] secret) {
  private static final String FILE = "observe";
  private static final long LONGEST = 64 << 10;

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  /** Lights it. */
  public void write(Path directory) throws IOException {
    Properties properties = new Properties();
    properties.setProperty("name", identity.name());
    properties.setProperty("pid", Long.toString(identity.pid()));
    properties.setProperty("started", identity.started().toString());
    properties.setProperty("command", identity.command());
    properties.setProperty("address", identity.address());
    properties.setProperty("secret", Base64.getEncoder().encodeToString(secret));
    Path unready = directory.resolve(FILE + ".new");
    try (Writer out = Files.newBufferedWriter(unready, StandardCharsets.UTF_8)) {
      properties.store(out, null);
    }
    Files.move(unready, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Those that burn below these folders, and whose process lives. */
  static List<Beacon> find(List<Path> bases) {
    List<Beacon> found = new ArrayList<>();
    for (Path base : bases) {
      try (DirectoryStream<Path> pools = Files.newDirectoryStream(base, "procession-*")) {
        for (Path directory : pools) {
          if (isOurs(directory)) {
            read(directory.resolve(FILE)).ifPresent(found::add);
          }
        }
      } catch (IOException | DirectoryIteratorException e) {
        // There is no such folder.
      }
    }
    return found;
  }

  /** Others may make directories of that name there as well: what lies in them is not for us. */
  private static boolean isOurs(Path directory) {
    try {
      if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        return false;
      }
      PosixFileAttributeView view =
          Files.getFileAttributeView(
              directory, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
      return view == null
          || (view.readAttributes().permissions().equals(OWNER_ONLY)
              && view.getOwner().equals(ourselves(directory)));
    } catch (IOException e) {
      return false;
    }
  }

  /** Who owns what this process makes. */
  private static UserPrincipal ourselves(Path directory) throws IOException {
    Path self = Path.of("/proc/self"); // a name may belong to several users
    return Files.exists(self)
        ? Files.getOwner(self)
        : directory
            .getFileSystem()
            .getUserPrincipalLookupService()
            .lookupPrincipalByName(System.getProperty("user.name", ""));
  }

  private static Optional<Beacon> read(Path file) {
    Properties properties = new Properties();
    try {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > LONGEST) {
        return Optional.empty();
      }
      properties.load(new StringReader(Files.readString(file, StandardCharsets.UTF_8)));
      PoolIdentity identity =
          new PoolIdentity(
              properties.getProperty("name", ""),
              Long.parseLong(properties.getProperty("pid", "")),
              Instant.parse(properties.getProperty("started", "")),
              properties.getProperty("command", ""),
              properties.getProperty("address", ""));
      byte[] secret = Base64.getDecoder().decode(properties.getProperty("secret", ""));
      boolean lives = ProcessHandle.of(identity.pid()).map(ProcessHandle::isAlive).orElse(false);
      return lives && secret.length == ViewProtocol.SECRET_BYTES
          ? Optional.of(new Beacon(identity, secret))
          : Optional.empty();
    } catch (IOException | IllegalArgumentException | DateTimeException e) {
      return Optional.empty(); // another user's, or not whole
    }
  }
}

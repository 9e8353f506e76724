package dev.procession.internal.view;

import dev.procession.observe.PoolIdentity;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/**
 * The file in a pool's shared directory, which only its owner can enter, by which observers find
 * the pool.
 *
 * @param identity which pool it is
 * @param secret what an observer has to know; who can read the file may look
 */
public record Beacon(PoolIdentity identity, byte[] secret) {
  private static final String FILE = "observe";

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
        pools.forEach(directory -> read(directory.resolve(FILE)).ifPresent(found::add));
      } catch (IOException e) {
        // There is no such folder.
      }
    }
    return found;
  }

  private static Optional<Beacon> read(Path file) {
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(in);
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

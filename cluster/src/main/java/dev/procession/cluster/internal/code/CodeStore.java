package dev.procession.cluster.internal.code;

import dev.procession.internal.parent.CacheDirectory;
import dev.procession.internal.parent.JvmDirectory;
import dev.procession.internal.parent.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a member keeps the jars that submitters have sent, by their content: what any of them has
 * sent is not sent again. Any thread may call it; each jar on its way is for one.
 */
public final class CodeStore {
  private static final Logger LOG = LoggerFactory.getLogger(CodeStore.class);

  /** A jar that nobody has used for so long is forgotten. */
  private static final Duration KEPT = Duration.ofDays(30);

  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  private final Path directory;

  private CodeStore(Path directory) {
    this.directory = directory;
  }

  /**
   * The store of this user; if there can be none, one for the life of this JVM.
   *
   * @throws IOException if there is no place for that either
   */
  public static CodeStore open() throws IOException {
    Path cache = CacheDirectory.get();
    return cache == null
        ? in(Files.createDirectories(JvmDirectory.get().resolve("code")))
        : ofUser(cache);
  }

  /**
   * The store of this user.
   *
   * @param instead where it is if there can be none; whose it is deletes that
   * @throws IOException if it cannot be read
   */
  public static CodeStore open(Path instead) throws IOException {
    Path cache = CacheDirectory.get();
    return cache == null ? in(instead) : ofUser(cache);
  }

  private static CodeStore ofUser(Path cache) throws IOException {
    CodeStore store = in(Files.createDirectories(cache.resolve("code")));
    store.forgetOld();
    return store;
  }

  private void forgetOld() throws IOException {
    Instant oldest = Instant.now().minus(KEPT);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (Files.getLastModifiedTime(file).toInstant().isBefore(oldest)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (NoSuchFileException e) {
      LOG.debug("somebody else has forgotten it", e);
    }
  }

  /** A store in a directory. */
  static CodeStore in(Path directory) {
    return new CodeStore(directory);
  }

  /**
   * The jar of that content, or null if it is not here.
   *
   * @throws IOException if it is no hash
   */
  public @Nullable Path find(CodeFile file) throws IOException {
    Path jar = place(file.hash());
    if (!Files.exists(jar) || Files.size(jar) != file.size()) {
      return null;
    }
    Files.setLastModifiedTime(jar, FileTime.from(Instant.now())); // it is in use
    return jar;
  }

  /** A file for a jar that is made here. */
  Path newFile() throws IOException {
    return Files.createTempFile(directory, "code-", ".new");
  }

  /** Keeps such a jar under its hash. */
  Path keep(Path made, String hash) throws IOException {
    Path place = place(hash);
    Files.move(made, place, StandardCopyOption.ATOMIC_MOVE);
    return place;
  }

  private Path place(String hash) throws IOException {
    if (!HASH.matcher(hash).matches()) { // it becomes the name of a file
      throw new IOException("not a hash: '" + hash + "'");
    }
    return directory.resolve(hash + ".jar");
  }

  /** Begins to take a jar. */
  public Incoming incoming(CodeFile file) throws IOException {
    Path place = place(file.hash());
    return new Incoming(file, place, newFile());
  }

  /** A jar on its way. */
  public static final class Incoming {
    private final CodeFile file;
    private final Path place;
    private final Path unready;
    private long written;

    private Incoming(CodeFile file, Path place, Path unready) {
      this.file = file;
      this.place = place;
      this.unready = unready;
    }

    /**
     * Takes the next piece.
     *
     * @return whether it was the last, and the jar is in the store
     * @throws IOException if there is no room, or the content is not the one that was announced
     */
    public boolean add(byte[] piece) throws IOException {
      if (piece.length > file.size() - written) {
        throw new IOException("'" + file.name() + "' is longer than the " + file.size() + " bytes");
      }
      try (OutputStream out = Files.newOutputStream(unready, StandardOpenOption.APPEND)) {
        out.write(piece);
      }
      written += piece.length;
      if (written < file.size()) {
        return false;
      }
      if (!Sha256.of(unready).equals(file.hash())) {
        throw new IOException("'" + file.name() + "' is not what its hash says");
      }
      Files.move(unready, place, StandardCopyOption.ATOMIC_MOVE);
      return true;
    }

    /** Forgets it. */
    public void discard() {
      boolean unused = unready.toFile().delete();
    }
  }
}

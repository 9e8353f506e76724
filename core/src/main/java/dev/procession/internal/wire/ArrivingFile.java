package dev.procession.internal.wire;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/**
 * A file of a shared directory that is still on its way when others may already want it: from the
 * moment when it is announced these wait until it is there, or is known not to come.
 *
 * <p>It is one of three files: {@code NAME.coming}, {@code NAME.failed}, which says why, or {@code
 * NAME}.
 */
public final class ArrivingFile {
  private static final String COMING = ".coming";
  private static final String FAILED = ".failed";
  private static final String PART = ".part";
  private static final long LOOK_MILLIS = 2;

  private ArrivingFile() {}

  /** What writes the file. */
  public interface Writer {
    /** Writes it to that path, where nothing is yet. */
    void write(Path file) throws IOException;
  }

  /** From now on it is waited for. */
  public static void announce(SharedDirectory directory, String name) throws IOException {
    var unused = directory.make(name + COMING, Files::createFile);
  }

  /** It has come. */
  public static void arrive(SharedDirectory directory, String name, Writer writer)
      throws IOException {
    var unused =
        directory.make(
            name + PART,
            part -> {
              writer.write(part);
              return Files.move(part, part.resolveSibling(name), StandardCopyOption.ATOMIC_MOVE);
            });
    delete(directory, name + COMING);
  }

  /** It will not come. */
  public static void fail(SharedDirectory directory, String name, String why) throws IOException {
    Path coming = directory.find(name + COMING);
    if (coming != null) {
      Files.write(coming, why.getBytes(StandardCharsets.UTF_8));
      var unused =
          Files.move(coming, coming.resolveSibling(name + FAILED), StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** Nobody is to find it any more. */
  public static void forget(SharedDirectory directory, String name) throws IOException {
    delete(directory, name + COMING);
    delete(directory, name + FAILED);
    delete(directory, name);
  }

  private static void delete(SharedDirectory directory, String name) throws IOException {
    Path file = directory.find(name);
    if (file != null) {
      Files.deleteIfExists(file);
    }
  }

  /**
   * Waits for it.
   *
   * @throws NoSuchFileException if it is not on its way
   * @throws IOException if it will not come, or the thread is interrupted, which it stays
   */
  public static Path await(SharedDirectory directory, String name) throws IOException {
    while (true) {
      boolean wasComing = directory.find(name + COMING) != null;
      Path there = directory.find(name);
      if (there != null) {
        return there;
      }
      String why = failure(directory, name);
      if (why != null) {
        throw new IOException(why);
      }
      if (!wasComing) {
        throw new NoSuchFileException(name);
      }
      try {
        Thread.sleep(LOOK_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while waiting for " + name, e);
      }
    }
  }

  private static @Nullable String failure(SharedDirectory directory, String name)
      throws IOException {
    Path failed = directory.find(name + FAILED);
    return failed == null ? null : Files.readString(failed);
  }
}

package dev.procession.internal.parent;

import dev.procession.internal.wire.SharedDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A directory for the life of this JVM, for what would be in the {@link CacheDirectory} if there
 * were one. It is deleted when the JVM ends or, if that is killed, by a later one. Any thread may
 * call it.
 */
public final class JvmDirectory {
  private static @Nullable Path made; // guarded by the class

  private JvmDirectory() {}

  /**
   * The directory.
   *
   * @throws IOException if it cannot be made, or the JVM is ending
   */
  public static synchronized Path get() throws IOException {
    Path directory = made;
    if (directory == null) {
      SharedDirectory shared = SharedDirectory.create(List.of(SharedDirectory.temporaryBase()));
      try {
        Runtime.getRuntime().addShutdownHook(new Thread(shared::close, "procession-directory"));
      } catch (IllegalStateException e) {
        shared.close();
        throw new IOException("this JVM is ending", e);
      }
      directory = shared.first();
      made = directory;
    }
    return directory;
  }
}

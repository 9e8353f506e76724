package dev.procession.cluster;

import dev.procession.cluster.internal.security.SecurityFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How the processes of a cluster know each other: by certificates, in both directions and with all
 * that they say encrypted, and by a user with a password; or not at all.
 *
 * <p>The file has properties; {@code procession cluster keys DIRECTORY} makes such files.
 *
 * <ul>
 *   <li>{@code keyStore} and {@code keyStorePassword}: a PKCS #12 file with this process's
 *       certificate and its key, from the properties file's directory,
 *   <li>{@code trustStore} and {@code trustStorePassword}: one with the certificates of those that
 *       sign the others',
 *   <li>{@code user} and {@code password}: as whom this process takes part,
 *   <li>{@code users.NAME}, for nodes: {@code submit HASH} or {@code member HASH}, whom it lets in
 *       and whether only to submit tasks. A node reads the file anew whenever somebody comes.
 * </ul>
 */
public final class ClusterSecurity {
  private static final ClusterSecurity NONE = new ClusterSecurity(null);

  private final @Nullable Path file;

  private ClusterSecurity(@Nullable Path file) {
    this.file = file;
  }

  /** By what a file says. It is read when the process that it is for is started. */
  public static ClusterSecurity of(Path file) {
    return new ClusterSecurity(Objects.requireNonNull(file, "file").toAbsolutePath());
  }

  /**
   * None: all that is said can be read by whoever is on the way, and whoever reaches a node's port
   * can have it run anything. For a machine of one's own, or a network in which nobody else is.
   */
  public static ClusterSecurity none() {
    return NONE;
  }

  /** One that was chosen. */
  static ClusterSecurity required(@Nullable ClusterSecurity chosen) {
    if (chosen == null) {
      throw new IllegalArgumentException(
          "security must name a file of certificates ('procession cluster keys DIRECTORY' makes one),"
              + " or insecure() be said");
    }
    return chosen;
  }

  /** The file that it names, looked through; null for none. */
  @Nullable Path checked(boolean member) {
    if (file != null) {
      try {
        SecurityFile.read(file).check(member);
      } catch (IOException e) {
        throw new UncheckedIOException("security: " + e.getMessage(), e);
      }
    }
    return file;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ClusterSecurity that && Objects.equals(file, that.file);
  }

  @Override
  public int hashCode() {
    return Objects.hashCode(file);
  }

  @Override
  public String toString() {
    return file == null ? "none" : file.toString();
  }
}

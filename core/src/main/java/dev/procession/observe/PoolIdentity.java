package dev.procession.observe;

import java.io.Serializable;
import java.time.Instant;
import java.util.Objects;

/**
 * Which pool it is.
 *
 * @param name the pool's name, which others may have as well
 * @param pid process id of the JVM that has the pool
 * @param started when it was built
 * @param command main class or jar of that JVM, perhaps empty
 * @param address where it can be reached; for {@link PoolView#attach}, not for people
 */
public record PoolIdentity(String name, long pid, Instant started, String command, String address)
    implements Serializable {

  /** Checks that nothing is missing. */
  public PoolIdentity {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(started, "started");
    Objects.requireNonNull(command, "command");
    Objects.requireNonNull(address, "address");
  }
}

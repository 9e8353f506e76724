package dev.procession.cluster.internal.engine;

import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * How a process takes part in a cluster; as a file on its way to that process.
 *
 * @param name of the process, for people
 * @param member whether it runs tasks
 * @param connect addresses of members, each {@code host:port}
 * @param bind the address to listen at, and to be reached at by the others
 * @param discoveryPort where a member listens for those that come; its communication is one above
 * @param joinMillis how long to look for the others, 0 for ever
 * @param security file of certificates and users, null for none
 * @param sharedBytes of a member: how much it keeps of what submitters share
 */
public record EngineConfig(
    String name,
    boolean member,
    List<String> connect,
    String bind,
    int discoveryPort,
    long joinMillis,
    @Nullable Path security,
    long sharedBytes) {

  /** Copies the list. */
  public EngineConfig {
    connect = List.copyOf(connect);
  }

  /** Puts it into properties. */
  public void write(Properties properties) {
    properties.setProperty("name", name);
    properties.setProperty("member", Boolean.toString(member));
    properties.setProperty("connect", String.join(",", connect));
    properties.setProperty("bind", bind);
    properties.setProperty("discoveryPort", Integer.toString(discoveryPort));
    properties.setProperty("joinMillis", Long.toString(joinMillis));
    properties.setProperty("sharedBytes", Long.toString(sharedBytes));
    if (security != null) {
      properties.setProperty("security", security.toString());
    }
  }

  /** Reads it from properties. */
  public static EngineConfig read(Properties properties) {
    String connect = properties.getProperty("connect", "");
    String security = properties.getProperty("security");
    return new EngineConfig(
        properties.getProperty("name", ""),
        Boolean.parseBoolean(properties.getProperty("member")),
        connect.isEmpty() ? List.of() : List.of(connect.split(",")),
        properties.getProperty("bind", "127.0.0.1"),
        Integer.parseInt(properties.getProperty("discoveryPort", "0")),
        Long.parseLong(properties.getProperty("joinMillis", "0")),
        security == null ? null : Path.of(security),
        Long.parseLong(properties.getProperty("sharedBytes", "0")));
  }
}

package dev.procession.cluster;

import dev.procession.internal.os.MachineMemory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link ClusterNode} is to be.
 *
 * @param name of the node, for people: in reports, snapshots and logs
 * @param workers how many tasks it runs at a time
 * @param bind the address at which it listens and the others reach it
 * @param port the first of two ports that it takes: for those that come, and for messages
 * @param connect addresses of other nodes, {@code host:port} each; none for the first one
 * @param security how it and the others know each other
 * @param maxEnvelope how many bytes a task may have, with its arguments
 * @param sharedMemory how many bytes the node keeps at the most of what pools {@code share}
 * @param keepResults how long the node keeps what has become of a detached task
 */
public record NodeConfig(
    String name,
    int workers,
    String bind,
    int port,
    List<String> connect,
    ClusterSecurity security,
    long maxEnvelope,
    long sharedMemory,
    Duration keepResults) {
  /** The port of a node that is told none. */
  public static final int DEFAULT_PORT = 47500;

  /** Of a node that is told nothing else: 256 MiB. */
  public static final long DEFAULT_MAX_ENVELOPE = 256L << 20;

  /** No node has less for shared values: 64 MiB. */
  public static final long LEAST_SHARED_MEMORY = 64L << 20;

  /** Of a node that is told nothing else: a day. */
  public static final Duration DEFAULT_KEEP_RESULTS = Duration.ofDays(1);

  private static final int SHARED_PART = 8; // of the machine's memory
  private static final Duration LEAST_KEEPING = Duration.ofSeconds(1);
  private static final Duration MOST_KEEPING = Duration.ofDays(365);

  private static final long MOST_ENVELOPE = 2_000L << 20;
  private static final int MOST_WORKERS = 1024;
  private static final int MOST_PORT = 65_534;

  /**
   * Checks the components.
   *
   * @throws IllegalArgumentException if one is out of its range; the message says which
   */
  public NodeConfig {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(bind, "bind");
    Objects.requireNonNull(security, "security");
    if (name.isBlank()) {
      throw new IllegalArgumentException("name must not be blank");
    }
    if (workers < 1 || workers > MOST_WORKERS) {
      throw new IllegalArgumentException(
          "workers must be from 1 to " + MOST_WORKERS + ", was " + workers);
    }
    if (port < 1 || port > MOST_PORT) {
      throw new IllegalArgumentException("port must be from 1 to " + MOST_PORT + ", was " + port);
    }
    if (maxEnvelope < 1 || maxEnvelope > MOST_ENVELOPE) {
      throw new IllegalArgumentException(
          "maxEnvelope must be from 1 to " + MOST_ENVELOPE + " bytes, was " + maxEnvelope);
    }
    if (sharedMemory < LEAST_SHARED_MEMORY) {
      throw new IllegalArgumentException(
          "sharedMemory must be at least "
              + LEAST_SHARED_MEMORY
              + " bytes (64 MiB), was "
              + sharedMemory);
    }
    if (keepResults.compareTo(LEAST_KEEPING) < 0 || keepResults.compareTo(MOST_KEEPING) > 0) {
      throw new IllegalArgumentException(
          "keepResults must be from 1 second to 365 days, was " + keepResults);
    }
    connect = List.copyOf(connect);
    connect.forEach(NodeConfig::checkAddress);
  }

  /** Whether it names a host and a port. */
  static void checkAddress(String address) {
    int colon = address.lastIndexOf(':');
    try {
      int port = Integer.parseInt(address.substring(colon + 1));
      if (colon > 0 && port > 0 && port <= MOST_PORT) {
        return;
      }
    } catch (NumberFormatException e) {
      // As below.
    }
    throw new IllegalArgumentException("connect must name host:port, was '" + address + "'");
  }

  /** Starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects the components; not for several threads. */
  public static final class Builder {
    private @Nullable String name;
    private int workers = Runtime.getRuntime().availableProcessors();
    private String bind = "127.0.0.1";
    private int port = DEFAULT_PORT;
    private final List<String> connect = new ArrayList<>();
    private @Nullable ClusterSecurity security;
    private long maxEnvelope = DEFAULT_MAX_ENVELOPE;
    private Duration keepResults = DEFAULT_KEEP_RESULTS;
    private long sharedMemory = Math.max(LEAST_SHARED_MEMORY, MachineMemory.bytes() / SHARED_PART);

    private Builder() {}

    /** Default: the host's name and the port. */
    public Builder name(String name) {
      this.name = Objects.requireNonNull(name, "name");
      return this;
    }

    /** From 1 to 1024. Default: as many as there are processors. */
    public Builder workers(int workers) {
      this.workers = workers;
      return this;
    }

    /** Default: the loopback address, at which only this machine reaches it. */
    public Builder bind(String bind) {
      this.bind = Objects.requireNonNull(bind, "bind");
      return this;
    }

    /** Default: {@value NodeConfig#DEFAULT_PORT}. */
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /** Adds addresses of other nodes, {@code host:port} each. */
    public Builder connect(String... addresses) {
      connect.addAll(Arrays.asList(addresses));
      return this;
    }

    /**
     * The file with the nodes' certificate and users; {@link ClusterSecurity} says what is in it.
     */
    public Builder security(Path file) {
      this.security = ClusterSecurity.of(file);
      return this;
    }

    /** Without certificates and users; {@link ClusterSecurity#none} says what that means. */
    public Builder insecure() {
      this.security = ClusterSecurity.none();
      return this;
    }

    /**
     * How many bytes a task may have with its arguments, from 1 to 2,097,152,000. A longer one is
     * not sent to the node and fails; who sends it all the same is refused. Default: 256 MiB.
     */
    public Builder maxEnvelope(long bytes) {
      this.maxEnvelope = bytes;
      return this;
    }

    /**
     * How many bytes the node keeps at the most of what pools {@code share}, outside its heap: it
     * has a part of each value, twice what is shared divided by the number of nodes. At least 64
     * MiB. Default: an eighth of the memory that the machine or container has.
     */
    public Builder sharedMemory(long bytes) {
      this.sharedMemory = bytes;
      return this;
    }

    /**
     * How long the node keeps what has become of a task that was {@linkplain ClusterPool#detach
     * detached}, from a second to 365 days. Default: a day.
     */
    public Builder keepResults(Duration time) {
      this.keepResults = Objects.requireNonNull(time, "time");
      return this;
    }

    /**
     * The configuration.
     *
     * @throws IllegalArgumentException if an option is out of its range, or neither a file of
     *     certificates was named nor {@link #insecure} said
     */
    public NodeConfig build() {
      return new NodeConfig(
          name == null ? hostName() + ":" + port : name,
          workers,
          bind,
          port,
          connect,
          ClusterSecurity.required(security),
          maxEnvelope,
          sharedMemory,
          keepResults);
    }

    private static String hostName() {
      try {
        return InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException e) {
        return "node"; // a machine that does not know its own name
      }
    }
  }
}

package dev.procession.cluster;

import dev.procession.cluster.internal.engine.EngineConfig;
import dev.procession.cluster.internal.gateway.GatewayLink;
import dev.procession.cluster.internal.link.ClusterLink;
import dev.procession.cluster.internal.submitter.Operator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks after the nodes of a cluster: which there are, and has one drained. Where a cluster has
 * users, only who has the nodes' own file may do that.
 *
 * <p>For one thread.
 */
public final class ClusterOperator implements AutoCloseable {
  private final Operator operator;

  private ClusterOperator(Operator operator) {
    this.operator = operator;
  }

  /** Starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** The names of the nodes that are there. */
  public List<String> nodes() {
    return operator.names();
  }

  /**
   * Has a node finish what runs there and take nothing new, and waits until nothing is left; what
   * it has not begun goes to others. It goes on to drain if the time is over.
   *
   * @param node its name
   * @param patience how long to wait
   * @param left is told how many calls it has left, now and then
   * @return whether nothing is left; false if the time was over
   * @throws IllegalArgumentException if there is no node of that name, or several are
   * @throws UncheckedIOException if it refuses, or is lost before it has said that nothing is left
   */
  public boolean drain(String node, Duration patience, IntConsumer left)
      throws InterruptedException {
    Objects.requireNonNull(patience, "patience");
    try {
      return operator.drain(node, patience, left);
    } catch (IOException e) {
      throw new UncheckedIOException("node '" + node + "': " + e.getMessage(), e);
    }
  }

  /** Leaves the cluster. */
  @Override
  public void close() {
    operator.close();
  }

  /** Collects the options; not for several threads. */
  public static final class Builder {
    private final List<String> connect = new ArrayList<>();
    private String bind = "127.0.0.1";
    private Duration connectTimeout = Duration.ofSeconds(30);
    private @Nullable ClusterSecurity security;

    private Builder() {}

    /** Adds addresses of nodes, {@code host:port} each; one that answers is enough. */
    public Builder connect(String... addresses) {
      for (String address : addresses) {
        NodeConfig.checkAddress(address);
      }
      connect.addAll(Arrays.asList(addresses));
      return this;
    }

    /** The address of this machine at which nodes reach it. Default: the loopback address. */
    public Builder bind(String address) {
      this.bind = Objects.requireNonNull(address, "bind");
      return this;
    }

    /** How long to look for the cluster. Default: 30 seconds. */
    public Builder connectTimeout(Duration timeout) {
      if (timeout.isNegative() || timeout.isZero()) {
        throw new IllegalArgumentException("connectTimeout must be above 0, was " + timeout);
      }
      this.connectTimeout = timeout;
      return this;
    }

    /** The nodes' own file; {@link ClusterSecurity} says what is in it. */
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
     * Connects to the cluster.
     *
     * @throws IllegalArgumentException if no address was given, or neither a file of certificates
     *     nor {@link #insecure}
     * @throws UncheckedIOException if the cluster cannot be reached
     */
    public ClusterOperator build() {
      if (connect.isEmpty()) {
        throw new IllegalArgumentException("connect must name a node at least, host:port");
      }
      EngineConfig engine =
          new EngineConfig(
              "operator",
              /* member= */ false,
              connect,
              bind,
              /* discoveryPort= */ 0,
              Math.max(1, connectTimeout.toMillis()),
              ClusterSecurity.required(security).checked(/* member= */ false));
      ClusterLink link = new GatewayLink(engine);
      try {
        return new ClusterOperator(Operator.over(link));
      } catch (IOException e) {
        throw new UncheckedIOException(e.getMessage(), e);
      }
    }
  }
}

package dev.procession.cluster;

import dev.procession.cluster.internal.gateway.GatewayLink;
import dev.procession.cluster.internal.submitter.Operator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.IntConsumer;

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
    private final Reach reach = new Reach();

    private Builder() {}

    /** Adds addresses of nodes, {@code host:port} each; one that answers is enough. */
    public Builder connect(String... addresses) {
      reach.connect(addresses);
      return this;
    }

    /** The address of this machine at which nodes reach it. Default: the loopback address. */
    public Builder bind(String address) {
      reach.bind(address);
      return this;
    }

    /** How long to look for the cluster. Default: 30 seconds. */
    public Builder connectTimeout(Duration timeout) {
      reach.timeout(timeout);
      return this;
    }

    /** The nodes' own file; {@link ClusterSecurity} says what is in it. */
    public Builder security(Path file) {
      reach.security(ClusterSecurity.of(file));
      return this;
    }

    /** Without certificates and users; {@link ClusterSecurity#none} says what that means. */
    public Builder insecure() {
      reach.security(ClusterSecurity.none());
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
      try {
        return new ClusterOperator(Operator.over(new GatewayLink(reach.engine("operator"))));
      } catch (IOException e) {
        throw new UncheckedIOException(e.getMessage(), e);
      }
    }
  }
}

package dev.procession.cluster;

import dev.procession.cluster.internal.engine.EngineConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How a process that is no node reaches a cluster: those options that several builders have. */
final class Reach {
  private final List<String> connect = new ArrayList<>();
  private String bind = "127.0.0.1";
  private Duration timeout = Duration.ofSeconds(30);
  private @Nullable ClusterSecurity security;

  void connect(String... addresses) {
    for (String address : addresses) {
      NodeConfig.checkAddress(address);
    }
    connect.addAll(Arrays.asList(addresses));
  }

  void bind(String address) {
    bind = Objects.requireNonNull(address, "bind");
  }

  void timeout(Duration timeout) {
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("connectTimeout must be above 0, was " + timeout);
    }
    this.timeout = timeout;
  }

  Duration timeout() {
    return timeout;
  }

  void security(ClusterSecurity chosen) {
    security = chosen;
  }

  /**
   * Looks whether all is there that is needed.
   *
   * @throws IllegalArgumentException if not
   */
  void check() {
    if (connect.isEmpty()) {
      throw new IllegalArgumentException("connect must name a node at least, host:port");
    }
    var unused = ClusterSecurity.required(security);
  }

  /** How a process of that name takes part. */
  EngineConfig engine(String name) {
    check();
    return new EngineConfig(
        name,
        /* member= */ false,
        connect,
        bind,
        /* discoveryPort= */ 0,
        Math.max(1, timeout.toMillis()),
        ClusterSecurity.required(security).checked(/* member= */ false),
        /* sharedBytes= */ NodeConfig.LEAST_SHARED_MEMORY);
  }
}

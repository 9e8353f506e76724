package dev.procession.cli;

import dev.procession.cluster.ClusterOperator;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** How an operator's command reaches a cluster. */
final class ConnectOptions {
  @Option(
      names = "--connect",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:47500",
      description = "a node of the cluster; may be given several times (default: ${DEFAULT-VALUE})")
  private List<String> connect = List.of();

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description =
          "the address of this machine at which nodes reach it (default: ${DEFAULT-VALUE})")
  private String bind = "";

  @Option(
      names = "--reach",
      paramLabel = "TIME",
      converter = Durations.class,
      defaultValue = "30s",
      description = "how long to look for the cluster (default: ${DEFAULT-VALUE})")
  private Duration reach = Duration.ZERO;

  @ArgGroup(exclusive = true, multiplicity = "1")
  @SuppressWarnings("NullAway.Init") // by picocli
  private SecurityOption security;

  /** Connects. */
  ClusterOperator operator() {
    ClusterOperator.Builder builder =
        ClusterOperator.builder()
            .connect(connect.toArray(String[]::new))
            .bind(bind)
            .connectTimeout(reach);
    security.tell(builder::security, builder::insecure);
    return builder.build();
  }
}

package dev.procession.cluster;

import dev.procession.cluster.internal.engine.EngineConfig;
import dev.procession.cluster.internal.member.NodeMain;
import dev.procession.cluster.internal.process.EngineProcess;
import dev.procession.cluster.internal.process.StartDeadline;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member of a cluster: runs the tasks of {@link ClusterPool}s. It is a process of its own, beside
 * this JVM, and ends with it.
 *
 * <p>Any thread may call it.
 */
public final class ClusterNode implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterNode.class);

  /** How long it looks for the others that it was told of. */
  private static final long LOOK_MILLIS = 60_000;

  /** Looking for the others included. */
  private static final long JOIN_MILLIS = 120_000;

  private final NodeConfig config;
  private final EngineProcess process;
  private final CompletableFuture<Void> draining = new CompletableFuture<>();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private volatile boolean closed;

  private ClusterNode(NodeConfig config, EngineProcess process) {
    this.config = config;
    this.process = process;
  }

  /**
   * Starts a node, and waits until it is part of its cluster.
   *
   * <p>A node that names others joins them, or is not started; one that names none, or itself among
   * them, is the first of a cluster if no other answers.
   *
   * @throws UncheckedIOException if it cannot be started, if its ports are taken for example, or is
   *     not part of its cluster within two minutes, or the thread is interrupted meanwhile
   */
  public static ClusterNode start(NodeConfig config) {
    Properties properties = new Properties();
    new EngineConfig(
            config.name(),
            /* member= */ true,
            config.connect(),
            config.bind(),
            config.port(),
            LOOK_MILLIS,
            config.security().checked(/* member= */ true),
            config.sharedMemory())
        .write(properties);
    properties.setProperty(NodeMain.WORKERS, Integer.toString(config.workers()));
    properties.setProperty(NodeMain.MOST_BYTES, Long.toString(config.maxEnvelope()));
    properties.setProperty(NodeMain.KEEP_RESULTS, config.keepResults().toString());
    ClusterNode node = null;
    boolean started = false;
    try {
      node =
          new ClusterNode(
              config,
              EngineProcess.start(
                  NodeMain.class,
                  properties,
                  List.of(),
                  line -> LOG.info("node {} | {}", config.name(), line)));
      node.awaitReady();
      started = true;
      return node;
    } catch (IOException e) {
      throw new UncheckedIOException("node '" + config.name() + "': " + e.getMessage(), e);
    } finally {
      if (!started && node != null) {
        node.close();
      }
    }
  }

  private void awaitReady() throws IOException {
    try (StartDeadline deadline = new StartDeadline(process, JOIN_MILLIS)) {
      byte[] said = process.pipe().receive();
      String text = said == null ? "" : new String(said, StandardCharsets.UTF_8);
      if (deadline.isOver()) {
        throw new IOException(
            "it did not become part of its cluster in "
                + JOIN_MILLIS / 1_000
                + " s; do its two ports reach the others', and theirs it?"
                + process.printed());
      }
      if (!text.equals(NodeMain.READY)) {
        throw new IOException(
            text.startsWith(NodeMain.FAILED)
                ? text.substring(NodeMain.FAILED.length())
                : "its process ended at once" + process.printed());
      }
    } catch (ClosedByInterruptException e) {
      throw new IOException("interrupted while it was started", e);
    }
    Thread reader = new Thread(this::read, "procession-node-" + config.name());
    reader.setDaemon(true);
    reader.start();
  }

  private void read() {
    try {
      byte[] said;
      while ((said = process.pipe().receive()) != null) {
        String word = new String(said, StandardCharsets.UTF_8);
        if (word.equals(NodeMain.DRAINING)) {
          draining.complete(null);
        } else if (word.equals(NodeMain.DRAINED)) {
          drained.complete(null);
        }
      }
    } catch (IOException e) {
      LOG.debug("the pipe of node {}", config.name(), e);
    }
    if (!closed) {
      LOG.error("node {} has ended{}", config.name(), process.printed());
    }
    ended.complete(null);
    draining.complete(null);
    drained.complete(null);
  }

  /** Its name. */
  public String name() {
    return config.name();
  }

  /** Where others connect to: {@code host:port}. */
  public String address() {
    return config.bind() + ":" + config.port();
  }

  /** Process id of the node. */
  public long pid() {
    return process.pid();
  }

  /** Whether its process is there. */
  public boolean isRunning() {
    return !ended.isDone();
  }

  /** Is completed when it takes nothing new any more, whoever has told it to, or has ended. */
  public CompletableFuture<Void> draining() {
    return draining.copy();
  }

  /** Is completed when nothing is left of what it was given after that, or it has ended. */
  public CompletableFuture<Void> drained() {
    return drained.copy();
  }

  /**
   * Has it finish what runs there and take nothing new; what it has not begun goes elsewhere.
   *
   * @param patience how long to wait for what runs
   * @return whether nothing is left
   */
  public boolean drain(Duration patience) throws InterruptedException {
    Objects.requireNonNull(patience, "patience");
    try {
      process.pipe().send(NodeMain.DRAIN.getBytes(StandardCharsets.UTF_8));
      drained.get(Math.max(0, patience.toMillis()), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (IOException | ExecutionException e) {
      return !isRunning(); // it is gone, or was to be, by an interrupt
    }
  }

  /** Stops what runs there and ends it; to let that finish, {@link #drain} it before. */
  @Override
  public void close() {
    closed = true;
    process.close();
  }

  @Override
  public String toString() {
    return "ClusterNode " + name() + " at " + address();
  }
}

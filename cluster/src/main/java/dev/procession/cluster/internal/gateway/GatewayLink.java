package dev.procession.cluster.internal.gateway;

import dev.procession.cluster.internal.engine.EngineConfig;
import dev.procession.cluster.internal.gateway.GatewayMessage.Kind;
import dev.procession.cluster.internal.link.ClusterLink;
import dev.procession.cluster.internal.link.ClusterMemory;
import dev.procession.cluster.internal.process.EngineProcess;
import dev.procession.cluster.internal.process.StartDeadline;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A submitter's link: through a gateway process, so that the engine is not in this JVM. */
public final class GatewayLink implements ClusterLink {
  private static final Logger LOG = LoggerFactory.getLogger(GatewayLink.class);

  /** After the cluster was found. */
  private static final long OPEN_MILLIS = 30_000;

  private final EngineConfig config;
  private volatile @Nullable EngineProcess process;
  private volatile ClusterMemory memory = ClusterMemory.NONE;
  private volatile boolean closed;

  /** A link whose gateway is not started yet. */
  public GatewayLink(EngineConfig config) {
    this.config = config;
  }

  @Override
  public void open(Events events) throws IOException {
    Properties properties = new Properties();
    config.write(properties);
    EngineProcess started =
        EngineProcess.start(
            GatewayMain.class,
            properties,
            // What it had no room for would be missing between what comes before and after.
            List.of("-Xmx512m", "-XX:+ExitOnOutOfMemoryError"),
            line -> LOG.debug("gateway | {}", line));
    process = started;
    GatewayMemory kept = new GatewayMemory(started.pipe());
    memory = kept;
    boolean ready = false;
    Set<Peer> present = new LinkedHashSet<>();
    try (StartDeadline deadline = new StartDeadline(started, config.joinMillis() + OPEN_MILLIS)) {
      // Peers may be told of before the word that all is well.
      while (!ready) {
        byte[] message = started.pipe().receive();
        if (message == null && deadline.isOver()) {
          throw new IOException(
              "the cluster was found but has not let this process in; do its address "
                  + config.bind()
                  + " and the nodes' two ports reach each other?");
        }
        if (message == null) {
          throw new IOException("the gateway to the cluster ended at once" + started.printed());
        }
        GatewayMessage first = GatewayMessage.read(message);
        if (first.kind() == Kind.FAILED) {
          throw new IOException(new String(first.content(), StandardCharsets.UTF_8));
        }
        ready = first.kind() == Kind.READY;
        take(first, events, present, kept);
      }
    } finally {
      if (!ready) {
        started.close();
      }
    }
    Thread reader =
        new Thread(() -> read(started, events, present, kept), "procession-gateway-link");
    reader.setDaemon(true);
    reader.start();
  }

  private void read(EngineProcess from, Events events, Set<Peer> present, GatewayMemory kept) {
    try {
      byte[] message;
      while ((message = from.pipe().receive()) != null) {
        take(GatewayMessage.read(message), events, present, kept);
      }
    } catch (IOException | RuntimeException | Error e) {
      LOG.debug("the gateway's pipe", e);
    }
    kept.end();
    if (!closed) {
      String printed = from.printed();
      LOG.error("the gateway to the cluster has ended{}", printed);
      present.forEach(events::left);
      events.broken("its gateway to the cluster has ended" + printed);
    }
  }

  private void take(GatewayMessage message, Events events, Set<Peer> present, GatewayMemory kept)
      throws IOException {
    switch (message.kind()) {
      case JOINED -> {
        present.add(message.peer());
        events.joined(message.peer());
      }
      case LEFT -> {
        present.remove(message.peer());
        events.left(message.peer());
      }
      case DONE -> kept.done(message.content());
      case RECEIVED -> events.received(message.peer(), message.content());
      default -> {
        // It has no meaning here.
      }
    }
  }

  @Override
  public void send(Peer peer, byte[] message) throws IOException {
    EngineProcess open = Objects.requireNonNull(process, "not open");
    open.pipe().send(new GatewayMessage(Kind.SEND, peer, message).toBytes());
  }

  @Override
  public boolean sendNow(Peer peer, byte[] message) throws IOException {
    EngineProcess open = process;
    return open != null
        && open.pipe().trySend(new GatewayMessage(Kind.SEND, peer, message).toBytes());
  }

  @Override
  public ClusterMemory memory() {
    return memory;
  }

  @Override
  public void close() {
    closed = true;
    EngineProcess open = process;
    if (open != null) {
      open.close();
    }
  }
}

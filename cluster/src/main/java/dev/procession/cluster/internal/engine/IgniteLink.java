package dev.procession.cluster.internal.engine;

import dev.procession.cluster.internal.link.ClusterLink;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.ignite.Ignite;
import org.apache.ignite.IgniteException;
import org.apache.ignite.Ignition;
import org.apache.ignite.cluster.ClusterNode;
import org.apache.ignite.configuration.IgniteConfiguration;
import org.apache.ignite.events.DiscoveryEvent;
import org.apache.ignite.events.EventType;
import org.apache.ignite.lang.IgnitePredicate;
import org.apache.ignite.logger.NullLogger;
import org.apache.ignite.spi.communication.tcp.TcpCommunicationSpi;
import org.apache.ignite.spi.discovery.tcp.TcpDiscoverySpi;
import org.apache.ignite.spi.discovery.tcp.ipfinder.vm.TcpDiscoveryVmIpFinder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A link over Apache Ignite: its discovery says who is there, its ordered messages carry ours, and
 * nothing else of it is used. A member is a server node, a submitter a client node.
 */
public final class IgniteLink implements ClusterLink {
  private static final Logger LOG = LoggerFactory.getLogger(IgniteLink.class);
  private static final String TOPIC = "procession";
  private static final String MEMBER = "procession.member";
  private static final String NAME = "procession.name";

  /** With the default of 32 KiB bursts of messages stall on loopback. */
  private static final int SOCKET_BYTES = 1 << 20;

  private static final long ORDER_MILLIS = 60_000;

  private final EngineConfig config;
  private final Path workDirectory;
  private final BlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>();
  private final Set<UUID> present = new HashSet<>(); // the delivering thread's
  private final Thread delivery;
  private volatile boolean closed;
  private Ignite ignite; // set by open

  /**
   * A link that is not open yet.
   *
   * @param workDirectory where the engine may write
   */
  @SuppressWarnings("NullAway.Init")
  public IgniteLink(EngineConfig config, Path workDirectory) {
    this.config = config;
    this.workDirectory = workDirectory;
    this.delivery = new Thread(this::deliver, "procession-link");
    this.delivery.setDaemon(true);
  }

  @Override
  @SuppressWarnings("serial") // listeners of this process, which are never sent
  public void open(Events events) throws IOException {
    try {
      ignite = Ignition.start(configuration());
    } catch (IgniteException e) {
      throw new IOException("the cluster's engine cannot be started: " + e.getMessage(), e);
    }
    delivery.start();
    IgnitePredicate<DiscoveryEvent> listener =
        event -> {
          ClusterNode node = event.eventNode();
          inbox.add(
              event.type() == EventType.EVT_NODE_JOINED
                  ? () -> joined(node, events)
                  : () -> left(node, events));
          return true;
        };
    ignite
        .events()
        .localListen(
            listener,
            EventType.EVT_NODE_JOINED,
            EventType.EVT_NODE_LEFT,
            EventType.EVT_NODE_FAILED);
    ignite.message().localListen(TOPIC, (id, message) -> take(id, message, events));
    List<ClusterNode> nodes = new ArrayList<>(ignite.cluster().nodes());
    inbox.add(() -> nodes.forEach(node -> joined(node, events)));
  }

  private IgniteConfiguration configuration() {
    TcpDiscoveryVmIpFinder finder = new TcpDiscoveryVmIpFinder(/* shared= */ true);
    List<String> addresses = new ArrayList<>(config.connect());
    if (config.member()) {
      addresses.add(config.bind() + ":" + config.discoveryPort());
    }
    finder.setAddresses(addresses);
    TcpDiscoverySpi discovery = new TcpDiscoverySpi();
    discovery.setIpFinder(finder);
    discovery.setLocalAddress(config.bind());
    TcpCommunicationSpi communication = new TcpCommunicationSpi();
    communication.setLocalAddress(config.bind());
    communication.setSocketSendBuffer(SOCKET_BYTES);
    communication.setSocketReceiveBuffer(SOCKET_BYTES);
    if (config.member()) {
      discovery.setLocalPort(config.discoveryPort());
      discovery.setLocalPortRange(0);
      communication.setLocalPort(config.discoveryPort() + 1);
      communication.setLocalPortRange(0);
    }
    return new IgniteConfiguration()
        .setIgniteInstanceName(config.name())
        .setClientMode(!config.member())
        .setLocalHost(config.bind())
        .setDiscoverySpi(discovery)
        .setCommunicationSpi(communication)
        .setWorkDirectory(workDirectory.toString())
        .setUserAttributes(Map.of(MEMBER, config.member(), NAME, config.name()))
        .setIncludeEventTypes(
            EventType.EVT_NODE_JOINED, EventType.EVT_NODE_LEFT, EventType.EVT_NODE_FAILED)
        .setGridLogger(new NullLogger())
        .setMetricsLogFrequency(0)
        .setClientConnectorConfiguration(null)
        .setConnectorConfiguration(null);
  }

  /* ---- What comes: told by one thread ---- */

  private void deliver() {
    try {
      while (!closed) {
        inbox.take().run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void joined(ClusterNode node, Events events) {
    if (!node.isLocal() && node.attribute(NAME) != null && present.add(node.id())) {
      events.joined(peer(node));
    }
  }

  private void left(ClusterNode node, Events events) {
    if (present.remove(node.id())) {
      events.left(peer(node));
    }
  }

  private static Peer peer(ClusterNode node) {
    return new Peer(
        node.id().toString(),
        node.<String>attribute(NAME),
        Boolean.TRUE.equals(node.attribute(MEMBER)));
  }

  private boolean take(UUID id, Object message, Events events) {
    ClusterNode node = ignite.cluster().node(id);
    if (node != null && message instanceof byte[] bytes) {
      inbox.add(
          () -> {
            joined(node, events); // its event may be on the way
            if (present.contains(id)) {
              events.received(peer(node), bytes);
            }
          });
    }
    return !closed;
  }

  /* ---- What goes ---- */

  @Override
  public void send(Peer peer, byte[] message) throws IOException {
    UUID id = UUID.fromString(peer.id());
    ClusterNode node = ignite.cluster().node(id);
    if (node == null) {
      throw new IOException(peer.name() + " is not in the cluster any more");
    }
    try {
      ignite.message(ignite.cluster().forNode(node)).sendOrdered(TOPIC, message, ORDER_MILLIS);
    } catch (IgniteException e) {
      throw new IOException("nothing could be sent to " + peer.name(), e);
    }
  }

  @Override
  public void close() {
    closed = true;
    inbox.add(() -> {});
    try {
      ignite.close();
    } catch (IgniteException e) {
      LOG.debug("closing the engine", e);
    }
  }
}

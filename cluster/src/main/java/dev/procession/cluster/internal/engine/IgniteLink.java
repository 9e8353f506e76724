package dev.procession.cluster.internal.engine;

import dev.procession.cluster.internal.link.ClusterLink;
import dev.procession.cluster.internal.link.ClusterMemory;
import dev.procession.cluster.internal.security.SecurityFile;
import dev.procession.cluster.internal.security.SecurityFile.Role;
import dev.procession.cluster.internal.security.SecurityFile.User;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.apache.ignite.Ignite;
import org.apache.ignite.IgniteCheckedException;
import org.apache.ignite.IgniteException;
import org.apache.ignite.IgniteState;
import org.apache.ignite.Ignition;
import org.apache.ignite.cluster.ClusterNode;
import org.apache.ignite.configuration.IgniteConfiguration;
import org.apache.ignite.events.DiscoveryEvent;
import org.apache.ignite.events.EventType;
import org.apache.ignite.internal.GridKernalContext;
import org.apache.ignite.internal.IgniteEx;
import org.apache.ignite.internal.managers.communication.GridIoPolicy;
import org.apache.ignite.internal.util.GridByteArrayList;
import org.apache.ignite.lang.IgnitePredicate;
import org.apache.ignite.plugin.segmentation.SegmentationPolicy;
import org.apache.ignite.spi.communication.tcp.TcpCommunicationSpi;
import org.apache.ignite.spi.discovery.tcp.TcpDiscoverySpi;
import org.apache.ignite.spi.discovery.tcp.internal.TcpDiscoveryNode;
import org.apache.ignite.spi.discovery.tcp.ipfinder.vm.TcpDiscoveryVmIpFinder;
import org.apache.ignite.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A link over Apache Ignite: its discovery says who is there, its messages carry ours, and nothing
 * else of it is used. A member is a server node, a submitter a client node.
 */
public final class IgniteLink implements ClusterLink {
  private static final Logger LOG = LoggerFactory.getLogger(IgniteLink.class);

  /** There is one in a process; the engine takes few characters in it. */
  private static final String INSTANCE = "procession";

  private static final String TOPIC = "procession";
  private static final String TLS = "TLSv1.3";
  private static final String STORE_TYPE = "PKCS12";
  private static final String NAME = "procession.name";

  /** The attribute of a process in which its user is, as the {@link Doorkeeper} has seen. */
  static final String USER = "procession.user";

  private static final String HOST = "procession.host";
  private static final String PORT = "procession.port";

  /** With the default of 32 KiB bursts of messages stall on loopback. */
  private static final int SOCKET_BYTES = 1 << 20;

  /** A process that does not answer for so long is lost; one that ends is noticed at once. */
  private static final long FAILURE_MILLIS = 10_000;

  /** What takes longer to be answered does not need to be sent by who has the answer. */
  private static final long JUST_NANOS = 100_000_000;

  private static final int MOST_PORTS = 65_536;
  private static final int LONGEST_NAME = 200;
  private static final long WATCH_MILLIS = 1_000;

  private static final int[] EVENTS = {
    EventType.EVT_NODE_JOINED,
    EventType.EVT_NODE_LEFT,
    EventType.EVT_NODE_FAILED,
    EventType.EVT_CLIENT_NODE_DISCONNECTED,
    EventType.EVT_CLIENT_NODE_RECONNECTED
  };

  private final EngineConfig config;
  private final boolean mayBeFirst;
  private volatile TcpDiscoveryVmIpFinder finder;
  private final Path workDirectory;
  private final Inbox inbox = new Inbox("procession-link");
  private final Map<UUID, Long> heardAt = new ConcurrentHashMap<>(); // nanoTime
  private final Map<UUID, Peer> present = new HashMap<>(); // of what the inbox tells
  private volatile boolean closed;
  private volatile @Nullable Events events;
  private volatile Ignite ignite; // set by open, and anew after the node was cut off
  private volatile @Nullable Reunion reunion;

  /**
   * A link that is not open yet.
   *
   * @param workDirectory where the engine may write
   */
  @SuppressWarnings("NullAway.Init")
  public IgniteLink(EngineConfig config, Path workDirectory) {
    this.config = config;
    // One that may be the first tries a while and then is; else it looks for the others only.
    this.mayBeFirst = mayBeFirst(config);
    this.finder = new TcpDiscoveryVmIpFinder(/* shared= */ mayBeFirst);
    this.finder.setAddresses(addresses());
    this.workDirectory = workDirectory;
  }

  @Override
  public void open(Events events) throws IOException {
    this.events = events;
    start(events);
    inbox.start();
    List<ClusterNode> nodes = new ArrayList<>(ignite.cluster().nodes());
    CountDownLatch told = new CountDownLatch(1);
    inbox.add(
        () -> {
          nodes.forEach(node -> joined(node, events));
          told.countDown();
        });
    if (config.member()) {
      reunion = new Reunion(this::memberAddresses, this::comeBack);
      reunion.start();
    } else {
      startDaemon("procession-engine-watch", () -> watch(events));
    }
    try {
      told.await(); // whoever is told that it is open knows who is there
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the engine was started");
    }
  }

  /** Of a client: says so if the engine ends by itself. */
  private void watch(Events events) {
    try {
      while (!closed && Ignition.state(INSTANCE) == IgniteState.STARTED) {
        Thread.sleep(WATCH_MILLIS);
      }
      if (!closed) {
        inbox.add(
            () -> {
              allLeft(events);
              events.broken("the engine has stopped");
            });
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes part in the cluster. */
  @SuppressWarnings("serial") // listeners of this process, which are never sent
  private void start(Events events) throws IOException {
    Path file = config.security();
    SecurityFile security =
        file == null ? null : SecurityFile.read(file); // whoever has started us has checked it
    String user = security == null ? "" : security.user().name();
    try {
      ignite = Ignition.start(configuration(security, user, events));
    } catch (IgniteException e) {
      throw new IOException(StartFailure.reason(e, config, user), e);
    }
    IgnitePredicate<DiscoveryEvent> listener =
        event -> {
          inbox.add(() -> happened(event, events));
          return true;
        };
    ignite.events().localListen(listener, EVENTS);
    if (!config.member()
        && ignite.configuration().getDiscoverySpi() instanceof TcpDiscoverySpi spi) {
      spi.setJoinTimeout(0); // once it was there it looks for its nodes for ever
    }
  }

  /* ---- Coming back ---- */

  /** Where the members of this node's cluster listen, itself among them. */
  private Set<InetSocketAddress> memberAddresses() {
    if (Ignition.state(INSTANCE) != IgniteState.STARTED && !closed) {
      throw new IllegalStateException("the engine has stopped");
    }
    Set<InetSocketAddress> addresses = new HashSet<>();
    for (ClusterNode node : ignite.cluster().forServers().nodes()) {
      InetSocketAddress address = addressOf(node);
      if (address != null) {
        addresses.add(address);
      }
    }
    return addresses;
  }

  /**
   * This node was cut off from the others, which have become a cluster of more members without it:
   * leaves its own and joins theirs.
   */
  private void comeBack(Set<InetSocketAddress> others) {
    Events told = events;
    if (told == null) {
      return;
    }
    LOG.warn("this node was cut off from {}, and joins them again", others);
    CountDownLatch done = new CountDownLatch(1);
    inbox.add(
        () -> {
          try {
            comeBack(others, told);
          } finally {
            done.countDown();
          }
        });
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** On the delivering thread. */
  private void comeBack(Set<InetSocketAddress> others, Events told) {
    allLeft(told);
    try {
      var unused = Ignition.stop(INSTANCE, /* cancel= */ true);
      inbox.clear(); // of peers that are none any more
      TcpDiscoveryVmIpFinder anew = new TcpDiscoveryVmIpFinder(/* shared= */ mayBeFirst);
      anew.setAddresses(addresses());
      anew.registerAddresses(others.stream().map(Reunion::resolved).toList());
      finder = anew;
      start(told);
      if (closed) {
        unused = Ignition.stop(INSTANCE, /* cancel= */ true);
        return;
      }
      ignite.cluster().nodes().forEach(node -> joined(node, told));
    } catch (IOException | IgniteException e) {
      if (!closed) {
        told.broken("it was cut off, and cannot join the others again: " + e.getMessage());
      }
    }
  }

  /** A member that names no others, or itself among them. */
  private static boolean mayBeFirst(EngineConfig config) {
    return config.member()
        && (config.connect().isEmpty()
            || config.connect().stream().anyMatch(address -> isOwn(address, config)));
  }

  private static boolean isOwn(String address, EngineConfig config) {
    int colon = address.lastIndexOf(':');
    if (!address.substring(colon + 1).equals(String.valueOf(config.discoveryPort()))) {
      return false;
    }
    try {
      List<InetAddress> named = List.of(InetAddress.getAllByName(address.substring(0, colon)));
      return named.contains(InetAddress.getByName(config.bind()));
    } catch (UnknownHostException e) {
      return false; // it is not there yet
    }
  }

  /** Where to look for others at first. */
  private List<String> addresses() {
    List<String> addresses = new ArrayList<>(config.connect());
    if (mayBeFirst) {
      addresses.add(config.bind() + ":" + config.discoveryPort());
    }
    return addresses;
  }

  private IgniteConfiguration configuration(
      @Nullable SecurityFile security, String user, Events events) {
    TcpDiscoverySpi discovery = new TcpDiscoverySpi();
    discovery.setIpFinder(finder);
    discovery.setLocalAddress(config.bind());
    discovery.setJoinTimeout(config.joinMillis());
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
    IgniteConfiguration configuration =
        new IgniteConfiguration()
            .setIgniteInstanceName(INSTANCE)
            .setClientMode(!config.member())
            .setLocalHost(config.bind())
            .setDiscoverySpi(discovery)
            .setCommunicationSpi(communication)
            .setWorkDirectory(workDirectory.toString())
            .setUserAttributes(
                Map.of(
                    NAME,
                    config.name(),
                    USER,
                    user,
                    HOST,
                    config.bind(),
                    PORT,
                    config.discoveryPort()))
            .setIncludeEventTypes(EVENTS)
            .setDataStorageConfiguration(IgniteMemory.storage(config.sharedBytes()))
            .setFailureHandler(IgniteMemory.failureHandler())
            .setSegmentationPolicy(SegmentationPolicy.STOP) // and then we see to it
            .setFailureDetectionTimeout(FAILURE_MILLIS)
            .setClientFailureDetectionTimeout(FAILURE_MILLIS)
            .setPluginProviders(new EnginePlugin(security, engine -> listen(engine, events)))
            .setGridLogger(new EngineLog())
            .setMetricsLogFrequency(0)
            .setClientConnectorConfiguration(null)
            .setConnectorConfiguration(null);
    if (security != null) {
      configuration.setSslContextFactory(tls(security));
    }
    return configuration;
  }

  /** Of both sides, so that who has no certificate that is trusted gets no further. */
  private static SslContextFactory tls(SecurityFile security) {
    SslContextFactory tls = new SslContextFactory();
    tls.setProtocol(TLS);
    tls.setProtocols(TLS);
    tls.setKeyStoreType(STORE_TYPE);
    tls.setKeyStoreFilePath(security.keyStore().file().toString());
    tls.setKeyStorePassword(security.keyStore().password().toCharArray());
    tls.setTrustStoreType(STORE_TYPE);
    tls.setTrustStoreFilePath(security.trustStore().file().toString());
    tls.setTrustStorePassword(security.trustStore().password().toCharArray());
    return tls;
  }

  /* ---- What comes: told by one thread at a time ---- */

  private void happened(DiscoveryEvent event, Events events) {
    switch (event.type()) {
      case EventType.EVT_NODE_JOINED -> joined(event.eventNode(), events);
      case EventType.EVT_CLIENT_NODE_DISCONNECTED -> allLeft(events);
      case EventType.EVT_CLIENT_NODE_RECONNECTED ->
          ignite.cluster().nodes().forEach(node -> joined(node, events));
      default -> {
        left(event.eventNode().id(), events);
        forgetGone();
      }
    }
  }

  private void joined(ClusterNode node, Events events) {
    if (node.isLocal() || node.attribute(NAME) == null || present.containsKey(node.id())) {
      return;
    }
    remember(node);
    Peer peer = peer(node);
    present.put(node.id(), peer);
    events.joined(peer);
  }

  /** Should all be gone that this process was told of, it can come back by the others. */
  private void remember(ClusterNode node) {
    InetSocketAddress address = isSubmitter(node) ? null : addressOf(node);
    if (address != null) {
      finder.registerAddresses(List.of(Reunion.resolved(address)));
    }
  }

  /** Where a member says that it listens, by its name: what that stands for may change. */
  private static @Nullable InetSocketAddress addressOf(ClusterNode node) {
    String host = node.attribute(HOST);
    Integer port = node.attribute(PORT);
    boolean isListening = port != null && port > 0 && port < MOST_PORTS;
    return host == null || !isListening ? null : InetSocketAddress.createUnresolved(host, port);
  }

  private void left(UUID id, Events events) {
    heardAt.remove(id);
    Peer peer = present.remove(id);
    if (peer != null) {
      events.left(peer);
    }
  }

  private void allLeft(Events events) {
    List.copyOf(present.keySet()).forEach(id -> left(id, events));
  }

  /** What those kept that have left; not by the thread that delivers, since it takes a while. */
  private void forgetGone() {
    if (config.member() && !closed) {
      startDaemon("procession-forget", () -> new IgniteMemory(ignite).forgetGone());
    }
  }

  private static void startDaemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private Peer peer(ClusterNode node) {
    String name = node.attribute(NAME);
    return new Peer(
        node.id().toString(),
        name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME),
        !isSubmitter(node),
        config.member() && isTrusted(node)); // nobody asks a submitter for anything
  }

  /**
   * Whether a process is a client for certain: that it says so is not enough, for then it could
   * stand among the members all the same.
   */
  static boolean isSubmitter(ClusterNode node) {
    return node.isClient()
        && node instanceof TcpDiscoveryNode discovered
        && discovered.clientRouterNodeId() != null;
  }

  /** Whether it has the nodes' own file, or there are no files. */
  private boolean isTrusted(ClusterNode node) {
    Path file = config.security();
    if (file == null) {
      return true;
    }
    try {
      User user = SecurityFile.readUsers(file).get(String.valueOf(node.<String>attribute(USER)));
      return user != null && user.role() == Role.MEMBER;
    } catch (IOException e) {
      LOG.warn("users cannot be read", e);
      return false;
    }
  }

  /** Before the first message can come: one that nobody listens to is gone. */
  private void listen(GridKernalContext engine, Events events) {
    engine
        .io()
        .addMessageListener(TOPIC, (id, message, policy) -> take(engine, id, message, events));
  }

  /**
   * By the engine's thread that has read it from its connection: so what comes is told in order,
   * and that thread must not wait, not even for the engine.
   */
  private void take(GridKernalContext engine, UUID id, Object message, Events events) {
    byte[] bytes = message instanceof GridByteArrayList content ? content.internalArray() : null;
    if (bytes == null || engine.discovery().node(id) == null) {
      return;
    }
    heardAt.put(id, System.nanoTime());
    Runnable received =
        () -> {
          ClusterNode node = engine.discovery().node(id);
          if (node != null) {
            joined(node, events); // its event may be on the way
          }
          Peer peer = present.get(id);
          if (peer != null) { // else it has left meanwhile, and that was told
            events.received(peer, bytes);
          }
        };
    if (bytes.length > SHORT) {
      inbox.add(received);
      return;
    }
    inbox.addShort(
        () -> {
          Peer peer = present.get(id);
          return peer == null ? received : events.receivedShort(peer, bytes);
        },
        received);
  }

  /* ---- What goes ---- */

  /** By what the engine sends its own messages: its public way wakes two threads more for each. */
  @Override
  public void send(Peer peer, byte[] message) throws IOException {
    UUID id = UUID.fromString(peer.id());
    try {
      ClusterNode node = ignite.cluster().node(id);
      if (node == null) {
        throw new IOException(peer.name() + " is not in the cluster any more");
      }
      ((IgniteEx) ignite)
          .context()
          .io()
          .sendToCustomTopic(
              node, TOPIC, new GridByteArrayList(message), GridIoPolicy.CALLER_THREAD);
    } catch (IgniteCheckedException | IgniteException | IllegalStateException e) {
      Events told = events;
      if (told != null) {
        inbox.add(() -> left(id, told)); // what follows would make no sense without it
      }
      throw new IOException("nothing could be sent to " + peer.name(), e);
    }
  }

  /**
   * On a connection that is there the engine takes a message without waiting; whether it is there
   * only the engine knows, but who has just said something can be reached. Not by who is told
   * something: should the connection be gone, that may be the engine's thread that makes another.
   */
  @Override
  public boolean sendNow(Peer peer, byte[] message) throws IOException {
    Long at = heardAt.get(UUID.fromString(peer.id()));
    if (inbox.isTelling() || at == null || System.nanoTime() - at > JUST_NANOS) {
      return false;
    }
    send(peer, message);
    return true;
  }

  @Override
  public ClusterMemory memory() {
    return new IgniteMemory(ignite);
  }

  @Override
  public void close() {
    closed = true;
    Reunion stopped = reunion;
    if (stopped != null) {
      stopped.close();
    }
    inbox.close();
    try {
      var unused = Ignition.stop(INSTANCE, /* cancel= */ true); // false if it never was open
    } catch (IgniteException e) {
      LOG.debug("closing the engine", e);
    }
  }
}

package dev.procession.cluster.internal.link;

import dev.procession.cluster.internal.link.ClusterLink.Peer;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A network in memory whose peers can be cut off: what a test has in place of an engine. */
public final class MemoryNetwork {
  private final Map<ClusterLink.Peer, Node> nodes = new LinkedHashMap<>(); // guarded by this

  /** Name of the one peer that may have members drained. */
  public static final String TRUSTED = "operator";

  private final AtomicInteger last = new AtomicInteger();
  private volatile int bytesPerMilli = Integer.MAX_VALUE;

  /** A link of a new peer. */
  public ClusterLink link(String name, boolean member) {
    return new Node(
        new ClusterLink.Peer("id-" + last.incrementAndGet(), name, member, name.equals(TRUSTED)));
  }

  /** Has all others see that the peers of that name have left, and those nobody any more. */
  public void cutOff(String name) {
    List<Node> cut;
    synchronized (this) {
      cut = nodes.values().stream().filter(node -> node.self.name().equals(name)).toList();
    }
    cut.forEach(Node::leave);
  }

  /** Has all others see that the peers of that name have left; those see nothing. */
  public void silence(String name) {
    synchronized (this) {
      for (Node silent : List.copyOf(nodes.values())) {
        if (silent.self.name().equals(name)) {
          nodes.remove(silent.self);
          nodes.values().forEach(node -> node.inbox.add(() -> node.events.left(silent.self)));
        }
      }
    }
  }

  /** Has each peer be reached by no more than that from now on, one message after another. */
  public void slowDown(int bytesPerMilli) {
    this.bytesPerMilli = bytesPerMilli;
  }

  private void awaitArrival(byte[] message) {
    LockSupport.parkNanos(message.length * 1_000_000L / bytesPerMilli);
  }

  private synchronized List<Node> all() {
    return List.copyOf(nodes.values());
  }

  /** What peers keep, by their ids. */
  private final Map<String, byte[]> kept = new ConcurrentHashMap<>();

  /** Has all that is kept be lost. */
  public void loseMemory() {
    kept.clear();
  }

  /** How many pieces are kept. */
  public int pieces() {
    return kept.size();
  }

  private final class Memory implements ClusterMemory {
    private final Peer owner;

    Memory(Peer owner) {
      this.owner = owner;
    }

    private String key(Peer of, String value, int piece) {
      return of.id() + "/" + value + "/" + piece;
    }

    @Override
    public void keep(String value, int piece, byte[] bytes) {
      kept.put(key(owner, value, piece), bytes.clone());
    }

    @Override
    public void letGo(String value, int pieces) {
      for (int i = 0; i < pieces; i++) {
        kept.remove(key(owner, value, i));
      }
    }

    @Override
    public byte @Nullable [] kept(Peer of, String value, int piece) {
      return kept.get(key(of, value, piece));
    }
  }

  private final class Node implements ClusterLink, Runnable {
    private final Peer self;
    private final BlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile boolean closed;

    Node(Peer self) {
      this.self = self;
      this.thread = new Thread(this, "memory-link-" + self.name());
    }

    @Override
    public void open(Events events) {
      thread.start();
      synchronized (MemoryNetwork.this) {
        for (Node other : all()) {
          inbox.add(() -> events.joined(other.self));
          other.inbox.add(() -> other.events.joined(self));
        }
        this.events = events;
        nodes.put(self, this);
      }
    }

    private Events events;

    @Override
    public void send(Peer peer, byte[] message) throws IOException {
      synchronized (MemoryNetwork.this) {
        Node to = nodes.get(peer);
        if (to == null || nodes.get(self) != this) {
          throw new IOException(peer + " is not there");
        }
        byte[] copy = message.clone();
        to.inbox.add(
            () -> {
              awaitArrival(copy);
              tell(to.events, self, copy);
            });
      }
    }

    private static void tell(Events to, Peer from, byte[] message) {
      if (message.length > SHORT) {
        to.received(from, message);
        return;
      }
      Runnable rest = to.receivedShort(from, message);
      if (rest != null) {
        rest.run();
      }
    }

    @Override
    public boolean sendNow(Peer peer, byte[] message) throws IOException {
      if (message.length % 4 == 0) {
        return false; // now and then there is something to be waited for
      }
      send(peer, message);
      return true;
    }

    void leave() {
      synchronized (MemoryNetwork.this) {
        if (nodes.remove(self) == null) {
          return;
        }
        for (Node other : all()) {
          other.inbox.add(() -> other.events.left(self));
          inbox.add(() -> events.left(other.self));
        }
      }
    }

    @Override
    public ClusterMemory memory() {
      return new Memory(self);
    }

    @Override
    public void close() {
      leave();
      closed = true;
      inbox.add(() -> {});
    }

    @Override
    public void run() {
      try {
        while (!closed) {
          inbox.take().run();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}

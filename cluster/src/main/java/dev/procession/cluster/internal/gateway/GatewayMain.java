package dev.procession.cluster.internal.gateway;

import dev.procession.cluster.internal.engine.EngineConfig;
import dev.procession.cluster.internal.engine.IgniteLink;
import dev.procession.cluster.internal.gateway.GatewayMessage.Kind;
import dev.procession.cluster.internal.gateway.GatewayMessage.Piece;
import dev.procession.cluster.internal.link.ClusterLink;
import dev.procession.cluster.internal.link.ClusterLink.Peer;
import dev.procession.cluster.internal.link.ClusterMemory;
import dev.procession.cluster.internal.process.EngineChild;
import dev.procession.cluster.internal.process.MessagePipe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** A submitter's gateway: hosts the engine's client and passes messages on. */
public final class GatewayMain implements ClusterLink.Events {
  private static final int FAILED = 1;

  private final EngineChild child;
  private final MessagePipe pipe;
  private final ClusterLink link;
  private final PeerQueues queues;
  private final ExecutorService threads = Executors.newCachedThreadPool(this::newThread);
  private final CountDownLatch over = new CountDownLatch(1);

  private GatewayMain(EngineChild child, ClusterLink link) {
    this.child = child;
    this.pipe = child.pipe();
    this.link = link;
    this.queues = new PeerQueues(link);
  }

  private Thread newThread(Runnable work) {
    Thread thread = new Thread(work, "procession-gateway");
    thread.setDaemon(true);
    // A message that was lost without a word would have its peer wait for ever.
    thread.setUncaughtExceptionHandler(
        (dead, failure) -> {
          failure.printStackTrace();
          child.halt(FAILED);
        });
    return thread;
  }

  /**
   * Runs until its submitter is gone.
   *
   * @param args the launch file
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    EngineChild child = EngineChild.connect(Path.of(args[0]));
    MessagePipe pipe = child.pipe();
    IgniteLink link = new IgniteLink(EngineConfig.read(child.properties()), child.workDirectory());
    GatewayMain gateway = new GatewayMain(child, link);
    Thread opener = new Thread(() -> open(link, gateway), "procession-gateway-open");
    opener.setDaemon(true);
    opener.start();
    new OrderReader(pipe::receive, gateway::order, gateway.threads, gateway.over::countDown)
        .start();
    try {
      gateway.over.await();
    } finally {
      child.halt(0); // the engine notices a client that is gone, in any case
    }
  }

  private @Nullable Runnable order(byte[] message) throws IOException {
    GatewayMessage order = GatewayMessage.read(message);
    switch (order.kind()) {
      case SEND -> {
        Peer peer = order.peer();
        if (queues.add(peer, order.content())) {
          if (order.content().length <= ClusterLink.SHORT) {
            return () -> queues.sendAll(peer);
          }
          threads.execute(() -> queues.sendAll(peer));
        }
      }
      case KEEP -> {
        Piece piece = Piece.read(order.content());
        threads.execute(() -> keep(link.memory(), piece));
      }
      case LET_GO -> {
        Piece piece = Piece.read(order.content());
        threads.execute(() -> letGo(link.memory(), piece));
      }
      default -> throw new IOException("an order of kind " + order.kind());
    }
    return null;
  }

  private static void open(IgniteLink link, GatewayMain gateway) {
    try {
      link.open(gateway);
      gateway.pipe.send(GatewayMessage.of(Kind.READY, new byte[0]).toBytes());
    } catch (IOException | RuntimeException | Error e) {
      try {
        byte[] text = String.valueOf(e.getMessage()).getBytes(StandardCharsets.UTF_8);
        gateway.pipe.send(GatewayMessage.of(Kind.FAILED, text).toBytes());
      } catch (IOException gone) {
        gateway.child.halt(FAILED);
      }
    }
  }

  private void keep(ClusterMemory memory, Piece piece) {
    String failure = "";
    try {
      memory.keep(piece.value(), piece.piece(), piece.bytes());
    } catch (IOException | RuntimeException e) {
      failure = String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure = "interrupted";
    }
    done(piece, failure);
  }

  private void letGo(ClusterMemory memory, Piece all) {
    String failure = "";
    try {
      memory.letGo(all.value(), all.piece());
    } catch (RuntimeException e) {
      failure = String.valueOf(e.getMessage());
    }
    done(all, failure);
  }

  private void done(Piece order, String failure) {
    byte[] text = failure.getBytes(StandardCharsets.UTF_8);
    tell(GatewayMessage.of(Kind.DONE, new Piece(order.id(), "", 0, text).toBytes()));
  }

  @Override
  public void joined(Peer peer) {
    tell(GatewayMessage.of(Kind.JOINED, peer));
  }

  @Override
  public void left(Peer peer) {
    tell(GatewayMessage.of(Kind.LEFT, peer));
  }

  @Override
  public void received(Peer peer, byte[] message) {
    tell(new GatewayMessage(Kind.RECEIVED, peer, message));
  }

  /** A submitter that does not read, being stopped or short of memory, must not stop the engine. */
  @Override
  public @Nullable Runnable receivedShort(Peer peer, byte[] message) {
    try {
      return pipe.trySend(new GatewayMessage(Kind.RECEIVED, peer, message).toBytes())
          ? null
          : () -> received(peer, message);
    } catch (IOException e) {
      submitterIsGone();
      return null;
    }
  }

  private void tell(GatewayMessage message) {
    try {
      pipe.send(message.toBytes());
    } catch (IOException e) {
      submitterIsGone();
    }
  }

  private void submitterIsGone() {
    child.halt(FAILED);
  }
}

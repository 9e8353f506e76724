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
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A submitter's gateway: hosts the engine's client and passes messages on. */
public final class GatewayMain implements ClusterLink.Events {
  private static final int FAILED = 1;

  private final EngineChild child;
  private final MessagePipe pipe;

  private GatewayMain(EngineChild child) {
    this.child = child;
    this.pipe = child.pipe();
  }

  /**
   * Runs until its submitter is gone.
   *
   * @param args the launch file
   */
  public static void main(String[] args) throws IOException {
    EngineChild child = EngineChild.connect(Path.of(args[0]));
    MessagePipe pipe = child.pipe();
    IgniteLink link = new IgniteLink(EngineConfig.read(child.properties()), child.workDirectory());
    ExecutorService threads =
        Executors.newCachedThreadPool(
            work -> {
              Thread thread = new Thread(work, "procession-gateway-send");
              thread.setDaemon(true);
              // A message that was lost without a word would have its peer wait for ever.
              thread.setUncaughtExceptionHandler(
                  (dead, failure) -> {
                    failure.printStackTrace();
                    child.halt(FAILED);
                  });
              return thread;
            });
    GatewayMain gateway = new GatewayMain(child);
    PeerQueues queues = new PeerQueues(link, threads, gateway::sent);
    Thread opener = new Thread(() -> open(link, gateway), "procession-gateway-open");
    opener.setDaemon(true);
    opener.start();
    try {
      byte[] message;
      while ((message = pipe.receive()) != null) {
        GatewayMessage order = GatewayMessage.read(message);
        switch (order.kind()) {
          case SEND -> queues.send(order.peer(), order.content());
          case KEEP -> {
            Piece piece = Piece.read(order.content());
            threads.execute(() -> gateway.keep(link.memory(), piece));
          }
          case LET_GO -> {
            Piece piece = Piece.read(order.content());
            threads.execute(() -> gateway.letGo(link.memory(), piece));
          }
          default -> throw new IOException("an order of kind " + order.kind());
        }
      }
    } finally {
      child.halt(0); // the engine notices a client that is gone, in any case
    }
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

  private void sent(Peer peer, int bytes) {
    tell(
        new GatewayMessage(
            Kind.SENT, peer, ByteBuffer.allocate(Integer.BYTES).putInt(bytes).array()));
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

  private void tell(GatewayMessage message) {
    try {
      pipe.send(message.toBytes());
    } catch (IOException e) {
      child.halt(FAILED); // the submitter is gone
    }
  }
}

package dev.procession.cluster.internal.gateway;

import dev.procession.cluster.internal.engine.EngineConfig;
import dev.procession.cluster.internal.engine.IgniteLink;
import dev.procession.cluster.internal.gateway.GatewayMessage.Kind;
import dev.procession.cluster.internal.link.ClusterLink;
import dev.procession.cluster.internal.link.ClusterLink.Peer;
import dev.procession.cluster.internal.process.EngineChild;
import dev.procession.cluster.internal.process.MessagePipe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A submitter's gateway: hosts the engine's client and passes messages on. */
public final class GatewayMain implements ClusterLink.Events {
  private static final int FAILED = 1;

  private final MessagePipe pipe;

  private GatewayMain(MessagePipe pipe) {
    this.pipe = pipe;
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
    Thread opener = new Thread(() -> open(link, pipe), "procession-gateway-open");
    opener.setDaemon(true);
    opener.start();
    try {
      byte[] message;
      while ((message = pipe.receive()) != null) {
        pass(GatewayMessage.read(message), link);
      }
    } finally {
      child.halt(0); // the engine notices a client that is gone, in any case
    }
  }

  private static void open(IgniteLink link, MessagePipe pipe) {
    try {
      link.open(new GatewayMain(pipe));
      pipe.send(GatewayMessage.of(Kind.READY, new byte[0]).toBytes());
    } catch (IOException | RuntimeException | Error e) {
      try {
        byte[] text = String.valueOf(e.getMessage()).getBytes(StandardCharsets.UTF_8);
        pipe.send(GatewayMessage.of(Kind.FAILED, text).toBytes());
      } catch (IOException gone) {
        Runtime.getRuntime().halt(FAILED);
      }
    }
  }

  private static void pass(GatewayMessage message, IgniteLink link) {
    try {
      link.send(message.peer(), message.content());
    } catch (IOException e) {
      // That peer is gone; the engine says so itself.
    }
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
      Runtime.getRuntime().halt(FAILED); // the submitter is gone
    }
  }
}

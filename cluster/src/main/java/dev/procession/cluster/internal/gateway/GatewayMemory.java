package dev.procession.cluster.internal.gateway;

import dev.procession.cluster.internal.gateway.GatewayMessage.Kind;
import dev.procession.cluster.internal.gateway.GatewayMessage.Piece;
import dev.procession.cluster.internal.link.ClusterLink.Peer;
import dev.procession.cluster.internal.link.ClusterMemory;
import dev.procession.cluster.internal.process.MessagePipe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The submitter's side of what its gateway keeps for it. Any thread may use it. */
final class GatewayMemory implements ClusterMemory {
  private static final Logger LOG = LoggerFactory.getLogger(GatewayMemory.class);
  private static final byte[] NOTHING = {};

  private final MessagePipe pipe;
  private final AtomicInteger last = new AtomicInteger();
  private final Map<Integer, CompletableFuture<String>> open = new ConcurrentHashMap<>();
  private volatile boolean ended;

  GatewayMemory(MessagePipe pipe) {
    this.pipe = pipe;
  }

  @Override
  public void keep(String value, int piece, byte[] bytes) throws IOException, InterruptedException {
    String failure = order(Kind.KEEP, value, piece, bytes);
    if (!failure.isEmpty()) {
      throw new IOException(failure);
    }
  }

  /** Has the gateway do something, and waits until it has; returns why it could not, or nothing. */
  private String order(Kind kind, String value, int piece, byte[] bytes)
      throws IOException, InterruptedException {
    int id = last.incrementAndGet();
    CompletableFuture<String> answer = new CompletableFuture<>();
    open.put(id, answer);
    try {
      pipe.send(GatewayMessage.of(kind, new Piece(id, value, piece, bytes).toBytes()).toBytes());
      if (ended) {
        end();
      }
      return answer.get();
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    } finally {
      open.remove(id);
    }
  }

  /** The gateway has answered. */
  void done(byte[] content) throws IOException {
    Piece answer = Piece.read(content);
    CompletableFuture<String> asked = open.get(answer.id());
    if (asked != null) {
      asked.complete(new String(answer.bytes(), StandardCharsets.UTF_8));
    }
  }

  /** The gateway answers nothing more. */
  void end() {
    ended = true;
    open.values().forEach(asked -> asked.complete("the gateway to the cluster has ended"));
  }

  @Override
  public void letGo(String value, int pieces) {
    try {
      var unused = order(Kind.LET_GO, value, pieces, NOTHING);
    } catch (IOException e) {
      LOG.debug("the gateway is gone, and the value with it", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it is let go of all the same
    }
  }

  @Override
  public byte @Nullable [] kept(Peer owner, String value, int piece) {
    return null; // no submitter asks for what another one keeps
  }
}

package dev.procession.cluster.internal;

import dev.procession.ProcessPoolExecutor;
import dev.procession.cluster.internal.link.ClusterLink;
import dev.procession.cluster.internal.link.ClusterLink.Peer;
import dev.procession.cluster.internal.link.Conversation;
import dev.procession.cluster.internal.link.Frame;
import dev.procession.cluster.internal.link.MemoryNetwork;
import dev.procession.cluster.internal.link.PoolOptions;
import dev.procession.internal.parent.SerializerName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;

/** Speaks with the one member of a network by hand, but renews its leases by itself. */
public final class ScriptedSubmitter implements ClusterLink.Events, AutoCloseable {
  private final ClusterLink link;
  private final List<Frame> heard = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Conversation> member = new CompletableFuture<>();

  /** Knows the member, and has said nothing so far. */
  public ScriptedSubmitter(MemoryNetwork network) throws IOException {
    link = network.link("scripted", /* member= */ false);
    link.open(this);
  }

  /** Begins, or begins anew, and waits until it may give the member calls. */
  public void attach() {
    heard.clear();
    var config = TestCluster.ClusterExecutor.config(ProcessPoolExecutor.builder());
    say(
        new Frame.Attach(
            Frame.VERSION,
            /* number= */ 1,
            "scripted",
            PoolOptions.of(config),
            SerializerName.of(config.serializer(), false).className(),
            /* serializerLoader= */ 0,
            /* initializer= */ new byte[0],
            /* code= */ List.of()));
    await(Frame.Capacity.class);
  }

  public void say(Frame frame) {
    member.join().outgoing().add(frame);
  }

  /** What the member has said since the last that began. */
  public List<Frame> heard() {
    return List.copyOf(heard);
  }

  /** Waits until the member has said something of that kind. */
  public void await(Class<? extends Frame> kind) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .until(() -> heard.stream().anyMatch(kind::isInstance));
  }

  @Override
  public void joined(Peer peer) {
    member.complete(new Conversation(link, peer, Long.MAX_VALUE, Runnable::run));
  }

  @Override
  public void left(Peer peer) {}

  @Override
  public void received(Peer peer, byte[] message) {
    try {
      for (Frame frame : member.join().received(message)) {
        heard.add(frame);
        if (frame instanceof Frame.Renew asked) {
          member.join().sayAside(new Frame.Granted(asked.asked()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    link.close();
  }
}

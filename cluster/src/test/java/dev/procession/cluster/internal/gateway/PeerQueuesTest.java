package dev.procession.cluster.internal.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.cluster.internal.link.ClusterLink;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class PeerQueuesTest {
  private static final ClusterLink.Peer DEAD = new ClusterLink.Peer("1", "dead", true, false);
  private static final ClusterLink.Peer ALIVE = new ClusterLink.Peer("2", "alive", true, false);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<String> went = new CopyOnWriteArrayList<>();
  private PeerQueues queues;
  private final List<Integer> inVain = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    threads.shutdownNow();
  }

  /** A link on which nothing goes to the one that is dead until it is noticed. */
  private final class Link implements ClusterLink {
    final CountDownLatch noticed = new CountDownLatch(1);

    @Override
    public void open(Events events) {}

    @Override
    public void send(Peer peer, byte[] message) throws IOException, InterruptedException {
      if (peer.equals(DEAD)) {
        noticed.await();
        inVain.add(message.length);
        throw new IOException("it is dead");
      }
      went.add(peer.name() + message[0]);
    }

    @Override
    public void close() {}
  }

  private void send(ClusterLink.Peer peer, byte[] message) {
    if (queues.add(peer, message)) {
      threads.execute(() -> queues.sendAll(peer));
    }
  }

  @Test
  @DisplayName("what is for one peer goes in order, and does not wait for another that is dead")
  void deadPeer_keepsNobody() {
    Link link = new Link();
    queues = new PeerQueues(link);
    send(DEAD, new byte[3]);
    send(DEAD, new byte[5]);
    for (byte i = 0; i < 100; i++) {
      send(ALIVE, new byte[] {i});
    }
    Awaitility.await().atMost(Duration.ofSeconds(40)).until(() -> went.size() == 100);
    assertThat(went)
        .containsExactlyElementsOf(IntStream.range(0, 100).mapToObj(i -> "alive" + i).toList());
    assertThat(inVain).isEmpty();
    link.noticed.countDown();
    Awaitility.await().atMost(Duration.ofSeconds(40)).until(() -> inVain.equals(List.of(3, 5)));
    send(ALIVE, new byte[] {7});
    Awaitility.await().atMost(Duration.ofSeconds(40)).until(() -> went.size() == 101);
  }
}

package dev.procession.cluster.internal.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.cluster.internal.link.ClusterLink.Peer;
import dev.procession.internal.codec.CallKind;
import dev.procession.internal.parent.ClassFinder.Content;
import dev.procession.internal.parent.ClassFinder.Finding;
import dev.procession.internal.wire.ClassAnswer.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class OutgoingTest {
  private static final Peer PEER = new Peer("1", "a", true, false);

  /** Sends as it is allowed to, and the other side hears it at once. */
  private final class Slow implements ClusterLink {
    private final Incoming incoming = new Incoming(Long.MAX_VALUE);
    final Semaphore allowed = new Semaphore(0);
    final Semaphore begun = new Semaphore(0);
    final List<Thread> byNow = new ArrayList<>();
    volatile boolean takesNow;
    final List<List<Frame>> sent = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void open(Events events) {}

    @Override
    public void send(Peer peer, byte[] message) throws IOException, InterruptedException {
      begun.release();
      allowed.acquire();
      outgoing.heard(message.length);
      List<Frame> frames = incoming.add(message);
      if (!frames.isEmpty()) {
        sent.add(frames);
      }
    }

    @Override
    public boolean sendNow(Peer peer, byte[] message) throws IOException {
      if (!takesNow) {
        return false;
      }
      byNow.add(Thread.currentThread());
      sent.add(incoming.add(message));
      return true;
    }

    @Override
    public void close() {}
  }

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Slow link = new Slow();
  private final Outgoing outgoing = new Outgoing(link, PEER, threads);

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  private void awaitSent() {
    Awaitility.await().atMost(Duration.ofSeconds(40)).until(outgoing::isEmpty);
  }

  @Test
  @DisplayName("what comes while a message is on its way is the next one, in order")
  void add_whileSending_batch() throws Exception {
    outgoing.add(new Frame.Cancel(0));
    link.begun.acquire();
    for (int i = 1; i <= 100; i++) {
      outgoing.add(new Frame.Cancel(i));
    }
    link.allowed.release(2);
    awaitSent();
    assertThat(link.sent).hasSize(2);
    assertThat(link.sent.get(1)).hasSize(100);
    for (int i = 0; i < 100; i++) {
      assertThat(link.sent.get(1).get(i)).isEqualTo(new Frame.Cancel(i + 1));
    }
  }

  @Test
  @DisplayName("frames of a source are made one after another, and no message is much too long")
  void add_source() throws Exception {
    int[] left = {10};
    outgoing.add(() -> left[0]-- == 0 ? null : new Frame.Piece("ab", new byte[400_000]));
    outgoing.add(new Frame.Cancel(1));
    link.allowed.release(100);
    awaitSent();
    assertThat(link.sent).allMatch(message -> message.size() <= 4);
    assertThat(link.sent.stream().mapToInt(List::size).sum()).isEqualTo(11);
    List<Frame> last = link.sent.get(link.sent.size() - 1);
    assertThat(last.get(last.size() - 1)).isEqualTo(new Frame.Cancel(1));
  }

  @Test
  @DisplayName("a long frame goes in pieces and arrives as it was")
  void add_long() throws Exception {
    byte[] bytes = new byte[10_000_000];
    new Random(3).nextBytes(bytes);
    outgoing.add(new Frame.Define(1, bytes));
    outgoing.add(new Frame.Cancel(1));
    link.allowed.release(100);
    awaitSent();
    assertThat(link.begun.availablePermits()).isBetween(5, 7);
    List<Frame> frames = link.sent.stream().flatMap(List::stream).toList();
    assertThat(frames).hasSize(2).last().isEqualTo(new Frame.Cancel(1));
    assertThat(Arrays.equals(((Frame.Define) frames.get(0)).definition(), bytes)).isTrue();
  }

  @Test
  @DisplayName("long frames of every kind that can be long do not come together in one message")
  void add_manyLong() throws Exception {
    byte[] bytes = new byte[900_000];
    List<Frame> frames =
        List.of(
            new Frame.Entrust(
                new Frame.Run(1, 2, "", CallKind.CALLABLE, 1, 0, 5, 0, false, false, null, bytes)),
            new Frame.Run(
                1, 2, "", CallKind.CALLABLE, 1, 0, 5, 0, false, false, bytes, new byte[0]),
            new Frame.Found(
                1, new Finding(Status.FOUND, 6, "", List.of(new Content("file:x", bytes)))),
            new Frame.Result(1, 2, true, 1, false, 3, 4, 5, 6, bytes),
            new Frame.Over(1, bytes, true, 2, 3),
            new Frame.Define(1, bytes),
            new Frame.Piece("ab", bytes),
            new Frame.Answer(1, bytes));
    outgoing.add(new Frame.Cancel(0));
    link.begun.acquire();
    frames.forEach(outgoing::add);
    frames.forEach(outgoing::add);
    link.allowed.release(100);
    awaitSent();
    assertThat(link.sent.stream().mapToInt(List::size).sum()).isEqualTo(17);
    assertThat(link.sent).allMatch(message -> message.size() <= 2);
  }

  @Test
  @DisplayName("after the end nothing is sent any more")
  void close_forgets() throws Exception {
    outgoing.add(new Frame.Cancel(0));
    link.begun.acquire();
    outgoing.add(new Frame.Cancel(1));
    outgoing.close();
    outgoing.add(new Frame.Cancel(2));
    link.allowed.release(3);
    threads.shutdown();
    assertThat(threads.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
    assertThat(link.sent).hasSize(1);
  }

  @Test
  @DisplayName("what is alone on its way is sent by the caller, what comes after it is not")
  void addHere_byCaller() {
    link.takesNow = true;
    assertThat(outgoing.addHere(new Frame.Cancel(1))).isTrue();
    assertThat(outgoing.addHere(new Frame.Cancel(2))).isFalse(); // with the first
    outgoing.sendHere();
    assertThat(link.byNow).containsExactly(Thread.currentThread());
    assertThat(link.sent).containsExactly(List.of(new Frame.Cancel(1), new Frame.Cancel(2)));
    assertThat(outgoing.isEmpty()).isTrue();
    assertThat(outgoing.addHere(new Frame.Cancel(3))).isTrue();
    outgoing.sendHere();
    assertThat(link.sent).hasSize(2);
  }

  @Test
  @DisplayName("what the link does not take at once, or is long, another thread sends, in order")
  void addHere_refused() {
    byte[] bytes = new byte[100_000];
    for (boolean takesNow : List.of(false, true)) {
      link.takesNow = takesNow;
      assertThat(outgoing.addHere(new Frame.Define(1, bytes))).isTrue();
      outgoing.sendHere();
      outgoing.add(new Frame.Cancel(2));
      link.allowed.release(2);
      awaitSent();
    }
    assertThat(link.byNow).isEmpty();
    assertThat(link.sent.stream().flatMap(List::stream).map(Frame::type))
        .containsExactly(
            new Frame.Define(1, bytes).type(),
            new Frame.Cancel(2).type(),
            new Frame.Define(1, bytes).type(),
            new Frame.Cancel(2).type());
  }

  @Test
  @DisplayName("nothing is sent here of what was forgotten, nor once it is closed")
  void addHere_forgotten() {
    link.takesNow = true;
    assertThat(outgoing.addHere(new Frame.Cancel(1))).isTrue();
    outgoing.clear();
    outgoing.sendHere();
    assertThat(link.sent).isEmpty();
    assertThat(outgoing.isEmpty()).isTrue();
    outgoing.close();
    assertThat(outgoing.addHere(new Frame.Cancel(2))).isFalse();
  }
}
